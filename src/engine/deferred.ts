/** A promise together with the hand that settles it. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #settle: (value: T) => void = () => undefined;

  constructor() {
    this.promise = new Promise(settle => {
      this.#settle = settle;
    });
  }

  /** Settles the promise; a second call does nothing. */
  resolve(value: T): void {
    this.#settle(value);
  }
}
