/**
 * What does each layer of the house add to a message? One process, no network, no clock but a counter: the same messages
 * go through the wire alone, then through the engine and its pipe as well, then through everything.
 *
 *      send       connection · takeOutput   │  + pipe · engine   │  + pattern · trySend
 *      receive    receive · nextEvent       │  + engine · pipe   │  + pattern · receiveBatch
 *
 * A stage's nanoseconds include those of the stages before it, so the difference is what the layer costs.
 */
import type { Clock, Timer } from '../src/engine/clock.ts';
import { Engine } from '../src/engine/engine.ts';
import { Pipe, type Peer } from '../src/pipe.ts';
import { toMessage } from '../src/sockets/message-like.ts';
import { nodeMemory } from '../src/sockets/node-memory.ts';
import type { Pattern } from '../src/sockets/pattern.ts';
import { PullPattern } from '../src/sockets/pull.ts';
import { PushPattern } from '../src/sockets/push.ts';
import { ReceiveLine } from '../src/sockets/receive-line.ts';
import { SendLine } from '../src/sockets/send-line.ts';
import type { Duplex, DuplexSink } from '../src/transports/transport.ts';
import { ZmtpConnection } from '../src/zmtp/connection.ts';
import { NullMechanism } from '../src/zmtp/mechanisms/null.ts';
import { Slab } from '../src/zmtp/slab.ts';
import { markedBody, Tally } from './contestants/tally.ts';

const ROUNDS = 25;
const MESSAGES = 200_000; // in a round
const AT_ONCE = 500; // messages between two turns of the event loop
const HIGH_WATER_MARK = 1000;
const CHUNK_BYTES = 64 * 1024; // what one read of Node gives

type SocketType = 'PUSH' | 'PULL';

/** Moves {@link MESSAGES} messages. */
type Stage = (size: number) => Promise<void>;

const stages: Readonly<Record<string, Stage>> = {
  'send wire': sendThroughWire,
  'send wire+engine': sendThroughEngine,
  'send all': sendThroughAll,
  'receive wire': receiveThroughWire,
  'receive wire+engine': receiveThroughEngine,
  'receive all': receiveThroughAll,
};

/** Prints a line for each stage and size: the medians of rounds in which all stages take turns. */
export async function run(print: (line: object) => void): Promise<void> {
  for (const size of [64, 1024]) {
    const times = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, stage] of Object.entries(stages)) {
        const start = process.hrtime.bigint();
        await stage(size);
        const ns = Number(process.hrtime.bigint() - start) / MESSAGES;
        times.set(name, [...(times.get(name) ?? []), ns]);
      }
    }
    for (const [name, ns] of times) {
      const median = ns.toSorted((a, b) => a - b)[ROUNDS >>> 1] ?? NaN;
      print({ bench: 'layers', size, stage: name, nsPerMessage: Math.round(median * 10) / 10 });
    }
  }
}

// send

function sendThroughWire(size: number): Promise<void> {
  const [body, connection] = [markedBody(size, 0), ready('PUSH')];
  for (let i = 0; i < MESSAGES; i += 1) {
    connection.send([body]);
    if (connection.outputBytes >= CHUNK_BYTES || i % AT_ONCE === 0) connection.takeOutput();
  }
  return Promise.resolve();
}

function sendThroughEngine(size: number): Promise<void> {
  const [body, house] = [markedBody(size, 0), new House('PUSH')];
  const { outbound } = house.peer;
  for (let i = 1; i <= MESSAGES; i += 1) {
    if (!outbound.tryWrite([body])) throw new Error('mute');
    if (i % AT_ONCE === 0) house.clock.turn();
  }
  return Promise.resolve();
}

function sendThroughAll(size: number): Promise<void> {
  const clock = new CountingClock();
  const pattern = new PushPattern({ readable: nothing, writable: nothing });
  const line = new SendLine(pattern, clock, { sendTimeout: -1 });
  const [body, house] = [markedBody(size, 0), new House('PUSH', pattern)];
  for (let i = 1; i <= MESSAGES; i += 1) {
    if (!line.trySend(toMessage(body))) throw new Error('mute');
    if (i % AT_ONCE === 0) house.clock.turn();
  }
  return Promise.resolve();
}

// receive

function receiveThroughWire(size: number): Promise<void> {
  const [connection, tally] = [ready('PULL'), new Tally(1)];
  for (const chunk of chunksOf(size)) {
    connection.receive(chunk, 0);
    for (let event = connection.nextEvent(HIGH_WATER_MARK); event?.kind === 'messages';) {
      for (const [body] of event.messages) if (body !== undefined) tally.take(body);
      event = connection.nextEvent(HIGH_WATER_MARK);
    }
  }
  return check(tally);
}

function receiveThroughEngine(size: number): Promise<void> {
  const [house, tally] = [new House('PULL'), new Tally(1)];
  const { inbound } = house.peer;
  for (const chunk of chunksOf(size)) {
    house.receive(chunk);
    for (let batch = inbound.readMany(HIGH_WATER_MARK); batch.length > 0; batch = inbound.readMany(HIGH_WATER_MARK)) {
      for (const [body] of batch) if (body !== undefined) tally.take(body);
      house.clock.turn();
    }
  }
  return check(tally);
}

