/**
 * One raw subscriber of a publishing target (PUB, XPUB, RADIO), and what of all that is published reaches it.
 *
 * Messages have the parts that they have on the wire: of a RADIO, group and body. That a subscription has taken effect
 * is only seen in what arrives: a target may answer a PING long before its application has come by to take what was
 * written in front of it. So each audience subscribes to a marker of its own behind the rest, and the marker is
 * published until it arrives.
 */
import type { Token } from '../catalogue/case.ts';
import { joinGroup, subscribe } from '../raw/command.ts';
import { ascii, freshName, join, random, same } from '../raw/octets.ts';
import { sameParts, type Parts } from '../raw/parts.ts';
import { Unreached, type Gone, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { PeerFields, Trial } from './trial.ts';

/** How a subscription to a topic, or to a group, is written. */
export type Form = (topic: Uint8Array) => Uint8Array;

const MARKER_NAME = '~mark-';
const MARKER = ascii(MARKER_NAME);
const AGAIN = ascii('again');
/** Between two markers: the first pause, and the longest. */
const PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 64;

export class Audience {
  readonly peer: RawPeer;
  readonly socket: TargetSocket;
  readonly #trial: Trial;
  readonly #form: Form;
  #marker: Uint8Array = MARKER;
  /** Of a message that has not come whole. */
  #parts: Uint8Array[] = [];

  /** @param form - default: the command of ZMTP 3.1 */
  constructor(trial: Trial, socket: TargetSocket, peer: RawPeer, form?: Form) {
    this.#trial = trial;
    this.socket = socket;
    this.peer = peer;
    this.#form = form ?? (socket.type === 'RADIO' ? joinGroup : subscribe);
  }

  /** Meets the socket, up to traffic. */
  static async join(trial: Trial, socket: TargetSocket, fields: PeerFields = {}, form?: Form): Promise<Audience> {
    return new Audience(trial, socket, await trial.join(socket, fields), form);
  }

  /**
   * Writes these octets and waits until all that was written has taken effect.
   *
   * @returns what arrived meanwhile, markers left out
   */
  async settle(octets: Uint8Array = new Uint8Array(0), note = ''): Promise<readonly Parts[]> {
    if (octets.length > 0) this.peer.write(octets, note);
    this.#marker = ascii(freshName(MARKER_NAME));
    this.peer.write(this.#form(this.#marker), 'a marker to wait for');
    const heard: Parts[] = [];
    const deadline = performance.now() + 2 * this.#trial.stepMs;
    for (let pauseMs = PAUSE_MS; performance.now() < deadline; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await publish(this.socket, this.#mark(AGAIN));
      if ((await this.#listen(heard, AGAIN, pauseMs)) === 'found') return heard;
      if (this.peer.closedAt !== undefined) throw new Unreached('closed in place of a subscription');
    }
    throw new Unreached('a subscription never took effect');
  }

  /** Publishes these, in order, and tells of each what became of it here. After `settle`. */
  async become<Step extends string>(messages: Readonly<Record<Step, Parts>>): Promise<Record<Step, Token>> {
    const all = new Map<string, Parts>(Object.entries(messages));
    for (const parts of all.values()) await publish(this.socket, parts);
    const heard: Parts[] = [];
    const end = random(8);
    await publish(this.socket, this.#mark(end));
    const there = await this.#listen(heard, end, this.#trial.stepMs);
    const tokens = [...all].map(([step, parts]): [string, Token] => {
      if (there === 'closed') return [step, this.peer.closed()];
      return [step, there === 'silent' ? 'mute' : tokenOf(parts, heard, [...all.values()])];
    });
    return Object.fromEntries(tokens) as Record<Step, Token>; // the very keys that came in
  }

  /** A message that has these parts on the wire, as the application sends it. */
  toPublish(parts: Parts): TargetMessage {
    return toPublish(this.socket, parts);
  }

  /** The next message, whole; commands between its frames are skipped. */
  async next(withinMs: number): Promise<Parts | Gone> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const frame = await this.peer.frame(Math.max(0, deadline - performance.now()));
      if (typeof frame === 'string') return frame;
      if (frame.command) continue;
      this.#parts.push(frame.body);
      if (!frame.more) return this.#parts.splice(0);
    }
  }

  /** In one part where it can be: what else becomes of several is not the question. */
  #mark(body: Uint8Array): Parts {
    return this.socket.type === 'RADIO' ? [this.#marker, body] : [join(this.#marker, body)];
  }

  /** Gathers what arrives in front of the marker that has this body; other markers are nothing. */
  async #listen(heard: Parts[], body: Uint8Array, withinMs: number): Promise<'found' | Gone> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const parts = await this.next(Math.max(0, deadline - performance.now()));
      if (typeof parts === 'string') return parts;
      if (sameParts(parts, this.#mark(body))) return 'found';
      if (!isMarker(parts)) heard.push(parts);
    }
  }
}

/** The application publishes a message that has these parts on the wire. */
export async function publish(socket: TargetSocket, parts: Parts): Promise<void> {
  const answer = await socket.send(toPublish(socket, parts));
  if (answer !== 'sent') throw new Unreached(`publishing is refused: ${answer}`);
}

function toPublish({ type }: TargetSocket, parts: Parts): TargetMessage {
  const [group, ...rest] = parts;
  return type === 'RADIO' && group !== undefined ? { parts: rest, group } : { parts };
}

/**
 * What became of one message among all that arrived. A stranger among these was one of the sent ones.
 *
 * @param sent - all that were
 */
export function tokenOf(parts: Parts, arrived: readonly Parts[], sent: readonly Parts[]): Token {
  const copies = arrived.filter(one => sameParts(one, parts)).length;
  if (copies > 1) return `differs(${copies} times)`;
  if (copies === 1) return 'delivered';
  return arrived.every(one => sent.some(other => sameParts(one, other))) ? 'dropped' : 'altered';
}

function isMarker([topic]: Parts): boolean {
  return topic !== undefined && same(topic.subarray(0, MARKER.length), MARKER);
}
