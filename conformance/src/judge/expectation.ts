/** What is known of a target: the rows it deviates in, how, and why. `expected/NAME.json`. */

export interface Expectation {
  /** By step: the token, or those of which each is expected. Steps that conform are left out. */
  readonly tokens: Readonly<Record<string, string | readonly string[]>>;
  readonly why: string;
  /** The first and the last version of the library that this holds for. */
  readonly from?: string;
  readonly to?: string;
  /** Where its maintainers speak of it. */
  readonly upstream?: string;
  /** Of this project's own package alone: where the deviation was decided. */
  readonly decision?: string;
}

export type Expectations = Readonly<Record<string, Expectation>>;

/** The expectations that hold for this version; for one that nobody knows (empty), all. */
export function inForce(all: Expectations, version: string): Expectations {
  return Object.fromEntries(
    Object.entries(all).filter(
      ([, { from, to }]) =>
        version === '' ||
        ((from === undefined || compareVersions(version, from) >= 0) &&
          (to === undefined || compareVersions(version, to) <= 0)),
    ),
  );
}

/** Like `a - b`; versions are numbers between points, as far as both have them. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
