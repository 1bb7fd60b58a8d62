/**
 * A network in memory that does what a test tells it: carries octets at once, or holds them, loses them without a word,
 * breaks after any octet, takes few octets at a time. It behaves as node:net does behind `NetDuplex`.
 *
 *      write ─▶ unwritten ──(system's buffer has room)─▶ inFlight ──(reader listens, lane is open)─▶ received
 *              user land                                 "kernel"
 */
import type { Timer } from '../../src/engine/clock.ts';
import { TransportError, UsageError, type ErrnoCode } from '../../src/errors.ts';
import type { Dial, DialSink, Duplex, DuplexSink, Listener, ListenerSink } from '../../src/transports/transport.ts';
import type { Transport, TransportOptions } from '../../src/transports/transport.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How links are made; a test may change it at any time, for the links that come after. */
export interface LinkNature {
  /** Octets that the systems of both sides hold together, for each direction. */
  bufferBytes: number;
  /** Octets in user land from which on `write` says that it is enough. */
  congestedBytes: number;
  /** Octets handed over at a time, at most. */
  chunkBytes: number;
  /** Milliseconds that an octet is under way. */
  latencyMs: number;
  /** Octets that each direction carries in a millisecond. */
  bytesPerMs: number;
  /** The listener hears of a peer later than the peer itself, perhaps when it has been closed. */
  acceptsLate: boolean;
}

/** What names lead to, and all links there are. */
export class VirtualNetwork {
  readonly nature: LinkNature = {
    bufferBytes: 64 * 1024,
    congestedBytes: 1,
    chunkBytes: 64 * 1024,
    latencyMs: 0,
    bytesPerMs: Infinity,
    acceptsLate: false,
  };
  /** Links with at least one open end, oldest first. */
  readonly links: Link[] = [];
  /** Attempts to connect so far. */
  attempts = 0;
  /** Called with each link before anybody has it. */
  onLink: (link: Link) => void = ignore;

  readonly #clock: VirtualClock;
  readonly #listeners = new Map<string, ListenerSink>();
  readonly #silent = new Set<string>();
  #lastName = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** Names that somebody listens at. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The youngest link. */
  get link(): Link {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('there is no link');
    return link;
  }

  /** Attempts to connect to the name lead nowhere, not even to a refusal. */
  swallow(name: string): void {
    this.#silent.add(name);
  }

  /** The system fails to accept somebody who nobody has heard of. */
  failAccept(name: string, code: ErrnoCode): void {
    this.#listeners.get(name)?.failed(systemError(code));
  }

  /** Undoes {@link swallow}. */
  answer(name: string): void {
    this.#silent.delete(name);
  }

  transport(scheme: string): Transport {
    return {
      scheme,
      check: checkName,
      bind: (address, _options, sink) => this.#bind(scheme, address, sink),
      connect: (address, _options: TransportOptions, sink) => this.#connect(scheme, address, sink),
    };
  }

  async #bind(scheme: string, address: string, sink: ListenerSink): Promise<Listener> {
    await new Promise<void>(resolve => this.#clock.yield(resolve));
    checkName(address, 'bind');
    const name = address === '*' ? `any${(this.#lastName += 1)}` : address;
    if (this.#listeners.has(name)) throw systemError('EADDRINUSE', `${scheme}://${name}`);
    this.#listeners.set(name, sink);
    return {
      endpoint: `${scheme}://${name}`,
      close: async () => {
        if (this.#listeners.get(name) === sink) this.#listeners.delete(name);
      },
    };
  }

  #connect(scheme: string, name: string, sink: DialSink): Dial {
    checkName(name, 'connect');
    this.attempts += 1;
    let over = false;
    const isOver = (): boolean => over;
    this.#clock.yield(() => {
      if (isOver() || this.#silent.has(name)) return;
      const listener = this.#listeners.get(name);
      if (listener === undefined) {
        over = true;
        sink.failed(systemError('ECONNREFUSED', `${scheme}://${name}`));
        return;
      }
      const link = new Link(this.#clock, { ...this.nature }, `${scheme}://${name}`);
      link.onGone = () => this.links.splice(this.links.indexOf(link), 1);
      this.links.push(link);
      this.onLink(link);
      if (this.nature.acceptsLate) this.#clock.yield(() => listener.accepted(link.accepting));
      else listener.accepted(link.accepting);
      // whoever is accepted may cause the attempt to be given up
      if (isOver()) link.connecting.destroy();
      else sink.connected(link.connecting);
      over = true;
    });
    return {
      cancel: () => {
        over = true;
      },
    };
  }
}

/** Two ends, joined. */
export class Link {
  /** From the side that connected to the one that was bound, and back. */
  readonly forth: Lane;
  readonly back: Lane;
  readonly connecting: VirtualDuplex;
  readonly accepting: VirtualDuplex;
  /** Of this link alone. */
  readonly nature: LinkNature;
  onGone: () => void = ignore;

