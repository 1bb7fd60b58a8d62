/**
 * A pipe between two sockets of one process: one socket's outbound and the other's inbound. Who writes wakes the reader,
 * and who reads wakes the writer, in the same call; so nothing but promises may be settled there, and from time to time
 * the event loop must get its turn.
 */
import type { Message } from '../message.ts';
import { Pipe } from '../pipe.ts';
import type { Clock } from './clock.ts';
import type { Traffic } from './counters.ts';

/** Messages that may pass before the event loop must have gone round, so that timers and others get their turn. */
const TURN_MESSAGES = 10_000;

/** Messages go through it as they are; only their parts are shown as what receivers are used to. */
export class InprocPipe extends Pipe {
  readonly #clock: Clock;
  readonly #asPart: (part: Uint8Array) => Uint8Array;
  #budget = TURN_MESSAGES; // filled up again when the event loop has gone round
  #yielding = false;
  #hidden: Message[] | undefined; // in order, while the reader must not see any
  #conflating = false;
  #sent: Traffic | undefined; // where to count, once somebody is there
  #received: Traffic | undefined;

  /**
   * @param highWaterMark - whole messages; 0 means no limit
   * @param asPart - the same octets, not copied, in the form in which parts are received
   */
  constructor(highWaterMark: number, clock: Clock, asPart: (part: Uint8Array) => Uint8Array) {
    super(highWaterMark);
    this.#clock = clock;
    this.#asPart = asPart;
  }

  override write(message: Message): void {
    const received = this.#asReceived(message);
    if (this.#hidden !== undefined) {
      this.#hidden.push(received);
      return;
    }
    this.#budget -= 1;
    this.#sent?.sentMessages(1);
    this.#received?.receivedMessages(1);
    if (this.#conflating) this.replaceAll(received);
    else super.write(received);
  }

  /** From now on only the newest message is kept, and there is always room. */
  conflate(): void {
    this.#conflating = true;
    super.highWaterMark = 0;
  }

  override set highWaterMark(messages: number) {
    super.highWaterMark = this.#conflating ? 0 : messages;
  }

  /** Somebody is there: from now on, what is written has been sent and received. */
  count(sent: Traffic, received: Traffic): void {
    this.#sent = sent;
    this.#received = received;
  }

  /** The reader finds nothing until {@link show}; the writer notices nothing. */
  hide(): void {
    const hidden: Message[] = [];
    this.#hidden = hidden;
    while (this.size > 0) for (const message of this.readMany(Infinity)) hidden.push(message);
  }

  /** Undoes {@link hide}; `ahead` is what the reader finds first. */
  show(ahead: readonly Message[]): void {
    const messages = [...ahead, ...(this.#hidden ?? [])];
    this.#hidden = undefined;
    this.#sent?.sentMessages(messages.length);
    this.#received?.receivedMessages(messages.length);
    if (messages.length > 0) this.writeAll(this.#conflating ? messages.slice(-1) : messages);
  }

  protected override tellRoom(): void {
    if (this.#hidden !== undefined || this.#yielding) return;
    if (this.#budget > 0) {
      super.tellRoom();
      return;
    }
    this.#yielding = true;
    this.#clock.yield(() => {
      this.#yielding = false;
      this.#budget = TURN_MESSAGES;
      if (this.hasRoom) super.tellRoom(); // else whoever reads will tell
    });
  }

  /** Mostly the very message. */
  #asReceived(message: Message): Message {
    const [part] = message;
    if (part === undefined || message.length > 1) return message.map(this.#asPart);
    const received = this.#asPart(part);
    return received === part ? message : [received];
  }
}
