/**
 * Sockets of a transport for one test: a {@link TestNet} opens them and closes them all, sinks write down what they hear,
 * and a {@link netSuite} sees to it that no test leaves one open.
 */
import { type Test, suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TransportError } from '../../src/errors.ts';
import { parseEndpoint } from '../../src/transports/endpoint.ts';
import type {
  Dial,
  DialSink,
  Duplex,
  DuplexSink,
  Listener,
  ListenerSink,
  Transport,
  TransportOptions,
} from '../../src/transports/transport.ts';

/** libzmq's defaults. */
export const defaultOptions: TransportOptions = {
  ipv6: false,
  backlog: 100,
  connectTimeoutMs: 0,
  tcpKeepalive: -1,
  tcpKeepaliveIdleSeconds: -1,
};

/** The event loop goes round `count` times. */
export async function turns(count = 20): Promise<void> {
  for (let each = 0; each < count; each += 1) await new Promise(resolve => setImmediate(resolve));
}

/** A sink that writes down what it hears, and lets a test wait for it. */
export class RecordingSink implements DuplexSink {
  readonly calls: ('received' | 'drained' | 'closed')[] = [];
  readonly chunks: Uint8Array[] = [];
  size = 0;
  cause: Error | undefined;
  /** Called within `received`, after it was written down. */
  onReceived: () => void = () => {};
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get isClosed(): boolean {
    return this.calls.includes('closed');
  }

  received(bytes: Uint8Array): void {
    this.chunks.push(bytes);
    this.size += bytes.length;
    this.onReceived();
    this.#note('received');
  }

  drained(): void {
    this.#note('drained');
  }

  closed(cause: Error | undefined): void {
    this.cause = cause;
    this.#note('closed');
  }

  count(call: 'received' | 'drained' | 'closed'): number {
    return this.calls.filter(each => each === call).length;
  }

  /** Resolves when the condition holds after a call, or at once. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise(resolve => {
      this.#waiting.push({ condition, resolve });
    });
  }

  untilReceived(size: number): Promise<void> {
    return this.until(() => this.size >= size);
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.isClosed);
  }

  #note(call: 'received' | 'drained' | 'closed'): void {
    this.calls.push(call);
    const ready = this.#waiting.filter(each => each.condition());
    this.#waiting = this.#waiting.filter(each => !ready.includes(each));
    for (const each of ready) each.resolve();
  }
}

/** A listener's sink: peers wait in line until a test asks for them. */
export class PeerQueue implements ListenerSink {
  readonly failures: Error[] = [];
  /** All that have come, whether asked for or not. */
  readonly peers: Duplex[] = [];
  /** Called within `accepted`, after the peer was put in line. */
  onAccepted: () => void = () => {};
  readonly #line: Duplex[] = [];
  readonly #waiting: ((peer: Duplex) => void)[] = [];

  accepted(duplex: Duplex): void {
    this.peers.push(duplex);
    const first = this.#waiting.shift();
    if (first === undefined) this.#line.push(duplex);
    else first(duplex);
    this.onAccepted();
  }

  failed(cause: Error): void {
    this.failures.push(cause);
  }

  next(): Promise<Duplex> {
    const first = this.#line.shift();
    if (first !== undefined) return Promise.resolve(first);
    return new Promise(resolve => {
      this.#waiting.push(resolve);
    });
  }
}

/** What became of an attempt to connect: every outcome it told, in order. */
export interface Attempt {
  readonly dial: Dial;
  readonly outcomes: readonly (Duplex | Error)[];
  /** The first outcome. */
  readonly outcome: Promise<Duplex | Error>;
}

/** A duplex with the sink it was started with. */
export interface End {
  readonly duplex: Duplex;
  readonly sink: RecordingSink;
}

/** Opens listeners and connections for one test and closes them all after it. */
export class TestNet {
  /** A test may put others in their place, for what it opens from then on. */
  transport: Transport;
  options: TransportOptions = defaultOptions;
  readonly #listeners: Listener[] = [];
  readonly #queues: PeerQueue[] = [];
  readonly #dials: Dial[] = [];
  readonly #duplexes: Duplex[] = [];

  constructor(transport: Transport) {
    this.transport = transport;
  }

  async listen(address: string): Promise<{ listener: Listener; peers: PeerQueue; address: string }> {
    const peers = new PeerQueue();
    const listener = await this.transport.bind(address, this.options, peers);
    this.#listeners.push(listener);
    this.#queues.push(peers);
    return { listener, peers, address: parseEndpoint(listener.endpoint).address };
  }