  constructor(clock: VirtualClock, nature: LinkNature, name: string) {
    this.nature = nature;
    this.forth = new Lane(clock, nature, this);
    this.back = new Lane(clock, nature, this);
    this.connecting = new VirtualDuplex(clock, this, { out: this.forth, in: this.back }, `${name}?dialer`, name);
    this.accepting = new VirtualDuplex(clock, this, { out: this.back, in: this.forth }, name, `${name}?dialer`);
    this.forth.join(this.connecting, this.accepting);
    this.back.join(this.accepting, this.connecting);
  }

  /** The connection breaks now; what is under way is lost. */
  cut(): void {
    for (const lane of [this.forth, this.back]) lane.lose();
    this.connecting.fail(systemError('ECONNRESET'));
    this.accepting.fail(systemError('ECONNRESET'));
  }

  /** From now on nothing arrives, and neither side is told. */
  swallow(): void {
    this.forth.hold();
    this.back.hold();
  }

  peerOf(end: VirtualDuplex): VirtualDuplex {
    return end === this.connecting ? this.accepting : this.connecting;
  }

  /** An end has closed. */
  left(): void {
    if (!this.connecting.gone || !this.accepting.gone) return;
    for (const lane of [this.forth, this.back]) lane.lose(); // what is under way is for nobody
    this.onGone();
  }
}

/** One direction of a link. */
export class Lane {
  /** Octets that have arrived so far. */
  arrivedBytes = 0;

  readonly #clock: VirtualClock;
  readonly #nature: LinkNature;
  readonly #link: Link;
  #from: VirtualDuplex | undefined;
  #to: VirtualDuplex | undefined;
  #unwritten: Uint8Array[] = [];
  #unwrittenBytes = 0;
  #inFlight: { readonly octets: Uint8Array; readonly at: number }[] = []; // when each arrives
  #freeAt = -Infinity; // when the line has carried what it was given
  #arrivesAt = -Infinity; // the last of it
  #timer: Timer | undefined; // for the next arrival
  #inFlightBytes = 0;
  #budget = Infinity; // octets that may still arrive
  #frozen = false;
  #cutAt = Infinity; // octets after which the link breaks
  #scheduled = false;
  #congested = false; // the writer was told, and waits
  #end: 'open' | 'ending' | 'ended' = 'open';

  constructor(clock: VirtualClock, nature: LinkNature, link: Link) {
    this.#clock = clock;
    this.#nature = nature;
    this.#link = link;
  }

  /** Octets that were written and have not arrived. */
  get waitingBytes(): number {
    return this.#unwrittenBytes + this.#inFlightBytes;
  }

  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  /** Nothing arrives until {@link release}. */
  hold(): void {
    this.#budget = 0;
  }

  /** Nothing arrives, and the system takes nothing any more either, until {@link release}. */
  freeze(): void {
    this.#budget = 0;
    this.#frozen = true;
  }

  /** Everything arrives, or so many more octets. */
  release(octets?: number): void {
    this.#budget = octets ?? Infinity;
    this.#frozen = false;
    this.#take();
    this.pump();
  }

