/**
 * A connection behind the handshake of CURVE: seals what is written, opens what comes. The handshake from either side
 * leads here, soundly or command by command, each of which a case can write otherwise:
 *
 *     const socket = await trial.open(optionsFor('CURVE', 'server'));
 *     const client = await CurveClient.meet(trial, socket);     const session = await client.join();
 *     client.hello();                                           all at once
 *     await client.welcome();
 *     client.initiate({ counter: 1n });
 *     const session = await client.ready();
 *
 *     const socket = await trial.open(optionsFor('CURVE', 'client'));
 *     const server = await CurveServer.meet(trial, socket);     const session = await server.join();
 *     await server.hello();                                     all at once
 *     server.welcome();
 *     await server.initiate();
 *     const session = server.ready();
 *
 * All share their key pairs, but for those that the target makes itself: an agreement takes a millisecond or two.
 */
import { commandBody, commandIn, parseCommand, type Command } from '../raw/command.ts';
import { PREFIX } from '../raw/curve-box.ts';
import { INNER_COMMAND, INNER_MORE, messageBody, openMessage, type Message, type MessageFields } from '../raw/curve.ts';
import { show } from '../raw/describe.ts';
import { frame, type Frame, type FrameLies } from '../raw/frame.ts';
import { join, random, same } from '../raw/octets.ts';
import { Unreached, type Gone, type RawPeer } from '../raw/raw-peer.ts';
import { fateWithoutPing, type Fate } from './fate.ts';

export interface SessionSetup {
  readonly peer: RawPeer;
  /** Of C' and S'. */
  readonly key: Uint8Array;
  readonly side: 'client' | 'server';
  /** The last nonce that was sent. */
  readonly sent: bigint;
  /** What the target tells of itself, names as they were written. */
  readonly properties: ReadonlyMap<string, Uint8Array>;
}

/** What may be otherwise about a MESSAGE; `outer` is about its frame, which is a message frame if nothing is said. */
export type MessageLies = Partial<MessageFields> & { readonly outer?: FrameLies };

/** A MESSAGE that came, and the frame it came in. */
export interface Opened extends Message {
  readonly outer: Frame;
}

export class CurveSession {
  readonly peer: RawPeer;
  readonly key: Uint8Array;
  readonly properties: ReadonlyMap<string, Uint8Array>;
  readonly #ownPrefix: string;
  readonly #otherPrefix: string;
  /** The last nonce that was sent: the next is one more, unless it is given. */
  sent: bigint;

  constructor({ peer, key, side, sent, properties }: SessionSetup) {
    this.peer = peer;
    this.key = key;
    this.sent = sent;
    this.properties = properties;
    const both = [PREFIX.messageOfClient, PREFIX.messageOfServer] as const;
    [this.#ownPrefix, this.#otherPrefix] = side === 'client' ? both : [both[1], both[0]];
  }

  /** A MESSAGE in its frame. Counts the nonce, also one that is given. */
  sealed(payload: Uint8Array, { outer = {}, ...lies }: MessageLies = {}): Uint8Array {
    this.sent = lies.counter ?? this.sent + 1n;
    return frame(messageBody({ key: this.key, prefix: this.#ownPrefix, counter: this.sent, payload, ...lies }), outer);
  }

  /** Seals and writes one payload. */
  write(payload: Uint8Array, lies: MessageLies = {}): void {
    this.#put(this.sealed(payload, lies), `sealed ${show(payload)}`);
  }

  /** A message of one or more parts, in one write. */
  message(...parts: readonly Uint8Array[]): void {
    const frames = parts.map((part, i) => this.sealed(part, { flags: i < parts.length - 1 ? INNER_MORE : 0 }));
    this.#put(join(...frames), `sealed message ${parts.map(show).join(' ')}`);
  }

  /** A command inside a MESSAGE. */
  command(name: string, data: Uint8Array = new Uint8Array(0), lies: MessageLies = {}): void {
    this.#put(this.sealed(commandBody(name, data), { flags: INNER_COMMAND, ...lies }), `sealed ${name}`);
  }

  /**
   * The next frame, opened. An ERROR in the clear is skipped: a later close tells of it.
   * @throws Unreached when it is no MESSAGE that opens
   */
  async next(withinMs?: number): Promise<Opened | Gone> {
    let outer = await this.peer.frame(withinMs);
    while (typeof outer !== 'string' && commandIn(outer)?.name === 'ERROR') outer = await this.peer.frame(withinMs);
    if (typeof outer === 'string') return outer;
    const opened = openMessage(outer.body, this.key, this.#otherPrefix);
    if (opened === undefined) throw new Unreached('a frame that is no MESSAGE, or does not open');
    this.peer.log.add(this.peer.number, 'out', opened.payload, `opened, flags ${opened.flags.toString(16)}`);
    return { outer, ...opened };
  }

  async expectNext(what: string, withinMs?: number): Promise<Opened> {
    const next = await this.next(withinMs);
    if (typeof next === 'string') throw new Unreached(`${next} in place of ${what}`);
    return next;
  }

  /** The parts of the next message; commands between are skipped. */
  async receive(withinMs?: number): Promise<readonly Uint8Array[] | Gone> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const next = await this.next(withinMs);
      if (typeof next === 'string') return next;
      if ((next.flags & INNER_COMMAND) !== 0) continue;
      parts.push(next.payload);
      if ((next.flags & INNER_MORE) === 0) return parts;
    }
  }

  /** The next command of this name; everything else is skipped. */
  async receiveCommand(name: string, withinMs?: number): Promise<Command | Gone> {
    for (;;) {
      const next = await this.next(withinMs);
      if (typeof next === 'string') return next;
      const found = (next.flags & INNER_COMMAND) === 0 ? undefined : parseCommand(next.payload);
      if (found?.name === name) return found;
    }
  }

  /** As `Trial.fate`, with a sealed PING: whether it is answered, the connection ends, or nothing happens. */
  async fate(withinMs = 1000): Promise<Fate> {
    if (this.peer.minor === 0) return fateWithoutPing(this.peer, undefined, withinMs);
    const context = random(8);
    this.command('PING', join(Uint8Array.of(0, 0), context));
    const deadline = performance.now() + withinMs;
    for (;;) {
      const pong = await this.receiveCommand('PONG', Math.max(0, deadline - performance.now()));
      if (pong === 'closed') return this.peer.closed();
      if (pong === 'silent') return 'mute';
      if (same(pong.data, context)) return 'open';
    }
  }

  #put(octets: Uint8Array, note: string): void {
    this.peer.write(octets, note);
  }
}

/** How a handshake that does not go as it should is told of. @param body - of the command that came */
export function inPlaceOf(wanted: string, body: Uint8Array): Unreached {
  const name = Buffer.from(body.subarray(1, 1 + (body[0] ?? 0))).toString('latin1');
  if (name === wanted) return new Unreached(`${wanted} is malformed, or does not open`);
  return new Unreached(`${/^[A-Z]{1,20}$/.test(name) ? name : 'something else'} in place of ${wanted}`);
}

/** What was read before, or a mistake in the case. */
export function known<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('asked for what no command has brought yet');
  return found;
}
