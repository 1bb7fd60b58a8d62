/**
 * This project's own package behind the protocol of protocol.md.
 *
 *     node adaptors/zmtp.mjs [--entry FILE]     FILE in place of the package `zmtp`, as found from the working directory
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const entryAt = process.argv.indexOf('--entry');
const found = createRequire(join(process.cwd(), 'any.js'));
const entry = entryAt === -1 ? found.resolve('zmtp') : resolve(process.argv[entryAt + 1]);
const zmtp = await import(pathToFileURL(entry).href);

const CLASSES = {
  PAIR: 'Pair',
  PUB: 'Publisher',
  SUB: 'Subscriber',
  REQ: 'Request',
  REP: 'Reply',
  DEALER: 'Dealer',
  ROUTER: 'Router',
  PULL: 'Pull',
  PUSH: 'Push',
  XPUB: 'XPublisher',
  XSUB: 'XSubscriber',
  SERVER: 'Server',
  CLIENT: 'Client',
  RADIO: 'Radio',
  DISH: 'Dish',
  GATHER: 'Gather',
  SCATTER: 'Scatter',
  PEER: 'Peer',
  CHANNEL: 'Channel',
};

const OF_ONE_PART = new Set(['SERVER', 'CLIENT', 'RADIO', 'SCATTER', 'PEER', 'CHANNEL']);

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
  metadata: 'metadata',
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

class Unsupported extends Error {}

class Target {
  context;
  #sid;
  #type;
  #role;
  #endpoint;
  #socket;
  #pending = [];
  #paused = new AbortController();
  #resume = () => undefined;
  #receiving = Promise.resolve();

  constructor({ sid, type, role, endpoint, context, options }) {
    if (zmtp[CLASSES[type]] === undefined) throw new Unsupported(`type:${type}`);
    this.context = context;
    this.#sid = sid;
    this.#type = type;
    this.#role = role;
    this.#endpoint = endpoint;
    this.#socket = new zmtp[CLASSES[type]]({ context: contextNamed(context), ...optionsFrom(options, type) });
  }

  async open() {
    const opened = { event: 'opened' };
    if (this.#role === 'bind') {
      await this.#socket.bind(this.#endpoint);
      this.#endpoint = this.#socket.lastEndpoint;
    } else if (this.#type === 'PEER') opened.routingId = this.#socket.connectPeer(this.#endpoint);
    else this.#socket.connect(this.#endpoint);
    if (typeof this.#socket.receive === 'function') void this.#receive();
    return { ...opened, endpoint: this.#endpoint };
  }

  async send({ parts, routingId, group, timeoutMs }) {
    const message = [...this.#pending.splice(0), ...parts.map(octets)];
    try {
      const waiting = { timeout: timeoutMs };
      if (group !== undefined) await this.#socket.send(message, { group: octets(group), ...waiting });
      else if (routingId !== undefined) await this.#socket.send(message, { routingId, ...waiting });
      else await this.#socket.send(message, waiting);
      return { event: 'sent' };
    } catch (error) {
      return refusal(error);
    }
  }

  /** Messages are sent whole here: the parts wait for the last one. Types of one part refuse at once, as the send would. */
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

  /** A receive that waits is taken back; one that has got something tells it first. */
  async pause() {
    this.#paused.abort();
    await this.#receiving;
  }

  resume() {
    this.#paused = new AbortController();
    this.#resume();
  }

  async disconnect() {
    if (this.#role === 'bind') await this.#socket.unbind(this.#endpoint);
    else this.#socket.disconnect(this.#endpoint);
  }

  async close() {
    this.resume();
    await this.#socket.close();
  }

  async #receive() {
    for (;;) {
      if (this.#paused.signal.aborted) await new Promise(resolve => (this.#resume = resolve));
      if (this.#socket.closed) return;
      this.#receiving = this.#receiveOne(this.#paused.signal);
      await this.#receiving;
    }
  }

  async #receiveOne(signal) {
    try {
      this.#told(await this.#socket.receiveFrom({ signal }));
    } catch (error) {
      if (this.#socket.closed || signal.aborted) return;
      if (error.code !== 'EFSM') throw error;
      // A REQ that has asked nothing, a REP that has not answered yet.
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }

  #told({ message, peer }) {
    const said = {
      event: 'message',
      sid: this.#sid,
      ...(peer === undefined ? {} : { properties: propertiesOf(peer) }),
    };
    switch (this.#type) {
      case 'SERVER':
      case 'PEER':
        tell({ ...said, parts: [text(message[0])], routingId: message[1]?.routingId });
        break;
      case 'DISH':
        tell({ ...said, parts: [text(message[0])], group: text(message[1].group) });
        break;
      default:
        tell({ ...said, parts: message.map(text) });
    }
  }
}

/** As libzmq names them. What neither side has said is left out. */
function propertiesOf({ socketType, routingId, userId, remoteAddress, metadata }) {
  const [, host] = /^tcp:\/\/\[?(.*?)\]?:\d+$/.exec(remoteAddress) ?? [];
  const told = { 'Socket-Type': socketType, 'User-Id': userId, 'Peer-Address': host ?? remoteAddress };
  const identity = { Identity: Buffer.from(routingId).toString('latin1') };
  return {
    ...Object.fromEntries(metadata),
    ...identity,
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
  };
}

function optionsFrom(options, type) {
  const out = { linger: 0 };
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
  if (!hasQueue('send', type)) delete out.sendHighWaterMark;
  if (!hasQueue('receive', type)) delete out.receiveHighWaterMark;
  return out;
}

function hasQueue(direction, type) {
  return typeof zmtp[CLASSES[type]].prototype[direction] === 'function';
}

function refusal(error) {
  const why = { EAGAIN: 'would-block', EHOSTUNREACH: 'no-route', EFSM: 'state' }[error.code] ?? 'invalid';
  return { event: 'refused', why, text: error.message };
}

/** How a ZAP handler answers. */
class Handler {
  #context;
  #plan;
  #socket;

  constructor(name, plan) {
    this.#context = name;
    this.#plan = plan;
    const context = contextNamed(name);
    this.#socket =
      plan.as === 'ROUTER' ? new zmtp.Router({ context, linger: 0 }) : new zmtp.Reply({ context, linger: 0 });
  }

  async open() {
    await this.#socket.bind('inproc://zeromq.zap.01');
    void this.#serve();
  }

  close() {
    return this.#socket.close();
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
      tell({ event: 'zap-request', context: this.#context, frames: message.map(text) });
      const answer = async () => {
        if (this.#plan.delayMs > 0) await new Promise(resolve => setTimeout(resolve, this.#plan.delayMs));
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
  if (!contexts.has(name)) contexts.set(name, new zmtp.Context());
  return contexts.get(name);
}

async function setHandler({ context, plan }) {
  await handlers.get(context)?.close();
  handlers.delete(context);
  if (plan === null) return;
  const handler = new Handler(context, plan);
  handlers.set(context, handler);
  await handler.open();
}

async function endContext({ context }) {
  for (const [sid, socket] of sockets) if (socket.context === context) sockets.delete(sid);
  handlers.delete(context);
  const ended = contexts.get(context);
  contexts.delete(context);
  await ended?.close({ linger: 0 });
}

async function capabilities() {
  const types = Object.keys(CLASSES).filter(type => zmtp[CLASSES[type]] !== undefined);
  return [
    ...types.map(type => `type:${type}`),
    ...['role:bind', 'role:connect', 'mech:NULL', 'mech:PLAIN', 'mech:CURVE', 'transport:tcp', 'transport:ipc'],
    ...((await hasWs()) ? ['transport:ws'] : []),
    ...['zap-host', 'handshake-limit', 'heartbeat', 'properties', 'fallback:1.0', 'fallback:2.0', 'z85'],
  ];
}

async function hasWs() {
  const socket = new zmtp.Pull({ linger: 0 });
  try {
    await socket.bind('ws://127.0.0.1:*');
    return true;
  } catch {
    return false;
  } finally {
    await socket.close();
  }
}

/** Of the package the entry belongs to. */
function version() {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
    if (folder === dirname(folder)) return 'unknown';
  }
}

function z85({ action, data }) {
  try {
    if (action === 'encode') return { event: 'z85', text: zmtp.encodeZ85(octets(data)) };
    return { event: 'z85', data: text(zmtp.decodeZ85(octets(data).toString('latin1'))) };
  } catch (error) {
    return refusal(error);
  }
}

async function answer(command) {
  const socket = sockets.get(command.sid);
  switch (command.do) {
    case 'hello':
      return { event: 'hello', name: 'zmtp', version: version(), capabilities: await capabilities() };
    case 'open': {
      const opened = new Target(command);
      sockets.set(command.sid, opened);
      try {
        return await opened.open();
      } catch (error) {
        await opened.close();
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
      await socket?.close(); // unless it has ended with its context
      sockets.delete(command.sid);
      return { event: 'closed' };
    case 'zap':
      await setHandler(command);
      return { event: 'done' };
    case 'end-context':
      await endContext(command);
      return { event: 'done' };
    case 'z85':
      return z85(command);
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
  return Buffer.from(part).toString('base64url');
}

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

createInterface({ input: process.stdin })
  .on('line', line => void handle(JSON.parse(line)))
  .on('close', () => process.exit());
