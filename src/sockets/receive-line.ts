/** `receive()`, batches and iteration: at once when the pattern has a message, else in line until it has. */
import type { Clock } from '../engine/clock.ts';
import { ClosedError, UsageError } from '../errors.ts';
import type { Message, Sender } from '../message.ts';
import type { Pattern } from './pattern.ts';
import { checkWait, Waiters, type WaitOptions } from './waiters.ts';

/** How many messages at a time, and how long to wait for the first. */
export interface BatchOptions extends WaitOptions {
  /** The most messages to take; 1 or more. Default 1,000. */
  readonly max?: number;
}

/** A message, and who sent it. */
export interface Received<In = Message> {
  readonly message: In;
  /** Undefined where a message is nobody's: what an XPUB tells of subscriptions. */
  readonly peer: Sender | undefined;
}

const BATCH_MAX = 1000;

/** One who wants to know the sender, too; found out when the message is taken, for a moment later it may be another. */
class Asker {
  sender: Sender | undefined;
}

/** The receiving half of a socket. */
export class ReceiveLine<In = Message> {
  readonly #pattern: Pattern<never, In>;
  readonly #waiters: Waiters<In, object | undefined>; // an iteration, or who asks for the sender, is its own ticket
  readonly #options: { readonly receiveTimeout: number };
  #askers = 0; // in line
  #waking = false;

  /** @param options - `receiveTimeout`, looked at anew by each call that says nothing else: how long it waits, -1 for ever */
  constructor(pattern: Pattern<never, In>, clock: Clock, options: { readonly receiveTimeout: number }) {
    this.#pattern = pattern;
    this.#waiters = new Waiters(clock);
    this.#options = options;
  }

  /** What is there now, unless others wait for it. */
  tryReceive(): In | undefined {
    return this.#waiters.size > 0 ? undefined : this.#pattern.tryReceive();
  }

  receive(options: WaitOptions | undefined): Promise<In> {
    if (options !== undefined) checkWait(options);
    const message = this.tryReceive();
    return message === undefined ? this.#wait(options) : Promise.resolve(message);
  }

  /** As {@link tryReceive}, and who sent it. */
  tryReceiveFrom(): Received<In> | undefined {
    const message = this.tryReceive();
    return message === undefined ? undefined : { message, peer: this.#pattern.lastPeer?.sender };
  }

  /** As {@link receive}, and who sent it. */
  receiveFrom(options: WaitOptions | undefined): Promise<Received<In>> {
    if (options !== undefined) checkWait(options);
    const received = this.tryReceiveFrom();
    return received === undefined ? this.#waitFrom(options) : Promise.resolve(received);
  }

  /** At least one message, and with it all that have come in the same turn. */
  async receiveBatch({ max = BATCH_MAX, ...wait }: BatchOptions): Promise<In[]> {
    if (!Number.isInteger(max) || max < 1) throw new UsageError('EINVAL', `max ${String(max)}, expected 1 or more`);
    checkWait(wait);
    const there = this.#takeMany(max);
    if (there.length > 0) return there;
    const first: In[] = [await this.#wait(wait)];
    // a REQ or REP with a message in hand is not readable: to ask for one more would be out of turn
    return this.#pattern.readable ? first.concat(this.#takeMany(max - 1)) : first;
  }

  /** One step of an iteration, which ends when the socket is closed. Not an async generator, which costs twice. */
  next(iteration: object, wait: WaitOptions | undefined): Promise<IteratorResult<In, undefined>> {
    const message = this.tryReceive();
    if (message !== undefined) return Promise.resolve({ value: message, done: false });
    return this.#wait(wait, iteration).then(asResult, endOrThrow);
  }

  /** An iteration was left: steps of it that still wait must not take what is for others. */
  leave(iteration: object): void {
    this.#waiters.rejectHolders(iteration, new ClosedError());
  }

  /** The pattern may have messages; it may say so while it gives one, when the peer is in this very process. */
  wake(): void {
    if (this.#waking || this.#waiters.size === 0) return;
    this.#waking = true;
    this.#serve();
    this.#waking = false;
  }

  /** Nobody will be served any more. */
  close(error: Error): void {
    this.#waiters.rejectAll(error);
  }

  #serve(): void {
    while (this.#waiters.size > 0) {
      let message: In | undefined;
      try {
        message = this.#pattern.tryReceive();
      } catch (error) {
        this.#waiters.rejectFirst(error); // out of turn by now: the caller's, not the engine's
        continue;
      }
      if (message === undefined) return;
      if (this.#askers > 0) this.#tellSender();
      this.#waiters.resolveFirst(message);
    }
  }

  #takeMany(most: number): In[] {
    if (this.#waiters.size > 0) return [];
    const pattern = this.#pattern;
    if (pattern.tryReceiveMany !== undefined) return pattern.tryReceiveMany(most);
    const messages: In[] = [];
    while (messages.length < most && (messages.length === 0 || pattern.readable)) {
      const message = pattern.tryReceive();
      if (message === undefined) break;
      messages.push(message);
    }
    return messages;
  }

  async #waitFrom(options: WaitOptions | undefined): Promise<Received<In>> {
    const asker = new Asker();
    this.#askers += 1;
    try {
      const message = await this.#wait(options, asker);
      return { message, peer: asker.sender };
    } finally {
      this.#askers -= 1;
    }
  }

  #tellSender(): void {
    const ticket = this.#waiters.first;
    if (ticket instanceof Asker) ticket.sender = this.#pattern.lastPeer?.sender;
  }

  #wait(options: WaitOptions | undefined, ticket?: object): Promise<In> {
    const timeout = options?.timeout ?? this.#options.receiveTimeout;
    return this.#waiters.wait(ticket, 'receive', { ...options, timeout });
  }
}

function asResult<In>(value: In): IteratorResult<In, undefined> {
  return { value, done: false };
}

/** The end of the socket is the end of the loop, not an error in it. */
function endOrThrow(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof ClosedError) return { value: undefined, done: true };
  throw error;
}
