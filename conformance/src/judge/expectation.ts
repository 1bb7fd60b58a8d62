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

/** As a file has them: one for an id, or several that hold for different versions. */
export type ExpectationFile = Readonly<Record<string, Expectation | readonly Expectation[]>>;

export type Expectations = Readonly<Record<string, Expectation>>;

/** The expectations that hold for this version; where several do for one id, all their tokens are expected. */
export function inForce(file: ExpectationFile, version: string): Expectations {
  const found: Record<string, Expectation> = {};
  for (const [id, one] of Object.entries(file)) {
    for (const expectation of Array.isArray(one) ? (one as readonly Expectation[]) : [one as Expectation]) {
      if (!holdsFor(expectation, version)) continue;
      const before = found[id];
      found[id] = before === undefined ? expectation : both(before, expectation);
    }
  }
  return found;
}

function holdsFor({ from, to }: Expectation, version: string): boolean {
  const late = from !== undefined && compareVersions(version, from) < 0;
  const early = to !== undefined && compareVersions(version, to) > 0;
  return !late && !early;
}

function both(a: Expectation, b: Expectation): Expectation {
  const tokens: Record<string, readonly string[]> = {};
  for (const side of [a, b]) {
    for (const [step, wanted] of Object.entries(side.tokens)) {
      tokens[step] = [...(tokens[step] ?? []), ...(typeof wanted === 'string' ? [wanted] : wanted)];
    }
  }
  return { ...a, tokens, why: `${a.why} ${b.why}` };
}

/** Like `a - b`; versions are numbers between points, as far as both have them. */
export function compareVersions(a: string, b: string): number {
  if (a === '' || b === '') return 0; // one that nobody knows is like any
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
