// @deadline 120
/** The same calls on two sockets of one process, ours and libzmq's behind npm `zeromq`: the same must come of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as libzmq from 'zeromq';
import * as ours from '../../src/index.ts';
import { turn } from '../support/virtual-clock.ts';

/** What both libraries call the same. */
interface Common {
  bind(endpoint: string): Promise<void>;
  unbind(endpoint: string): Promise<void>;
  connect(endpoint: string): void;
  disconnect(endpoint: string): void;
  close(): unknown;
}
interface Sender extends Common {
  send(message: string | (string | Uint8Array)[]): Promise<void>;
}
interface Receiver extends Common {
  receive(): Promise<readonly Uint8Array[]>;
}
type Both = Sender & Receiver;
type Make<S> = new (options: Record<string, unknown>) => S;
interface Library {
  readonly Push: Make<Sender>;
  readonly Pull: Make<Receiver>;
  readonly Pair: Make<Both>;
  readonly Dealer: Make<Both>;
  readonly Router: Make<Both>;
  readonly Request: Make<Both>;
  readonly Reply: Make<Both>;
}

const SENDING = { sendTimeout: 100, linger: -1 };
const RECEIVING = { receiveTimeout: 100, linger: -1 };
const TALKING = { ...SENDING, ...RECEIVING };
const LIMIT = 100; // messages: more than any mark here

