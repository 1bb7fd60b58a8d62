/** Tells a group as soon as its last case is over, and those before it have been told: so a run is watched in order. */
import { groupOf } from '../catalogue/requirements.ts';
import type { CaseResult } from '../run/result.ts';

export class AsItComes {
  readonly #order: readonly string[];
  readonly #left = new Map<string, number>();
  readonly #found = new Map<string, CaseResult[]>();
  readonly #ids: readonly string[];
  readonly #tell: (group: string, results: readonly CaseResult[]) => void;
  #next = 0;

  /** @param ids - of all cases that will come, in the order they are told of */
  constructor(ids: readonly string[], tell: (group: string, results: readonly CaseResult[]) => void) {
    this.#ids = ids;
    this.#order = [...new Set(ids.map(groupOf))];
    for (const id of ids) this.#left.set(groupOf(id), (this.#left.get(groupOf(id)) ?? 0) + 1);
    this.#tell = tell;
  }

  add(result: CaseResult): void {
    const group = groupOf(result.id);
    this.#found.set(group, [...(this.#found.get(group) ?? []), result]);
    this.#left.set(group, (this.#left.get(group) ?? 0) - 1);
    for (let next = this.#order[this.#next]; next !== undefined && this.#left.get(next) === 0;) {
      const results = this.#found.get(next) ?? [];
      this.#tell(
        next,
        results.toSorted((a, b) => this.#ids.indexOf(a.id) - this.#ids.indexOf(b.id)),
      );
      this.#next += 1;
      next = this.#order[this.#next];
    }
  }
}
