/**
 * The raw peer: one connection on which any octets can be written, and what comes back is cut into greeting and frames
 * by nothing but their sizes.
 *
 * A look for the next thing gives the thing, or `closed`, or `silent` when the time is over. What a case cannot go on
 * without is asked for with `expect…`, which throws `Unreached`: the steps behind it never came about.
 */
import type { Socket as NetSocket } from 'node:net';
import { Bell } from './bell.ts';
import { commandIn, parseProperties, type Command } from './command.ts';
import { describeFrame } from './describe.ts';
import { frameSize, parseFrame, type Frame } from './frame.ts';
import { GREETING_SIZE, greeting, parseGreeting, type Greeting, type GreetingFields } from './greeting.ts';
import { join, toAscii } from './octets.ts';
import type { WireLog } from './wire-log.ts';

/** A step that never came about, and why: `closed in place of READY`. */
export class Unreached extends Error {}

export type Gone = 'closed' | 'silent';

export class RawPeer {
  readonly log: WireLog;
  readonly number: number;
  readonly #socket: NetSocket;
  readonly #stepMs: number;
  /** What has come and was not looked at: joined as late as can be, since a flood may come. */
  #head: Uint8Array = new Uint8Array(0);
  #tail: Uint8Array[] = [];
  #size = 0;
  #closedAt: number | undefined;
  #ended = false;
  readonly #bell: Bell = new Bell();
  /** The reason of an ERROR that came, of which a later `closed` shall tell. */
  #error: string | undefined;
  #minor: number | undefined;
  /** Something was read. */
  #begun = false;

  constructor(socket: NetSocket, stepMs: number, log: WireLog) {
    this.#socket = socket;
    this.#stepMs = stepMs;
    this.log = log;
    this.number = log.nextPeer();
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => {
      this.#tail.push(chunk);
      this.#size += chunk.length;
      this.#bell.ring();
    });
    const over = (): void => {
      if (this.#closedAt === undefined) {
        this.#closedAt = performance.now();
        this.log.add(this.number, '-', new Uint8Array(0), this.#ended ? 'we closed' : 'closed by the target');
      }
      this.#bell.ring();
    };
    socket.on('end', over).on('close', over).on('error', over);
  }

  /** When the target ended the connection, as `performance.now()` has it. */
  get closedAt(): number | undefined {
    return this.#closedAt;
  }

  /** The reason of the ERROR that came, if one did. */
  get errorReason(): string | undefined {
    return this.#error;
  }

  /** The target's minor version, once its greeting was read in one piece. A peer of 3.0 knows no PING. */
  get minor(): number | undefined {
    return this.#minor;
  }

  /** Octets that have come and were not looked at. */
  get unread(): Uint8Array {
    this.#settle();
    return this.#head;
  }