async function receiveThroughAll(size: number): Promise<void> {
  const pattern = new PullPattern({ readable: nothing, writable: nothing });
  const line = new ReceiveLine(pattern, new CountingClock(), { receiveTimeout: -1 });
  const [house, tally] = [new House('PULL', pattern), new Tally(1)];
  for (const chunk of chunksOf(size)) {
    house.receive(chunk);
    while (pattern.readable) {
      for (const [body] of await line.receiveBatch({ max: HIGH_WATER_MARK })) if (body !== undefined) tally.take(body);
      house.clock.turn();
    }
  }
  return check(tally);
}

function check({ messages }: Tally): Promise<void> {
  if (messages !== MESSAGES) throw new Error(`${messages} messages of ${MESSAGES}`);
  return Promise.resolve();
}

/** Octets of {@link MESSAGES} messages as a network gives them: fresh chunks, cut anywhere. */
function* chunksOf(size: number): Generator<Uint8Array> {
  const head = size < 256 ? [0, size] : [2, 0, 0, 0, 0, 0, 0, size >>> 8, size & 0xff];
  const frame = Uint8Array.of(...head, ...markedBody(size, 0));
  const frames = new Uint8Array(frame.length * (Math.ceil(CHUNK_BYTES / frame.length) + 1));
  for (let at = 0; at < frames.length; at += frame.length) frames.set(frame, at);
  let left = frame.length * MESSAGES;
  for (let at = 0; left > 0;) {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, left));
    chunk.set(frames.subarray(at, at + chunk.length));
    at = (at + chunk.length) % frame.length;
    left -= chunk.length;
    yield chunk;
  }
}

// what they run in

/** A connection that is through its handshake. */
function ready(own: SocketType): ZmtpConnection {
  const connection = fresh(own);
  for (const octets of handshakeOf(own)) connection.receive(octets, 0);
  if (connection.nextEvent()?.kind !== 'handshake') throw new Error('no handshake');
  connection.takeOutput();
  return connection;
}

function fresh(own: SocketType): ZmtpConnection {
  const name = new TextEncoder().encode(own);
  return new ZmtpConnection(
    {
      socketType: own,
      mechanism: new NullMechanism([{ name: 'Socket-Type', value: name }]),
      heartbeat: { intervalMs: 0, timeoutMs: 0, ttlDeciseconds: 0 },
      maxMessageBytes: -1,
      handshakeTimeoutMs: 0,
      memory: nodeMemory,
      slab: new Slab(nodeMemory),
    },
    0,
  );
}

/** What a peer that suits `own` says until both are through the handshake. */
function handshakeOf(own: SocketType): Uint8Array[] {
  const [one, other] = [fresh(own), fresh(own === 'PUSH' ? 'PULL' : 'PUSH')];
  const said: Uint8Array[] = [];
  while (other.phase !== 'traffic') {
    for (const octets of one.takeOutput()) other.receive(Uint8Array.from(octets), 0);
    other.nextEvent();
    const answer = other.takeOutput().map(octets => Uint8Array.from(octets));
    for (const octets of answer) one.receive(Uint8Array.from(octets), 0);
    one.nextEvent();
    said.push(...answer);
  }
  return said;
}

/** An engine with its pipes, on a duplex that takes everything. */
class House {
  readonly clock: CountingClock = new CountingClock();
  readonly peer: Peer = {
    id: 1,
    inbound: new Pipe(HIGH_WATER_MARK),
    outbound: new Pipe(HIGH_WATER_MARK),
    routingId: new Uint8Array(0),
    refuse: nothing,
    leave: nothing,
  };
  readonly receive: (octets: Uint8Array) => void;

  constructor(own: SocketType, pattern?: Pattern) {
    let sink: DuplexSink | undefined;
    const duplex: Duplex = {
      localAddress: '',
      remoteAddress: '',
      unwrittenBytes: 0,
      start: to => (sink = to),
      write: () => true,
      pause: nothing,
      resume: nothing,
      end: nothing,
      destroy: nothing,
    };
    const host = {
      handshaken: () => {
        pattern?.attach(this.peer);
        return this.peer;
      },
      disconnected: nothing,
      finished: nothing,
    };
    const gatekeeper = () => nothing;
    const engine = new Engine({ connection: fresh(own), duplex, clock: this.clock, host, id: 1, gatekeeper });
    engine.start();
    this.receive = octets => sink?.received(octets);
    handshakeOf(own).forEach(this.receive);
  }
}

/** A clock whose turns are asked for. */
class CountingClock implements Clock {
  #later: (() => void)[] = [];

  now(): number {
    return 0;
  }

  setTimer(): Timer {
    return { cancel: nothing };
  }

  defer(callback: () => void): void {
    this.#later.push(callback);
  }

  yield(callback: () => void): void {
    this.#later.push(callback);
  }

  keepAlive(): () => void {
    return nothing;
  }

  /** Runs what was put off, and what that puts off. */
  turn(): void {
    while (this.#later.length > 0) {
      const due = this.#later;
      this.#later = [];
      for (const callback of due) callback();
    }
  }
}

function nothing(): void {
  // takes part, but has nothing to do
}
