/**
 * libzmq behind npm `zeromq`, driven by peer.ts, where the protocol is written down.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as zmq from 'zeromq';
import * as draft from 'zeromq/draft.js';

/** zeromq.js has no class for it, but the libzmq inside has the type. */
class Channel extends Object.getPrototypeOf(draft.Client) {
  constructor(options) {
    super(20, options);
  }
}

const CLASSES = {
  PAIR: zmq.Pair,
  PUB: zmq.Publisher,
  SUB: zmq.Subscriber,
  REQ: zmq.Request,
  REP: zmq.Reply,
  DEALER: zmq.Dealer,
  ROUTER: zmq.Router,
  PULL: zmq.Pull,
  PUSH: zmq.Push,
  XPUB: zmq.XPublisher,
  XSUB: zmq.XSubscriber,
  STREAM: zmq.Stream,
  SERVER: draft.Server,
  CLIENT: draft.Client,
  RADIO: draft.Radio,
  DISH: draft.Dish,
  GATHER: draft.Gather,
  SCATTER: draft.Scatter,
  DGRAM: draft.Datagram,
  CHANNEL: Channel,
};

const EVENTS = [
  'accept',
  'bind',
  'close',
  'connect',
  'connect:delay',
  'connect:retry',
  'disconnect',
  'handshake',
  'handshake:error:auth',
  'handshake:error:other',
  'handshake:error:protocol',
];

const NUDGE_MS = 5;

/** One libzmq socket. zeromq.js takes one send and one receive at a time, so each direction is a line to wait in. */
class Socket {
  #socket;
  #type;
  #persistent;
  #answered = Promise.resolve();
  #answer = () => undefined;
  #sending = Promise.resolve();
  #receiving = Promise.resolve();
  #waiting = 0;

  constructor(number, type, { context = '', monitored = true, ...options }) {
    this.#type = type;
    // A mandatory ROUTER refuses unknown peers only in calls that do not wait.
    this.#persistent = options.mandatory === true;
    const all = { ...options, context: contextNamed(context) };
    this.#socket = new CLASSES[type](this.#persistent ? { ...all, sendTimeout: 0 } : all);
    if (!monitored) return; // zeromq.js attaches a monitor when it is first asked for events
    for (const event of EVENTS) {
      this.#socket.events.on(event, ({ error }) => {
        const detail = event === 'handshake:error:auth' ? `${error.status}` : (error?.code ?? null);
        tell({ socket: number, event, detail });
      });
    }
  }

  async bind({ endpoint }) {
    await this.#socket.bind(endpoint);
    return this.#socket.lastEndpoint;
  }

  async unbind({ endpoint }) {
    await this.#socket.unbind(endpoint);
  }

  connect({ endpoint, routingId }) {
    if (routingId === undefined) this.#socket.connect(endpoint);
    else this.#socket.connect(endpoint, { routingId: octets(routingId).toString() });
  }

  disconnect({ endpoint }) {
    this.#socket.disconnect(endpoint);
  }

  subscribe({ topics }) {
    this.#socket.subscribe(...topics.map(octets));
  }

  unsubscribe({ topics }) {
    this.#socket.unsubscribe(...topics.map(octets));
  }

  join({ groups }) {
    this.#socket.join(...groups.map(octets));
  }

  leave({ groups }) {
    this.#socket.leave(...groups.map(octets));
  }

  async attempt({ message }) {
    try {
      await this.#give(message.map(octets));
      return 'ok';
    } catch (error) {
      return error.code;
    }
  }

  writable() {
    return this.#socket.writable;
  }

  send({ messages }) {
    return this.#sendInTurn(async () => {
      for (const message of messages) await this.#sendOne(message.map(octets));
    });
  }

  receive({ count }) {
    return this.#receiveInTurn(async () => {
      const messages = [];
      while (messages.length < count) messages.push((await this.#receiveOne()).map(base64));
      return messages;
    });
  }

  echo({ count }) {
    return this.#receiveInTurn(async () => {
      for (let i = 0; i < count; i += 1) {
        const message = await this.#receiveOne();
        await this.#sendInTurn(() => this.#sendOne(message));
      }
    });
  }

  close() {
    this.#socket.close();
  }

  /** libzmq takes note of new peers only inside calls. A call in progress does that itself, and must not be disturbed. */
  nudge() {
    if (this.#waiting === 0) void this.#socket.writable;
  }

  async #receiveOne() {
    const message = await this.#socket.receive();
    this.#answer();
    switch (this.#type) {
      case 'SERVER':
        return [Buffer.from(`${message[1].routingId}`), message[0]];
      case 'DISH':
        return [message[1].group, message[0]];
      default:
        return message;
    }
  }

  #give(message) {
    const [first, ...parts] = message;
    switch (this.#type) {
      case 'SERVER':
        return this.#socket.send(parts, { routingId: Number(first) });
      case 'RADIO':
        return this.#socket.send(parts, { group: first });
      default:
        return this.#socket.send(message);
    }
  }

  async #sendOne(message) {
    if (this.#type === 'REQ') {
      // zeromq.js may miss the answer to one request when it is already asked to send the next.
      await this.#answered;
      this.#answered = new Promise(resolve => (this.#answer = resolve));
    }
    for (;;) {
      try {
        await this.#give(message);
        return;
      } catch (error) {
        const later = error.code === 'EHOSTUNREACH' || error.code === 'EAGAIN';
        if (!this.#persistent || !later || this.#socket.closed) throw error;
        await delay(NUDGE_MS);
      }
    }
  }

  #sendInTurn(work) {
    const result = this.#sending.then(() => this.#count(work));
    this.#sending = result.catch(() => undefined);
    return result;
  }

  #receiveInTurn(work) {
    const result = this.#receiving.then(() => this.#count(work));
    this.#receiving = result.catch(() => undefined);
    return result;
  }

  async #count(work) {
    this.#waiting += 1;
    try {
      return await work();
    } finally {
      this.#waiting -= 1;
    }
  }
}

const contexts = new Map();

function contextNamed(name) {
  if (!contexts.has(name)) contexts.set(name, name === '' ? zmq.context : new zmq.Context());
  return contexts.get(name);
}

const sockets = new Map();

async function handle({ id, op, socket: number, ...fields }) {
  try {
    if (op === 'open') {
      sockets.set(number, new Socket(number, fields.type, decodeOptions(fields.options)));
      tell({ id, value: null });
      return;
    }
    const value = await sockets.get(number)[op](fields);
    if (op === 'close') sockets.delete(number);
    tell({ id, value: value ?? null });
  } catch (error) {
    tell({ id, error: { code: error.code ?? 'none', message: error.message } });
  }
}

function decodeOptions(options) {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'object' ? octets(value.octets) : value]),
  );
}

function octets(text) {
  return Buffer.from(text, 'base64');
}

function base64(part) {
  return part.toString('base64');
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

setInterval(() => {
  for (const socket of sockets.values()) socket.nudge();
}, NUDGE_MS);
process.on('SIGINT', () => undefined); // the parent's end is ours, in its own time
createInterface({ input: process.stdin })
  .on('line', line => void handle(JSON.parse(line)))
  .on('close', () => process.exit()); // prompt: what lingers is lost
tell({ id: 0, value: zmq.version });
