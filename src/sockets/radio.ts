import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import { asMembership } from '../zmtp/membership.ts';
import type { Context } from './context.ts';
import { toGroup } from './group.ts';
import { toMessage, type MessageLike } from './message-like.ts';
import { SENDING, type AllOptions } from './option-table.ts';
import type { RadioOnlyOptions, SendOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import { FanOut } from './routing/fan-out.ts';
import { Intake, type Taker } from './routing/intake.ts';
import { Memberships } from './routing/memberships.ts';
import { Socket } from './socket.ts';
import type { WaitOptions } from './waiters.ts';

/**
 * RFC 48: a RADIO sends each message to all peers that have joined its group, and never waits for any of them. Inside, as
 * on the wire, a message is its group and its body.
 */
export class RadioPattern implements Pattern, Taker {
  readonly readable = false;
  readonly ready = true;
  readonly #members = new Memberships();
  readonly #out: FanOut;
  readonly #intake: Intake;

  constructor(events: PatternEvents, options: AllOptions, { clock }: Context) {
    this.#out = new FanOut(options, events.writable, this.#members);
    this.#intake = new Intake(clock, this);
  }

  get writable(): boolean {
    return this.#out.writable;
  }

  attach(peer: Peer): void {
    this.#intake.add(peer);
  }

  connected(peer: Peer): void {
    this.#out.add(peer); // it says what it wants with each connection
    if (peer.unfiltered === true) this.#members.subscribeToAll(peer); // but for one that cannot
  }

  disconnected(peer: Peer): void {
    if (!this.#out.has(peer)) return;
    this.#out.remove(peer);
    this.#intake.remove(peer);
  }

  detach(peer: Peer): void {
    this.disconnected(peer);
  }

  trySend(message: Message): boolean {
    return this.#out.trySend(message);
  }

  tryReceive(): never {
    throw new UsageError('ENOTSUP', 'a RADIO does not receive');
  }

  /** Memberships take effect at once. Nothing else comes: a connection discards what a DISH must not send. */
  take(message: Message, peer: Peer): void {
    const membership = asMembership(message);
    if (membership === undefined || !this.#out.has(peer)) return;
    if (membership.action === 'join') this.#out.subscribe(membership.group, peer);
    else this.#out.cancel(membership.group, peer);
  }

  sweep(most: number): number {
    return this.#out.sweep(most);
  }
}

/** Whom a message is for. */
export interface ToGroup {
  /** At most 255 octets, none of them 0; text goes out as UTF-8. It may be empty, which is a group like any other. */
  readonly group: string | Uint8Array;
}

/**
 * Sends to all DISH peers that have joined the message's group. A peer that is too slow misses messages; one that is not
 * there yet misses them all. Messages have one part.
 *
 * @example
 * ```ts
 * const radio = new Radio();
 * await radio.bind('tcp://127.0.0.1:5557');
 * await radio.send('sunny', { group: 'weather' });
 * ```
 */
export class Radio extends Socket<RadioPattern, Message> {
  constructor(options: SendOptions & RadioOnlyOptions = {}) {
    super(
      {
        type: 'RADIO',
        ownOptions: [...SENDING, 'noDrop'],
        pattern: (events, values, context) => new RadioPattern(events, values, context),
      },
      options,
    );
  }

  /**
   * Queues a message for each member of a group. Resolves when it is queued, which is at once unless option `noDrop` makes
   * it wait. Octets are not copied: do not change them before they have left.
   *
   * @throws UsageError EINVAL for what cannot be a message of one part, without a group or for one that cannot be;
   * ClosedError EBADF
   * @throws TimeoutError (as a rejection) EAGAIN when there was no room in time; the signal's reason
   */
  send(message: MessageLike, options: ToGroup & WaitOptions): Promise<void> {
    return this.sendMessage(addressed(message, options), options);
  }

  /**
   * Queues a message now or not at all: false when it would have to wait.
   *
   * @throws UsageError EINVAL as {@link send}; ClosedError EBADF
   */
  trySend(message: MessageLike, options: ToGroup): boolean {
    return this.trySendMessage(addressed(message, options));
  }
}

/** Types say that a group must be given, but not to everybody. */
function addressed(message: MessageLike, options: Partial<ToGroup> | undefined): Message {
  const [body, ...more] = toMessage(message);
  if (body === undefined || more.length > 0) {
    throw new UsageError('EINVAL', `message of ${String(more.length + 1)} parts, expected one`);
  }
  if (options?.group === undefined) throw new UsageError('EINVAL', 'message without a group');
  return [toGroup(options.group), body];
}
