/**
 * The sockets of a context that are not closed yet. They are held weakly: a socket that was made and forgotten may go,
 * as long as it has no endpoint (what it listens with, or connects with, holds it).
 */

/** What became of a socket that was closed, or of all sockets of a context. */
export interface CloseReport {
  /** Messages that could not be sent in the time that linger allowed. */
  readonly dropped: number;
}

/** A socket, as its context sees it. */
export interface Member {
  /** @internal Closes it because the context ends; `linger` overrides its own. */
  closeWithContext(linger: number | undefined): Promise<CloseReport>;
}

/** Who is there. */
export class OpenSockets {
  readonly #members = new Set<WeakRef<Member>>();
  readonly #forgotten = new FinalizationRegistry<WeakRef<Member>>(reference => {
    this.#members.delete(reference);
  });

  /** How many there are; one that was forgotten counts until the collector has seen it. */
  get size(): number {
    return this.#members.size;
  }

  /** Takes a socket in, until the function it returns is called. */
  add(member: Member): () => void {
    const reference = new WeakRef(member);
    this.#members.add(reference);
    this.#forgotten.register(member, reference, reference);
    return () => {
      this.#members.delete(reference);
      this.#forgotten.unregister(reference);
    };
  }

  /** Closes all, also those that are being closed already, and resolves when nothing is left of them. */
  async close(linger: number | undefined): Promise<CloseReport> {
    const members = [...this.#members].flatMap(reference => reference.deref() ?? []);
    const reports = await Promise.all(members.map(member => member.closeWithContext(linger)));
    return { dropped: reports.reduce((sum, { dropped }) => sum + dropped, 0) };
  }
}
