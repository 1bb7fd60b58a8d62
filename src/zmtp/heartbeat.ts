/**
 * RFC 37 "Connection Heartbeating": when to ping, when to give up. Deadlines only; whoever holds the clock acts on them.
 *
 *      PING sent ──── timeout ────▶ silent, unless any octet comes in between
 *      PING received with a TTL ──── TTL ────▶ silent, likewise
 *
 * One PING is outstanding at a time (libzmq sends one an interval whatever happens). All octets count as life, those of
 * an unfinished frame too, so that a large message on a slow line does not look like silence. While this side does not
 * read, because its own queue is full, the peer's silence proves nothing and both clocks stand still. It goes on with
 * its PINGs then, answers unseen, if it has told the peer a TTL: the peer would take it for dead otherwise.
 */

/** What the options say. */
export interface HeartbeatOptions {
  /** Milliseconds between one PING and the next, whatever else travels; 0: no PINGs. ZMQ_HEARTBEAT_IVL. */
  readonly intervalMs: number;
  /** Milliseconds after a PING in which something must come; 0: any time will do. ZMQ_HEARTBEAT_TIMEOUT. */
  readonly timeoutMs: number;
  /** Told to the peer with each PING: how long it may take our silence; 0 says nothing. ZMQ_HEARTBEAT_TTL. */
  readonly ttlDeciseconds: number;
}

const NEVER = Infinity;

/** The heartbeat of one connection. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #pingAt = NEVER;
  #outstanding = false; // a PING, unanswered by any octet
  #timeoutAt = NEVER; // of that PING
  #ttlAt = NEVER; // of the PING we were sent
  #ttlMs = 0;
  #deaf = false;

  constructor(options: HeartbeatOptions, now: number) {
    this.#options = options;
    if (options.intervalMs > 0) this.#pingAt = now + options.intervalMs;
  }

  /** Octets came in. */
  heard(): void {
    this.#outstanding = false;
    this.#timeoutAt = NEVER;
    this.#ttlAt = NEVER;
  }

  /** A PING came in with what it says of its sender's silence. */
  pinged(ttlDeciseconds: number, now: number): void {
    this.#ttlMs = ttlDeciseconds * 100;
    if (this.#ttlMs > 0) this.#ttlAt = now + this.#ttlMs;
  }

  /** This side stops reading: nothing can be heard. */
  stopListening(): void {
    this.#deaf = true;
  }

  /** This side reads again: what was due gets its whole time once more. */
  listenAgain(now: number): void {
    this.#deaf = false;
    if (this.#timeoutAt !== NEVER) this.#timeoutAt = now + this.#options.timeoutMs;
    if (this.#ttlAt !== NEVER) this.#ttlAt = now + this.#ttlMs;
  }

  /** The moment at which something is to be done, or undefined. */
  deadline(): number | undefined {
    const silentAt = this.#deaf ? NEVER : Math.min(this.#timeoutAt, this.#ttlAt);
    const at = Math.min(this.#pingAt, silentAt);
    return at === NEVER ? undefined : at;
  }

  /** What is to be done now. */
  tick(now: number): 'ping' | 'give up' | 'nothing' {
    if (!this.#deaf && now >= Math.min(this.#timeoutAt, this.#ttlAt)) return 'give up';
    if (now < this.#pingAt) return 'nothing';
    this.#pingAt = now + this.#options.intervalMs;
    const owesLife = this.#deaf && this.#options.ttlDeciseconds > 0;
    if (this.#outstanding && !owesLife) return 'nothing';
    this.#outstanding = true;
    if (this.#options.timeoutMs > 0) this.#timeoutAt = now + this.#options.timeoutMs;
    return 'ping';
  }
}