  /** The link breaks as soon as so many octets in all have arrived. */
  cutAfter(octets: number): void {
    this.#cutAt = octets;
    if (this.arrivedBytes >= octets) this.#link.cut();
  }

  // for the ends

  join(from: VirtualDuplex, to: VirtualDuplex): void {
    this.#from = from;
    this.#to = to;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) {
      this.#unwritten.push(chunk);
      this.#unwrittenBytes += chunk.length;
    }
    this.#take();
    this.pump();
    this.#congested ||= this.#unwrittenBytes >= this.#nature.congestedBytes;
    return !this.#congested;
  }

  /** Nothing more will be written. */
  finish(): void {
    if (this.#end === 'open') this.#end = 'ending';
    this.#congested ||= this.#unwrittenBytes > 0;
    this.pump();
  }

  /** What was not taken by the system goes no further; what was still arrives. */
  dropUnwritten(): void {
    this.#unwritten = [];
    this.#unwrittenBytes = 0;
  }

  /** Nothing that is under way arrives. The octets in user land stay counted, as they do in Node. */
  lose(): void {
    this.#inFlight = [];
    this.#inFlightBytes = 0;
    this.#end = 'ended';
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Goes on, now or in the next turn, with whatever can be done. */
  pump(): void {
    if (this.#scheduled || !this.#mayDeliver()) return;
    this.#scheduled = true;
    this.#clock.yield(() => {
      this.#scheduled = false;
      if (this.#mayDeliver()) this.#deliver();
      this.pump();
    });
  }

  /** Whether the first octets under way have come; if not, it looks again when they have. */
  #hasArrived(): boolean {
    const [first] = this.#inFlight;
    const wait = first === undefined ? 0 : first.at - this.#clock.now();
    if (wait <= 0) return true;
    this.#timer ??= this.#clock.setTimer(wait, () => {
      this.#timer = undefined;
      this.pump();
    });
    return false;
  }

  #mayDeliver(): boolean {
    const to = this.#to;
    if (to?.listening !== true) return false;
    if (this.#inFlightBytes > 0) return this.#budget > 0 && this.#hasArrived();
    return this.#budget > 0 && this.#end === 'ending' && this.#unwrittenBytes === 0;
  }

  #deliver(): void {
    const to = this.#to;
    if (this.#inFlightBytes === 0) {
      this.#end = 'ended';
      to?.peerEnded();
      return;
    }
    const left = Math.min(this.#nature.chunkBytes, this.#budget, this.#cutAt - this.arrivedBytes);
    const bytes = this.#takeInFlight(left);
    this.#budget -= bytes.length;
    this.arrivedBytes += bytes.length;
    this.#take();
    to?.receive(bytes);
    if (this.arrivedBytes >= this.#cutAt) this.#link.cut();
  }

  #takeInFlight(most: number): Uint8Array {
    const now = this.#clock.now();
    const due = this.#inFlight.filter(({ at }) => at <= now);
    const all = Buffer.concat(due.map(({ octets }) => octets));
    const taken = all.subarray(0, Math.min(most, all.length));
    const rest = all.subarray(taken.length);
    this.#inFlight.splice(0, due.length, ...(rest.length === 0 ? [] : [{ octets: rest, at: now }]));
    this.#inFlightBytes -= taken.length;
    return Uint8Array.prototype.slice.call(taken); // nobody else's
  }

  /** The system takes what it has room for: copies, since the writer may use its memory again afterwards. */
  #take(): void {
    let room = this.#frozen ? 0 : this.#nature.bufferBytes - this.#inFlightBytes;
    while (room > 0) {
      const [chunk] = this.#unwritten;
      if (chunk === undefined) break;
      const piece = chunk.slice(0, room);
      if (piece.length === chunk.length) this.#unwritten.shift();
      else this.#unwritten[0] = chunk.subarray(piece.length);
      room -= piece.length;
      this.#unwrittenBytes -= piece.length;
      const { latencyMs, bytesPerMs } = this.#nature;
      this.#freeAt = Math.max(this.#freeAt, this.#clock.now()) + piece.length / bytesPerMs;
      this.#arrivesAt = Math.max(this.#arrivesAt, this.#freeAt + latencyMs); // nothing overtakes
      this.#inFlight.push({ octets: piece, at: this.#arrivesAt });
      this.#inFlightBytes += piece.length;
    }
    if (this.#unwrittenBytes > 0) return;
    if (this.#congested) {
      this.#congested = false;
      const from = this.#from;
      this.#clock.yield(() => from?.tellDrained());
    }
    this.#from?.flushed();
  }
}