  /** In one write. */
  write(octets: Uint8Array, note = ''): void {
    this.log.add(this.number, 'in', octets, note);
    if (this.#socket.writable) this.#socket.write(octets);
  }

  /** One octet a write, each in a turn of its own. */
  async writeSlowly(octets: Uint8Array, pauseMs = 0, note = 'octet by octet'): Promise<void> {
    this.log.add(this.number, 'in', octets, note);
    for (const octet of octets) {
      if (!this.#socket.writable) return;
      this.#socket.write(Uint8Array.of(octet));
      await new Promise(resolve => (pauseMs === 0 ? setImmediate(resolve) : setTimeout(resolve, pauseMs)));
    }
  }

  /** Whether the system has taken all that was written; a target that does not read leaves it here. */
  get drained(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** FIN; the target may still write. */
  end(): void {
    this.#ended = true;
    this.#socket.end();
  }

  /** Both directions, at once. */
  destroy(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  /** RST. */
  reset(): void {
    this.#ended = true;
    this.#socket.resetAndDestroy();
  }

  /** Read nothing more, until `resume`. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Exactly so many octets. */
  async octets(count: number, withinMs: number = this.#stepMs, note = ''): Promise<Uint8Array | Gone> {
    const there = await this.#until(() => this.#size >= count, withinMs);
    if (there !== true) return there;
    const octets = this.#take(count);
    if (count === GREETING_SIZE && !this.#begun) this.#minor = parseGreeting(octets).minor;
    this.#begun = true;
    this.log.add(this.number, 'out', octets, note);
    return octets;
  }

  /** The next frame, whatever it is. */
  async frame(withinMs: number = this.#stepMs): Promise<Frame | Gone> {
    let size: { head: number; whole: number } | undefined;
    const whole = (): boolean => {
      if (this.#size < (size?.whole ?? 2)) return false;
      this.#settle();
      size = frameSize(this.#head);
      return size !== undefined && this.#size >= size.whole;
    };
    const there = await this.#until(whole, withinMs);
    if (there !== true) return there;
    if (size === undefined) throw new Error('unreachable: a frame is whole without a size');
    const octets = this.#take(size.whole);
    const found = parseFrame(octets, size.head);
    this.log.add(this.number, 'out', octets, describeFrame(found));
    const error = commandIn(found);
    if (error?.name === 'ERROR') this.#error = toAscii(error.data.subarray(1));
    return found;
  }

  /**
   * The next piece of a stream that is cut otherwise. What has come is shown to `measure`, which tells how many octets
   * the piece has as soon as that can be told; until it is whole, nothing is taken.
   */
  async piece(
    measure: (octets: Uint8Array) => number | undefined,
    describe: (octets: Uint8Array) => string,
    withinMs: number = this.#stepMs,
  ): Promise<Uint8Array | Gone> {
    let size: number | undefined;
    const whole = (): boolean => {
      this.#settle();
      size = measure(this.#head);
      return size !== undefined && this.#size >= size;
    };
    const there = await this.#until(whole, withinMs);
    if (there !== true) return there;
    const octets = this.#take(size ?? 0);
    this.log.add(this.number, 'out', octets, describe(octets));
    return octets;
  }

  /** The frames of the next message; commands between are skipped. */
  async message(withinMs: number = this.#stepMs): Promise<readonly Uint8Array[] | Gone> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const next = await this.frame(withinMs);
      if (typeof next === 'string') return next;
      if (next.command) continue;
      parts.push(next.body);
      if (!next.more) return parts;
    }
  }

  /** The next command of this name; everything else is skipped. */
  async command(name: string, withinMs: number = this.#stepMs): Promise<Command | Gone> {
    for (;;) {
      const next = await this.frame(withinMs);
      if (typeof next === 'string') return next;
      const found = commandIn(next);
      if (found?.name === name) return found;
    }
  }

  /** Waits for the target to close; frames that come meanwhile are read, so that an ERROR is seen. */
  async outcome(withinMs: number = this.#stepMs): Promise<'open' | 'closed' | `closed+ERROR(${string})`> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const next = await this.frame(Math.max(0, deadline - performance.now()));
      if (next === 'closed') return this.closed();
      if (next === 'silent') return 'open';
    }
  }

  /** Waits for the end and takes nothing of what comes, be it greeting or frames. */
  async ending(withinMs: number = this.#stepMs): Promise<'open' | 'closed'> {
    return (await this.#until(() => false, withinMs)) === 'closed' ? 'closed' : 'open';
  }

  /** How a close is told of. */
  closed(): 'closed' | `closed+ERROR(${string})` {
    return this.#error === undefined ? 'closed' : `closed+ERROR(${this.#error})`;
  }

  async expectOctets(count: number, what: string, withinMs?: number): Promise<Uint8Array> {
    return wanted(await this.octets(count, withinMs, what), what);
  }

  async expectFrame(what: string, withinMs?: number): Promise<Frame> {
    return wanted(await this.frame(withinMs), what);
  }

  async expectMessage(what: string, withinMs?: number): Promise<readonly Uint8Array[]> {
    return wanted(await this.message(withinMs), what);
  }

  async expectCommand(name: string, withinMs?: number): Promise<Command> {
    return wanted(await this.command(name, withinMs), name);
  }

  /** Writes ours whole, reads theirs whole. */
  async greet(fields: GreetingFields = {}): Promise<Greeting> {
    this.write(greeting(fields), 'greeting');
    return parseGreeting(await this.expectOctets(GREETING_SIZE, 'greeting'));
  }

  /** The target's READY and its properties; whatever else comes in its place is not skipped. */
  async expectReady(): Promise<ReadonlyMap<string, Uint8Array>> {
    const next = await this.expectFrame('READY');
    const found = commandIn(next);
    const properties = found?.name === 'READY' ? parseProperties(found.data) : undefined;
    if (properties === undefined) throw new Unreached(`${found?.name ?? 'something else'} in place of READY`);
    return new Map(properties);
  }

  /** Resolves as soon as `true`, and else with why it never will be. */
  async #until(condition: () => boolean, withinMs: number): Promise<true | Gone> {
    const look = (): true | 'closed' | undefined => {
      if (condition()) return true;
      return this.#closedAt === undefined ? undefined : 'closed';
    };
    return (await this.#bell.until(look, withinMs)) ?? 'silent';
  }

  #take(count: number): Uint8Array {
    this.#settle();
    const octets = this.#head.subarray(0, count);
    this.#head = this.#head.subarray(count);
    this.#size -= count;
    return octets;
  }

  #settle(): void {
    if (this.#tail.length === 0) return;
    this.#head = join(this.#head, ...this.#tail);
    this.#tail = [];
  }
}

function wanted<T>(found: T | Gone, what: string): T {
  if (found === 'closed') throw new Unreached(`closed in place of ${what}`);
  if (found === 'silent') throw new Unreached(`silent in place of ${what}`);
  return found;
}
