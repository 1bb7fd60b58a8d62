/**
 * A pipe between two sockets of one process: one socket's outbound and the other's inbound. Who writes wakes the reader,
 * and who reads wakes the writer, in the same call; so nothing but promises may be settled there, and from time to time
 * the event loop must get its turn.
 */
import type { Message } from '../message.ts';
import { Pipe } from '../pipe.ts';
import type { Clock } from './clock.ts';

/** Messages that may pass before the event loop must have gone round, so that timers and others get their turn. */
const TURN_MESSAGES = 10_000;

/** Messages go through it as they are; only their parts are shown as what receivers are used to. */
export class InprocPipe extends Pipe {
  readonly #clock: Clock;
  readonly #asPart: (part: Uint8Array) => Uint8Array;
  #budget = TURN_MESSAGES; // filled up again when the event loop has gone round
  #yielding = false;
  #hidden: Message[] | undefined; // in order, while the reader must not see any

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
    if (this.#hidden === undefined) {
      this.#budget -= 1;
      super.write(received);
    } else {
      this.#hidden.push(received);
    }
  }

  /** The reader finds nothing until {@link show}; the writer notices nothing. */
  hide(): void {
    const hidden: Message[] = [];
    this.#hidden = hidden;
    while (this.size > 0) for (const message of this.readMany(Infinity)) hidden.push(message);
  }

  /** Undoes {@link hide}. */
  show(): void {
    const hidden = this.#hidden ?? [];
    this.#hidden = undefined;
    if (hidden.length > 0) this.writeAll(hidden);
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