/** The code of what a call fails with, or `ok`. */
async function fate(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'ok';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

async function sendAll(socket: Sender, count: number): Promise<number> {
  for (let sent = 0; sent < count; sent += 1) if ((await fate(() => socket.send(`${sent}`))) !== 'ok') return sent;
  return count;
}

async function receiveAll(socket: Receiver): Promise<string[]> {
  const messages: string[] = [];
  try {
    while (true) messages.push((await socket.receive()).map(part => Buffer.from(part).toString()).join('|'));
  } catch {
    return messages;
  }
}

/**
 * What is done, and what is told of it. Sockets that are kept are closed afterwards. Each has a name of its own, since
 * libzmq frees the names of a closed socket a moment later.
 */
type Script = (zmq: Library, keep: <S extends Common>(socket: S) => S, name: string) => Promise<unknown>;

const SCRIPTS: Record<string, Script> = {
  'what was sent before a close can be received, whoever has bound': async (zmq, keep, name) => {
    const seen: unknown[] = [];
    for (const senderBinds of [true, false]) {
      const [push, pull] = [new zmq.Push(SENDING), keep(new zmq.Pull(RECEIVING))];
      const [binder, connecter] = senderBinds ? [push, pull] : [pull, push];
      await binder.bind(`${name}-${senderBinds}`);
      connecter.connect(`${name}-${senderBinds}`);
      seen.push(await sendAll(push, 3));
      push.close();
      seen.push(await receiveAll(pull));
      pull.close();
    }
    return seen;
  },

  'what waits for a name outlives its socket, for the first that binds': async (zmq, keep, name) => {
    const [push, first, second] = [new zmq.Push(SENDING), keep(new zmq.Pull(RECEIVING)), keep(new zmq.Pull(RECEIVING))];
    push.connect(name);
    await sendAll(push, 3);
    push.close();
    await first.bind(name);
    await first.unbind(name);
    await second.bind(name);
    return [await receiveAll(first), await receiveAll(second)];
  },

  'nobody comes back when a name is bound again': async (zmq, keep, name) => {
    const [push, first, second] = [keep(new zmq.Push(SENDING)), new zmq.Pull(RECEIVING), keep(new zmq.Pull(RECEIVING))];
    await first.bind(name);
    push.connect(name);
    await sendAll(push, 1);
    const before = await receiveAll(first);
    first.close();
    await fate(() => push.send('lost'));
    while ((await fate(() => second.bind(name))) === 'EADDRINUSE') await turn();
    const seen = [before, await fate(() => push.send('x')), await fate(() => push.disconnect(name))];
    push.connect(name);
    return [...seen, await fate(() => push.send('again')), await receiveAll(second)];
  },

  'pipes outlive a name, which is free at once': async (zmq, keep, name) => {
    const [push, first, second] = [keep(new zmq.Push(SENDING)), keep(new zmq.Pull(RECEIVING)), keep(new zmq.Pull({}))];
    await first.bind(name);
    push.connect(name);
    const taken = await fate(() => second.bind(name));
    await first.unbind(name);
    return [taken, await fate(() => second.bind(name)), await sendAll(push, 2), await receiveAll(first)];
  },

  'disconnect ends all pipes to a name': async (zmq, keep, name) => {
    const [push, pull] = [keep(new zmq.Push(SENDING)), keep(new zmq.Pull(RECEIVING))];
    await pull.bind(name);
    for (let i = 0; i < 3; i += 1) push.connect(name);
    await sendAll(push, 3);
    const ends = [await fate(() => push.disconnect(name)), await fate(() => push.disconnect(name))];
    return [...ends, await sendAll(push, 1), (await receiveAll(pull)).length];
  },

  'a routing id reaches the other side, early or late': async (zmq, keep, name) => {
    const router = keep(new zmq.Router(TALKING));
    const [early, late] = ['early', 'late'].map(routingId => keep(new zmq.Dealer({ ...TALKING, routingId })));
    early?.connect(name);
    await early?.send('x');
    await router.bind(name);
    late?.connect(name);
    await late?.send(['y', 'z']);
    const heard = (await receiveAll(router)).sort();
    await router.send(['late', 'back']);
    return [heard, late === undefined ? [] : await receiveAll(late)];
  },

  'a request that was sent early is answered': async (zmq, keep, name) => {
    const [request, reply] = [keep(new zmq.Request(TALKING)), keep(new zmq.Reply(TALKING))];
    request.connect(name);
    await request.send('early');
    await reply.bind(name);
    const [question] = await reply.receive();
    await reply.send(`to ${Buffer.from(question ?? []).toString()}`);
    return (await request.receive()).map(part => Buffer.from(part).toString());
  },

  'a PAIR talks to itself, or to another': async (zmq, keep, name) => {
    const [one, other] = [keep(new zmq.Pair(TALKING)), keep(new zmq.Pair(TALKING))];
    await one.bind(name);
    other.connect(name);
    const sent = [await sendAll(one, 2), await sendAll(other, 3)];
    return [sent, await receiveAll(one), await receiveAll(other)];
  },

  'names are any text, but not none': async (zmq, keep) => {
    const push = keep(new zmq.Push(SENDING));
    const fates = [];
    for (const name of ['', 'x', ' ', '*', '://', 'ä']) {
      fates.push(await fate(() => push.bind(`inproc://${name}`)), await fate(() => push.connect(`inproc://${name}`)));
    }
    return fates.filter((_, i) => i % 2 === 0);
  },
};

for (const [send, receive] of [
  [1, 1],
  [1, 2],
  [5, 5],
  [7, 2],
  [0, 1],
  [1, 0],
] as const) {
  SCRIPTS[`marks of ${send} and ${receive} add up`] = async (zmq, keep, name) => {
    const push = keep(new zmq.Push({ ...SENDING, sendHighWaterMark: send }));
    const pull = keep(new zmq.Pull({ ...RECEIVING, receiveHighWaterMark: receive }));
    await pull.bind(name);
    push.connect(name);
    const sent = await sendAll(push, LIMIT);
    for (let i = 0; i < Math.ceil(sent / 2); i += 1) await pull.receive();
    return [sent, await fate(() => push.send('half has been read'))];
  };
  SCRIPTS[`a sender’s mark of ${send} counts alone until the name is bound with ${receive}`] = async (
    zmq,
    keep,
    name,
  ) => {
    const push = keep(new zmq.Push({ ...SENDING, sendHighWaterMark: send }));
    const pull = keep(new zmq.Pull({ ...RECEIVING, receiveHighWaterMark: receive }));
    push.connect(name);
    const sent = await sendAll(push, LIMIT);
    await pull.bind(name);
    return [sent, (await receiveAll(pull)).length];
  };
}

let lastName = 0;

async function run(zmq: Library, script: Script): Promise<unknown> {
  const sockets: Common[] = [];
  const keep = <S extends Common>(socket: S): S => {
    sockets.push(socket);
    return socket;
  };
  try {
    lastName += 1;
    return await script(zmq, keep, `inproc://${lastName}`);
  } finally {
    for (const socket of sockets) await socket.close();
  }
}

const inproc = suite('inproc beside libzmq');

for (const [name, script] of Object.entries(SCRIPTS)) {
  inproc(name, async () => {
    const expected = await run(libzmq, script); // its types say more than is asked here
    assert.equal(await run(ours, script), expected);
  });
}

inproc.run();
