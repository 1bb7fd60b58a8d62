/** Which objects are still held by somebody. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How many of the objects that were given to `watch` have survived. */
export class Heap {
  readonly #references: WeakRef<object>[] = [];

  /** Gives back what it is given, and holds it no longer than others do. */
  watch<T extends object>(object: T): T {
    this.#references.push(new WeakRef(object));
    return object;
  }

  async survivors(): Promise<number> {
    await new Promise(resolve => setImmediate(resolve)); // a WeakRef made in this turn is strong until its end
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    collectGarbage();
    return this.#references.filter(reference => reference.deref() !== undefined).length;
  }
}
