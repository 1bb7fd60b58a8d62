/** What verdicts are called where people read them. */
import type { Verdict } from '../judge/verdict.ts';
import type { CaseResult } from '../run/result.ts';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  PASS: 'conforms',
  FAIL: 'fails',
  WARN: 'misses a SHOULD',
  INFO: 'differs, and may',
  SKIP: 'not tried',
  ERROR: 'could not be tried',
  KNOWN: 'deviates, as known',
  CHANGED: 'deviates, not as known',
  FIXED: 'conforms, against expectation',
  UNSTABLE: 'varies',
};

/** In the order in which they are told of. */
export const VERDICTS: readonly Verdict[] = [
  'PASS',
  'KNOWN',
  'INFO',
  'SKIP',
  'WARN',
  'FIXED',
  'FAIL',
  'CHANGED',
  'UNSTABLE',
  'ERROR',
];

/** A target as a heading: the library behind it, where there is one. */
export function targetTitle({ name, version, library }: { name: string; version: string; library?: string }): string {
  if (library === undefined) return `${name} ${version}`.trim();
  return name === library.split(' ')[0] ? library : `${library} (${name} ${version})`;
}

/** What each step gave, once: `step: token`, with the roles and types it was seen in where they are not alike. */
export function stepLines({ runs }: CaseResult): readonly string[] {
  const seen = new Map<string, Set<string>>();
  for (const { role, type, steps } of runs) {
    for (const { step, token } of steps) {
      const key = `${step}: ${token}`;
      seen.set(key, (seen.get(key) ?? new Set()).add(`${role} ${type}`));
    }
  }
  const all = new Set(runs.map(({ role, type }) => `${role} ${type}`)).size;
  return [...seen].map(([key, where]) => (where.size === all ? key : `${key} (${[...where].join(', ')})`));
}