  dial(address: string): Attempt {
    const outcomes: (Duplex | Error)[] = [];
    const { promise, resolve } = withResolvers<Duplex | Error>();
    const tell = (outcome: Duplex | Error): void => {
      outcomes.push(outcome);
      resolve(outcome);
    };
    const sink: DialSink = {
      connected: duplex => {
        this.#duplexes.push(duplex);
        tell(duplex);
      },
      failed: tell,
    };
    const dial = this.transport.connect(address, this.options, sink);
    this.#dials.push(dial);
    return { dial, outcomes, outcome: promise };
  }

  async connect(address: string): Promise<Duplex> {
    const outcome = await this.dial(address).outcome;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  /** The error of an attempt that must fail. */
  async refused(address: string): Promise<TransportError> {
    return asTransportError(await this.dial(address).outcome);
  }

  /** The two ends of a new connection, quiet. */
  async join(bindAddress: string): Promise<{ near: Duplex; far: Duplex; listener: Listener }> {
    const { listener, peers, address } = await this.listen(bindAddress);
    const [near, far] = await Promise.all([this.connect(address), peers.next()]);
    return { near, far, listener };
  }

  /** The two ends of a new connection, both started. */
  async open(bindAddress: string): Promise<{ near: End; far: End; listener: Listener }> {
    const { near, far, listener } = await this.join(bindAddress);
    return { near: start(near), far: start(far), listener };
  }

  async close(): Promise<void> {
    for (const dial of this.#dials) dial.cancel();
    for (const duplex of this.#duplexes) duplex.destroy();
    for (const listener of this.#listeners) await listener.close();
    for (const { peers } of this.#queues) for (const peer of peers) peer.destroy();
  }
}

/** Starts a duplex with a sink that writes down what it hears. */
export function start(duplex: Duplex): End {
  const sink = new RecordingSink();
  duplex.start(sink);
  return { duplex, sink };
}

/** The value, if it is a TransportError. */
export function asTransportError(value: unknown): TransportError {
  if (value instanceof TransportError) return value;
  throw new Error(`no TransportError: ${String(value)}`, { cause: value });
}

/** The error that a call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('should have thrown');
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('should have been rejected');
}

/** How many sockets the process has open, referenced or not. */
export function openHandles(): number {
  const report = process.report.getReport() as { readonly libuv: readonly { readonly type: string }[] };
  return report.libuv.filter(({ type }) => type === 'tcp' || type === 'pipe').length;
}

/** Waits until no more sockets are open than `before`; the system closes them some turns after the test has. */
export async function untilHandles(before: number): Promise<void> {
  for (let tries = 0; tries < 100 && openHandles() > before; tries += 1) await turns(5);
  assert.ok(openHandles() <= before, `${String(openHandles())} sockets are open, ${String(before)} were`);
}

/** The context of a suite made by {@link netSuite}. */
export interface NetContext {
  net: TestNet;
  handles: number;
}

/** A suite with a net of its own for each test, which has to leave nothing open behind it. */
export function netSuite(name: string, transport: () => Transport): Test<NetContext> {
  const test = suite<NetContext>(name);
  let anchor: NodeJS.Timeout;
  test.before(() => {
    // Sockets do not keep a process alive, so something else has to while a test waits for one.
    anchor = setInterval(() => {}, 0x7fff_ffff);
  });
  test.after(() => {
    clearInterval(anchor);
  });
  test.before.each(context => {
    context.handles = openHandles();
    context.net = new TestNet(transport());
  });
  test.after.each(async context => {
    const { net, handles } = context;
    context.handles = Infinity; // uvu comes here again after a failure, and swallows a second one with all that follows
    await net.close();
    await untilHandles(handles);
  });
  return test;
}

const LARGEST_TAKE = 2 ** 20;

/** Octets whose value tells their place in the stream: no two cuts of it look alike for 251 octets. */
export class PatternStream {
  static readonly #PERIOD = 251;
  static readonly #OCTETS = Uint8Array.from({ length: 2 * LARGEST_TAKE }, (_, index) => index % PatternStream.#PERIOD);
  #position = 0;

  /** The next octets of the stream, at most 1 MiB. */
  take(size: number): Uint8Array {
    const offset = this.#position % PatternStream.#PERIOD;
    this.#position += size;
    return PatternStream.#OCTETS.subarray(offset, offset + size);
  }

  /** Whether these are the next octets of the stream. */
  matches(chunks: readonly Uint8Array[]): boolean {
    return chunks.every(chunk => {
      for (let offset = 0; offset < chunk.length; offset += LARGEST_TAKE) {
        const part = chunk.subarray(offset, offset + LARGEST_TAKE);
        if (Buffer.compare(part, this.take(part.length)) !== 0) return false;
      }
      return true;
    });
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}
