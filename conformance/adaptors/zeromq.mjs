/**
 * npm `zeromq`, version 6, as found from the working directory, behind the protocol of protocol.md: the binding as its
 * users have it. What it hides of its libzmq (PEER and CHANNEL, metadata, properties of messages, Z85) is unsupported here.
 *
 *     node adaptors/zeromq.mjs
 *
 * The binding takes one send and one receive of a socket at a time. It tells a wrong state, and a peer that is not there, only
 * in calls that do not wait; so a send is tried once without waiting before it may wait.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const require = createRequire(join(process.cwd(), 'any.js'));
const zmq = require('zeromq');
const draft = zmq.capability.draft ? require('zeromq/draft.js') : {};

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
  SERVER: draft.Server,
  CLIENT: draft.Client,
  RADIO: draft.Radio,
  DISH: draft.Dish,
  GATHER: draft.Gather,
  SCATTER: draft.Scatter,
};
const OF_ONE_PART = new Set(['SERVER', 'CLIENT', 'RADIO', 'SCATTER']);

/** What an option of the protocol is called here. */
const OPTIONS = {
  zapDomain: 'zapDomain',
  zapEnforce: 'zapEnforceDomain',
  identity: 'routingId',
  handshakeMs: 'handshakeInterval',
  heartbeatMs: 'heartbeatInterval',
  heartbeatTimeoutMs: 'heartbeatTimeout',
  heartbeatTtlMs: 'heartbeatTimeToLive',
  reconnectMs: 'reconnectInterval',
  reconnectMaxMs: 'reconnectMaxInterval',
  maxMessageSize: 'maxMessageSize',
  sendQueue: 'sendHighWaterMark',
  recvQueue: 'receiveHighWaterMark',
  lingerMs: 'linger',
  routerMandatory: 'mandatory',
  routerHandover: 'handover',
  reqCorrelate: 'correlate',
  reqRelaxed: 'relaxed',
  ipv6: 'ipv6',
  plainUsername: 'plainUsername',
  plainPassword: 'plainPassword',
  curvePublicKey: 'curvePublicKey',
  curveSecretKey: 'curveSecretKey',
  curveServerKey: 'curveServerKey',
};
const OCTETS = new Set([
  'identity',
  'plainUsername',
  'plainPassword',
  'curvePublicKey',
  'curveSecretKey',
  'curveServerKey',
]);
const VERBOSITY = { all: 'allSubs', 'all-and-cancels': 'allSubsUnsubs' };

/** A receive that has begun cannot be taken back, so none is long: `pause` waits for its end. */
const RECEIVE_MS = 20;
/** How often libzmq is entered for sockets that do nothing, and a send tried that must not wait inside. */
const NUDGE_MS = 5;
const ZAP_ENDPOINT = 'inproc://zeromq.zap.01';

class Unsupported extends Error {}

class Target {
  context;
  #sid;
  #type;
  #role;
  #endpoint;
  #socket;
  #mandatory;
  #pending = [];
  #sending = Promise.resolve();
  #waiting = 0;
  #receiving = Promise.resolve();
  #paused = false;
  #resume = () => undefined;

  constructor({ sid, type, role, endpoint, context, options }) {
    if (CLASSES[type] === undefined) throw new Unsupported(`type:${type}`);
    this.context = context;
    this.#sid = sid;
    this.#type = type;
    this.#role = role;
    this.#endpoint = endpoint;
    this.#mandatory = options.routerMandatory === true;
    this.#socket = new CLASSES[type]({ context: contextNamed(context), ...optionsFrom(options, type) });
  }

