import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import type { Peer } from '../pipe.ts';
import type { Context } from './context.ts';
import { shown, toGroup } from './group.ts';
import { RECEIVING, type AllOptions } from './option-table.ts';
import type { ReceiveOptions } from './options.ts';
import type { Pattern, PatternEvents } from './pattern.ts';
import type { BatchOptions, Received } from './receive-line.ts';
import { FairQueue } from './routing/fair-queue.ts';
import { Upstream } from './routing/upstream.ts';
import { Socket, type SocketMake } from './socket.ts';
import type { WaitOptions } from './waiters.ts';

const NOTHING = new Uint8Array(0);

/** What a DISH receives. Both are `Buffer`s on Node. */
export type GroupMessage = readonly [body: Uint8Array, of: { readonly group: Uint8Array }];

/**
 * RFC 48: a DISH hears fairly from all radios what is sent to groups it has joined. Radios filter; a DISH looks again,
 * since a radio may not know yet of a group that was left, or may send everything to everybody.
 */
export class DishPattern implements Pattern<Message, GroupMessage> {
  readonly writable = false;
  readonly drops: { filtered: number } = { filtered: 0 };
  readonly #upstream: Upstream;
  readonly #in: FairQueue;

  constructor(events: PatternEvents, options: AllOptions, { clock }: Context) {
    this.#upstream = new Upstream(options, clock);
    this.#in = new FairQueue(events.readable);
  }

  /** Something has come; only receiving it tells whether it is still wanted. */
  get readable(): boolean {
    return this.#in.hasMessage;
  }

  get lastPeer(): Peer | undefined {
    return this.#in.lastPeer;
  }

  attach(peer: Peer): void {
    this.#in.add(peer);
  }

  connected(peer: Peer): void {
    if (peer.unfiltered !== true) this.#upstream.connected(peer); // else there is nobody who could be told
  }

  disconnected(peer: Peer): void {
    this.#upstream.disconnected(peer);
  }

  detach(peer: Peer): void {
    this.#upstream.disconnected(peer);
  }

  trySend(): never {
    throw new UsageError('ENOTSUP', 'a DISH does not send');
  }

  tryReceive(): GroupMessage | undefined {
    for (let message = this.#in.tryReceive(); message !== undefined; message = this.#in.tryReceive()) {
      const [group = NOTHING, body = NOTHING] = message;
      if (this.#upstream.has(group)) return [body, { group }];
      this.drops.filtered += 1;
    }
    return undefined;
  }

  tryReceiveMany(most: number): GroupMessage[] {
    while (true) {
      const messages = this.#in.tryReceiveMany(most);
      const wanted: GroupMessage[] = [];
      for (const [group = NOTHING, body = NOTHING] of messages) {
        if (this.#upstream.has(group)) wanted.push([body, { group }]);
      }
      this.drops.filtered += messages.length - wanted.length;
      if (wanted.length > 0 || messages.length === 0) return wanted;
    }
  }

  /** @throws UsageError EINVAL for a group that was joined before; then none is joined */
  join(groups: readonly Uint8Array[]): void {
    this.#check(groups, false);
    for (const group of groups) this.#upstream.subscribe(group);
  }

  /** @throws UsageError EINVAL for a group that was not joined; then none is left */
  leave(groups: readonly Uint8Array[]): void {
    this.#check(groups, true);
    for (const group of groups) this.#upstream.cancel(group);
  }

  /** Each once, and each a member, or not, as it must be. */
  #check(groups: readonly Uint8Array[], member: boolean): void {
    const named = new Set<string>();
    for (const group of groups) {
      const name = String.fromCharCode(...group); // an octet a character, so no two become one
      if (named.has(name)) throw new UsageError('EINVAL', `group ${shown(group)} twice, expected once`);
      named.add(name);
      if (this.#upstream.has(group) === member) continue;
      throw new UsageError('EINVAL', `group ${shown(group)} ${member ? 'was not joined' : 'was joined already'}`);
    }
  }
}

/**
 * Receives from RADIO peers what they send to the groups it has joined.
 *
 * @example
 * ```ts
 * const dish = new Dish();
 * dish.connect('tcp://127.0.0.1:5557');
 * dish.join('weather');
 * for await (const [body, { group }] of dish) console.log(`${group}: ${body}`);
 * ```
 */
export class Dish extends Socket<DishPattern, Message, GroupMessage> {
  constructor(options: ReceiveOptions = {}) {
    const pattern: SocketMake<DishPattern>['pattern'] = (events, values, context) =>
      new DishPattern(events, values, context);
    super({ type: 'DISH', ownOptions: RECEIVING, typical: { linger: 0 }, pattern }, options);
  }

  /**
   * Asks for the messages of one or more groups, each at most 255 octets, none of them 0. It counts at once, for peers that
   * are there and for all that come. Groups are compared as a whole: `a` is not `ab`. If one cannot be joined, none is.
   *
   * @throws UsageError EINVAL for a group that is joined already, or that cannot be
   */
  join(...groups: readonly (string | Uint8Array)[]): void {
    this.pattern.join(groups.map(toGroup));
  }

  /**
   * Takes {@link join} back. What has come and was not received yet is dropped when its turn comes.
   *
   * @throws UsageError EINVAL for a group that was not joined, or that cannot be; then none is left
   */
  leave(...groups: readonly (string | Uint8Array)[]): void {
    this.pattern.leave(groups.map(toGroup));
  }

  /**
   * The next message, in the order of calls. Body and group are views of what was read from the network: who keeps a small
   * one for long had better copy it, since it keeps up to 64 KiB with it.
   *
   * @throws ClosedError EBADF
   * @throws TimeoutError (as a rejection) EAGAIN when nothing came in time; the signal's reason
   */
  receive(options?: WaitOptions): Promise<GroupMessage> {
    return this.receivers.receive(options);
  }

  /** The next message if there is one now. */
  tryReceive(): GroupMessage | undefined {
    return this.receivers.tryReceive();
  }

  /** As {@link receive}, with what is known of the sender; also of one that has gone since. */
  receiveFrom(options?: WaitOptions): Promise<Received<GroupMessage>> {
    return this.receivers.receiveFrom(options);
  }

  /** As {@link tryReceive}, with what is known of the sender. */
  tryReceiveFrom(): Received<GroupMessage> | undefined {
    return this.receivers.tryReceiveFrom();
  }

  /**
   * At least one message, and with it what else is there, up to `max`: one promise for many messages.
   *
   * @throws UsageError (as a rejection) EINVAL for a `max` below 1
   */
  receiveBatch(options: BatchOptions = {}): Promise<GroupMessage[]> {
    return this.receivers.receiveBatch(options);
  }

  /** All messages, one by one, until the socket is closed. Leaving the loop leaves the socket open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<GroupMessage, undefined> {
    return this.iterate();
  }
}
