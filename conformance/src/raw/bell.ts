/** Waits for what comes by itself: who brings it rings, and who waits looks again. One may wait at a time. */
export class Bell {
  #wake: () => void = () => undefined;

  ring(): void {
    this.#wake();
  }

  /** What the look finds, at once or after a ring; undefined when it finds nothing in time. */
  async until<T>(look: () => T | undefined, withinMs: number): Promise<T | undefined> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return undefined;
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