  async open() {
    if (this.#role === 'bind') {
      await this.#socket.bind(this.#endpoint);
      this.#endpoint = this.#socket.lastEndpoint;
    } else this.#socket.connect(this.#endpoint);
    if (receives(this.#type)) void this.#receive();
    return this.#endpoint;
  }

  send({ parts, routingId, group, timeoutMs }) {
    const message = [...this.#pending.splice(0), ...parts.map(octets)];
    const deadline = performance.now() + timeoutMs;
    const give = () => {
      if (routingId !== undefined) return this.#socket.send(message, { routingId });
      if (group !== undefined) return this.#socket.send(message, { group: octets(group) });
      return this.#socket.send(message);
    };
    this.#waiting += 1;
    const sent = this.#sending.then(() => this.#sendBy(deadline, give));
    this.#sending = sent.finally(() => (this.#waiting -= 1));
    return sent;
  }

  /** The binding sends messages whole: the parts wait for the last one. Types of one part refuse at once, as the send would. */
  sendPart({ parts }) {
    if (OF_ONE_PART.has(this.#type)) return this.send({ parts: [...parts, ...parts], timeoutMs: 0 });
    this.#pending.push(...parts.map(octets));
    return { event: 'sent' };
  }

  subscription(name, { data }) {
    try {
      this.#socket[name](octets(data));
      return { event: 'sent' };
    } catch (error) {
      return refusal(error);
    }
  }

  async pause() {
    this.#paused = true;
    await this.#receiving;
  }

  resume() {
    this.#paused = false;
    this.#resume();
  }

  /** The binding unbinds on another thread, which a receive that waits must not come across. */
  async disconnect() {
    if (this.#role === 'connect') return this.#socket.disconnect(this.#endpoint);
    const paused = this.#paused;
    await this.pause();
    await this.#socket.unbind(this.#endpoint);
    if (!paused) this.resume();
  }

  close() {
    this.#socket.close();
    this.resume();
  }

  /** libzmq takes note of peers that come and go only when it is entered. A call that waits sees to it, and is not disturbed. */
  nudge() {
    if (this.#waiting === 0 && (this.#paused || !receives(this.#type))) void this.#socket.writable;
  }

  async #sendBy(deadline, give) {
    let wait = 0;
    for (;;) {
      try {
        this.#socket.sendTimeout = wait;
        await give();
        return { event: 'sent' };
      } catch (error) {
        const left = Math.ceil(deadline - performance.now());
        if (!['EAGAIN', 'EBUSY'].includes(error.code) || left <= 0 || this.#socket.closed) return refusal(error);
        if (this.#mandatory || error.code === 'EBUSY') await delay(NUDGE_MS);
        else wait = left;
      }
    }
  }

  async #receive() {
    for (;;) {
      if (this.#paused) await new Promise(resolve => (this.#resume = resolve));
      if (this.#socket.closed) return;
      this.#receiving = this.#receiveOne();
      await this.#receiving;
    }
  }

  async #receiveOne() {
    try {
      this.#told(await this.#socket.receive());
    } catch (error) {
      if (error.code === 'EBUSY')
        await delay(1); // it is being unbound
      else if (!this.#socket.closed && !['EAGAIN', 'EFSM'].includes(error.code)) throw error;
    }
  }

  #told(message) {
    const said = { event: 'message', sid: this.#sid };
    switch (this.#type) {
      case 'SERVER':
        tell({ ...said, parts: [text(message[0])], routingId: message[1].routingId });
        break;
      case 'DISH':
        tell({ ...said, parts: [text(message[0])], group: text(message[1].group) });
        break;
      default:
        tell({ ...said, parts: message.map(text) });
    }
  }
}

function optionsFrom(options, type) {
  const out = { linger: 0, ...(receives(type) ? { receiveTimeout: RECEIVE_MS } : {}) };
  for (const [name, value] of Object.entries(options)) {
    switch (name) {
      case 'mechanism':
        break; // follows from the others
      case 'securityServer':
        if (value) out[options.mechanism === 'PLAIN' ? 'plainServer' : 'curveServer'] = true;
        break;
      case 'xpubVerbose':
        out.verbosity = VERBOSITY[value];
        break;
      default:
        if (OPTIONS[name] === undefined) throw new Unsupported(`option ${name}`);
        out[OPTIONS[name]] = OCTETS.has(name) ? octets(value) : value;
    }
  }
  if (!has(type, 'sendHighWaterMark')) delete out.sendHighWaterMark;
  if (!receives(type)) delete out.receiveHighWaterMark;
  return out;
}

function receives(type) {
  return has(type, 'receiveHighWaterMark');
}

/** Each class has the accessors of its options; methods it all has, whether they make sense or not. */
function has(type, option) {
  return option in CLASSES[type].prototype;
}

function refusal(error) {
  const why = { EAGAIN: 'would-block', EHOSTUNREACH: 'no-route', EFSM: 'state' }[error.code] ?? 'invalid';
  return { event: 'refused', why, text: error.message };
}

/** How a ZAP handler answers. */
class Handler {
  #name;
  #plan;
  #socket;

  constructor(name, plan) {
    this.#name = name;
    this.#plan = plan;
    const options = { context: contextNamed(name), linger: 0 };
    this.#socket = plan.as === 'ROUTER' ? new zmq.Router(options) : new zmq.Reply(options);
  }

  /** Another handler that has been closed takes a moment to leave its place. */
  async open() {
    for (;;) {
      try {
        await this.#socket.bind(ZAP_ENDPOINT);
        break;
      } catch (error) {
        if (error.code !== 'EADDRINUSE') throw error;
        await delay(1);
      }
    }
    void this.#serve();
  }

  close() {
    this.#socket.close();
  }

  async #serve() {
    const router = this.#plan.as === 'ROUTER';
    for (;;) {
      let message;
      try {
        message = await this.#socket.receive();
      } catch {
        return;
      }
      const envelope = router ? message.splice(0, message.findIndex(part => part.length === 0) + 1) : [];
      tell({ event: 'zap-request', context: this.#name, frames: message.map(text) });
      const answer = async () => {
        if (this.#plan.delayMs > 0) await delay(this.#plan.delayMs);
        await this.#socket.send([...envelope, ...reply(this.#plan, message)]);
      };
      if (router) answer().catch(() => undefined);
      else await answer().catch(() => undefined);
    }
  }
}

function reply({ code = '200', text: status = '', userId = '', metadata = '', frames }, [version, id]) {
  if (frames !== undefined) return frames.map(frame => (typeof frame === 'string' ? octets(frame) : id));
  return [version, id, code, status, userId, octets(metadata)];
}

const contexts = new Map();
const handlers = new Map();
const sockets = new Map();

function contextNamed(name) {
  if (!contexts.has(name)) contexts.set(name, new zmq.Context());
  return contexts.get(name);
}

async function setHandler({ context, plan }) {
  handlers.get(context)?.close();
  handlers.delete(context);
  if (plan === null) return;
  const handler = new Handler(context, plan);
  handlers.set(context, handler);
  await handler.open();
}

/** The binding ends a context when nobody holds it any longer. */
async function endContext({ context }) {
  for (const [sid, socket] of sockets) {
    if (socket.context !== context) continue;
    socket.close();
    sockets.delete(sid);
  }
  await setHandler({ context, plan: null });
  contexts.delete(context);
}

async function capabilities() {
  const types = Object.keys(CLASSES).filter(type => CLASSES[type] !== undefined);
  return [
    ...types.map(type => `type:${type}`),
    ...['role:bind', 'role:connect', 'mech:NULL', 'mech:PLAIN', ...(zmq.capability.curve ? ['mech:CURVE'] : [])],
    ...[
      'transport:tcp',
      ...(zmq.capability.ipc ? ['transport:ipc'] : []),
      ...((await hasWs()) ? ['transport:ws'] : []),
    ],
    ...['zap-host', 'handshake-limit', 'heartbeat', 'fallback:1.0', 'fallback:2.0'],
  ];
}

async function hasWs() {
  const socket = new zmq.Pull({ linger: 0 });
  try {
    await socket.bind('ws://127.0.0.1:*');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

async function answer(command) {
  const socket = sockets.get(command.sid);
  switch (command.do) {
    case 'hello': {
      const { version } = require('zeromq/package.json');
      const library = `libzmq ${zmq.version}`;
      return { event: 'hello', name: 'zeromq', version, library, capabilities: await capabilities() };
    }
    case 'open': {
      const opened = new Target(command);
      sockets.set(command.sid, opened);
      try {
        return { event: 'opened', endpoint: await opened.open() };
      } catch (error) {
        opened.close();
        sockets.delete(command.sid);
        if (error.code === 'EPROTONOSUPPORT') throw new Unsupported(`transport:${command.endpoint.split(':')[0]}`);
        return refusal(error);
      }
    }
    case 'send':
      return socket.send(command);
    case 'send-part':
      return socket.sendPart(command);
    case 'subscribe':
    case 'unsubscribe':
    case 'join':
    case 'leave':
      return socket.subscription(command.do, command);
    case 'pause':
    case 'resume':
    case 'disconnect':
      await socket[command.do]();
      return { event: 'done' };
    case 'close':
      socket?.close(); // unless it has ended with its context
      sockets.delete(command.sid);
      return { event: 'closed' };
    case 'zap':
      await setHandler(command);
      return { event: 'done' };
    case 'end-context':
      await endContext(command);
      return { event: 'done' };
    case 'exit':
      return process.exit();
    default:
      throw new Unsupported(command.do);
  }
}

async function handle(command) {
  try {
    tell({ ref: command.ref, ...(await answer(command)) });
  } catch (error) {
    if (error instanceof Unsupported) tell({ ref: command.ref, event: 'unsupported', what: error.message });
    else if (command.do === 'open') tell({ ref: command.ref, ...refusal(error) });
    else tell({ ref: command.ref, event: 'failed', why: error.stack ?? String(error) });
  }
}

function octets(base64) {
  return Buffer.from(base64, 'base64url');
}

function text(part) {
  return part.toString('base64url');
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

setInterval(() => {
  for (const socket of sockets.values()) socket.nudge();
}, NUDGE_MS);
createInterface({ input: process.stdin })
  .on('line', line => void handle(JSON.parse(line)))
  .on('close', () => process.exit()); // prompt: what lingers is lost
