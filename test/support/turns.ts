/** The event loop in the hand of a test, for parts that ask a clock for nothing but their next turn. */
export class Turns {
  #waiting: (() => void)[] = [];

  yield(callback: () => void): void {
    this.#waiting.push(callback);
  }

  /** Goes round once; false when nobody has waited for it. */
  next(): boolean {
    const now = this.#waiting.splice(0);
    for (const callback of now) callback();
    return now.length > 0;
  }
}
