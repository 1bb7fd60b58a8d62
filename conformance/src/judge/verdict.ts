/**
 * From what was seen to a verdict. Nothing here runs anything: tokens, a judge and an expectation in, a word out.
 *
 * | verdict    | when                                                                                            |
 * | ---------- | ----------------------------------------------------------------------------------------------- |
 * | PASS, FAIL | every token acceptable; a MUST or grammar row missed, or the target's process ended              |
 * | WARN, INFO | a SHOULD or prose row missed; a MAY or practice row missed, or a grammar row taken leniently     |
 * | SKIP       | the target lacks what the case needs                                                            |
 * | ERROR      | the tester, the adaptor or the set-up broke                                                     |
 * | KNOWN      | FAIL or WARN, and the target's expectations name these very tokens                              |
 * | CHANGED    | FAIL or WARN, an expectation exists, the tokens are others                                      |
 * | FIXED      | nothing missed, although an expectation exists, and no token is one that it has                 |
 * | UNSTABLE   | a race, run ten times, gave different tokens, and not every one of them is expected             |
 */
import type { Case, Judge, Token } from '../catalogue/case.ts';
import type { Level } from '../catalogue/requirements.ts';
import type { Expectation } from './expectation.ts';

export type Verdict = 'PASS' | 'FAIL' | 'WARN' | 'INFO' | 'SKIP' | 'ERROR' | 'KNOWN' | 'CHANGED' | 'FIXED' | 'UNSTABLE';

/** `rfc` judges by the text, `wire` by what talks to libzmq. */
export type Profile = 'rfc' | 'wire';

/** One token at one step of one run. */
export interface Seen {
  readonly step: string;
  readonly token: Token;
}

/** How one token does at one step. */
export type Rating = 'met' | 'lenient' | 'missed' | 'crash';

export function acceptable({ rfc, wire }: Judge, profile: Profile): readonly Token[] {
  return profile === 'wire' ? (wire ?? rfc) : rfc;
}

export function rate(token: Token, judge: Judge, profile: Profile): Rating {
  if (token.startsWith('crash(')) return 'crash';
  if (acceptable(judge, profile).some(wanted => matches(token, wanted))) return 'met';
  return judge.lenient?.some(wanted => matches(token, wanted)) === true ? 'lenient' : 'missed';
}

/** The verdict of all runs of a case together, by one profile. */
export function judgeCase(
  { judge, race }: Case,
  level: Level,
  seen: readonly Seen[],
  profile: Profile,
  expectation: Expectation | undefined,
): Verdict {
  const rated = seen.map(({ step, token }) => ({ step, token, rating: rateStep(judge, step, token, profile) }));
  const verdict = worst(rated.map(({ rating }) => verdictOf(rating, level, profile)));
  if (verdict !== 'FAIL' && verdict !== 'WARN') {
    if (expectation === undefined || verdict !== 'PASS') return verdict;
    // What this profile takes may be what the other one misses, and still as it was.
    return seen.some(({ step, token }) => expects(expectation, step, token)) ? 'PASS' : 'FIXED';
  }
  if (rated.some(({ rating }) => rating === 'crash')) return 'FAIL';
  if (expectation === undefined) return race === true && varies(seen) ? 'UNSTABLE' : verdict;
  const known = rated.every(
    ({ step, token, rating }) => rating === 'met' || rating === 'lenient' || expects(expectation, step, token),
  );
  if (known) return 'KNOWN';
  return race === true && varies(seen) ? 'UNSTABLE' : 'CHANGED';
}

/** Whether the token is one that the expectation has for that step. */
export function expects({ tokens }: Expectation, step: string, token: Token): boolean {
  const wanted = tokens[step];
  if (wanted === undefined) return false;
  return (typeof wanted === 'string' ? [wanted] : wanted).some(one => matches(token, one));
}

/** `closed+ERROR(*)` matches every `closed+ERROR(…)`. */
export function matches(token: string, wanted: string): boolean {
  return wanted.endsWith('(*)') ? token.startsWith(wanted.slice(0, -2)) : token === wanted;
}

function rateStep(judge: Readonly<Record<string, Judge>>, step: string, token: Token, profile: Profile): Rating {
  const one = judge[step];
  if (one === undefined) throw new Error(`nothing judges the step ${step}`);
  return rate(token, one, profile);
}

/** By the text a practice row binds nobody; for who wants to talk to libzmq it is like a SHOULD. */
function verdictOf(rating: Rating, level: Level, profile: Profile): Verdict {
  switch (rating) {
    case 'met':
      return 'PASS';
    case 'crash':
      return 'FAIL';
    case 'lenient':
      return 'INFO';
    case 'missed':
      switch (level) {
        case 'MUST':
        case 'grammar':
          return 'FAIL';
        case 'SHOULD':
        case 'prose':
          return 'WARN';
        case 'practice':
          return profile === 'wire' ? 'WARN' : 'INFO';
        case 'MAY':
          return 'INFO';
      }
  }
}

const ORDER: readonly Verdict[] = ['FAIL', 'WARN', 'INFO', 'PASS'];

function worst(verdicts: readonly Verdict[]): Verdict {
  return ORDER.find(verdict => verdicts.includes(verdict)) ?? 'PASS';
}

function varies(seen: readonly Seen[]): boolean {
  const tokens = new Map<string, string>();
  return seen.some(({ step, token }) => {
    const first = tokens.get(step) ?? token;
    tokens.set(step, first);
    return first !== token;
  });
}