/** One end of a link. */
export class VirtualDuplex implements Duplex {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly #clock: VirtualClock;
  readonly #link: Link;
  readonly #out: Lane;
  readonly #in: Lane;
  #sink: DuplexSink | undefined;
  #paused = true;
  #ended = false; // our direction
  #peerEnded = false;
  #drainedBefore = false; // there was anybody to be told
  #closedBefore: { readonly cause: Error | undefined } | undefined;
  #over = false; // closed, or about to be
  #told = false; // that it is closed

  constructor(clock: VirtualClock, link: Link, lanes: { out: Lane; in: Lane }, local: string, remote: string) {
    this.#clock = clock;
    this.#link = link;
    this.#out = lanes.out;
    this.#in = lanes.in;
    this.localAddress = local;
    this.remoteAddress = remote;
  }

  get unwrittenBytes(): number {
    return this.#out.unwrittenBytes;
  }

  /** Whether octets can be handed to the one who holds this end; an end that is closed takes what comes, unseen. */
  get listening(): boolean {
    return this.#over || (this.#sink !== undefined && !this.#paused);
  }

  /** Whether this end is closed. */
  get gone(): boolean {
    return this.#over;
  }

  start(sink: DuplexSink): void {
    if (this.#sink !== undefined) throw new Error('started twice');
    this.#sink = sink;
    this.#paused = false;
    this.#in.pump();
    if (this.#closedBefore !== undefined) this.#clock.yield(() => this.#sink?.closed(this.#closedBefore?.cause));
    else if (this.#drainedBefore) this.#clock.yield(() => this.tellDrained());
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ended || this.#over) return false;
    return this.#out.write(chunks);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#in.pump();
  }

  end(): void {
    if (this.#over) return;
    this.#ended = true;
    this.#out.finish();
    this.flushed();
  }

  destroy(): void {
    if (this.#over) return;
    this.#out.dropUnwritten();
    this.#out.finish();
    this.#close(undefined);
  }

  // for the lanes

  receive(bytes: Uint8Array): void {
    if (this.#over)
      this.#link.peerOf(this).fail(systemError('ECONNRESET')); // the system answers for the one who left
    else this.#sink?.received(bytes);
  }

  peerEnded(): void {
    this.#peerEnded = true;
    if (!this.#ended) this.destroy();
    else this.flushed();
  }

  /** All that was written has been taken; after both ends this is the moment of closing. */
  flushed(): void {
    if (this.#ended && this.#peerEnded && this.#out.unwrittenBytes === 0) this.#close(undefined);
  }

  tellDrained(): void {
    this.#drainedBefore = this.#sink === undefined;
    if (!this.#told) this.#sink?.drained();
  }

  fail(cause: Error): void {
    this.#close(cause);
  }

  #close(cause: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#link.left();
    this.#in.pump(); // what the peer still writes comes to nothing
    this.#clock.yield(() => {
      this.#told = true;
      if (this.#sink === undefined) this.#closedBefore = { cause };
      else this.#sink.closed(cause);
    });
  }
}

function checkName(address: string, use: 'bind' | 'connect'): void {
  if (/^[\w.:-]+$/.test(address) || (use === 'bind' && address === '*')) return;
  throw new UsageError('EINVAL', `name ${JSON.stringify(address)}, expected letters and digits`);
}

function systemError(code: ErrnoCode, address = ''): TransportError {
  const cause = Object.assign(new Error(`invented ${code}`), { code });
  return new TransportError(code, cause.message, { cause, address });
}

function ignore(): void {
  // nobody looks
}
