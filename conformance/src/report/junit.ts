/**
 * JUnit's XML, for the tools of others: a testsuite per group, a testcase per case and profile.
 *
 * FAIL, CHANGED and UNSTABLE are failures, ERROR an error, KNOWN and SKIP skipped with the reason. With `strict` WARN and
 * FIXED are failures too.
 */
import { groupOf, GROUPS } from '../catalogue/requirements.ts';
import type { Profile, Verdict } from '../judge/verdict.ts';
import type { CaseResult, Results } from '../run/result.ts';
import { stepLines, targetTitle, VERDICT_WORDS } from './words.ts';

export interface JunitOptions {
  readonly profiles: readonly Profile[];
  readonly strict: boolean;
}

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

export function junit({ target, cases }: Results, { profiles, strict }: JunitOptions): string {
  const suites = Object.keys(GROUPS).flatMap(group => {
    const mine = cases.filter(({ id }) => groupOf(id) === group);
    if (mine.length === 0) return [];
    const tests = mine.flatMap(result => profiles.map(profile => ({ result, profile })));
    const outcomes = tests.map(({ result, profile }) => outcomeOf(result.verdicts[profile], strict));
    const count = (wanted: Outcome): number => outcomes.filter(outcome => outcome === wanted).length;
    return [
      `  <testsuite${attributes({
        name: `${group} - ${GROUPS[group] ?? ''}`,
        tests: tests.length,
        failures: count('failure'),
        errors: count('error'),
        skipped: count('skipped'),
        time: seconds(mine),
      })}>`,
      ...tests.map(({ result, profile }) => testcase(result, profile, { profiles, strict })),
      '  </testsuite>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: targetTitle(target) })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase(result: CaseResult, profile: Profile, { profiles, strict }: JunitOptions): string {
  const { id, text, verdicts } = result;
  const verdict = verdicts[profile];
  const which = profiles.length > 1 ? ` (${profile})` : '';
  const head = `    <testcase${attributes({ classname: groupOf(id), name: `${id}${which} ${text}`, time: seconds([result]) })}`;
  const outcome = outcomeOf(verdict, strict);
  if (outcome === 'passed') return `${head}/>`;
  const message = `${VERDICT_WORDS[verdict]}${reason(result, verdict)}`;
  const body = outcome === 'skipped' ? '' : escape(details(result));
  return `${head}>\n      <${outcome}${attributes({ message, ...(outcome === 'skipped' ? {} : { type: verdict }) })}>${body}</${outcome}>\n    </testcase>`;
}

function outcomeOf(verdict: Verdict, strict: boolean): Outcome {
  switch (verdict) {
    case 'FAIL':
    case 'CHANGED':
    case 'UNSTABLE':
      return 'failure';
    case 'ERROR':
      return 'error';
    case 'KNOWN':
    case 'SKIP':
      return 'skipped';
    case 'WARN':
    case 'FIXED':
      return strict ? 'failure' : 'passed';
    case 'PASS':
    case 'INFO':
      return 'passed';
  }
}

function reason({ why, runs }: CaseResult, verdict: Verdict): string {
  if (verdict === 'SKIP') return `: lacks ${[...new Set(runs.map(({ lacks }) => lacks ?? ''))].join(', ')}`;
  return why === undefined ? '' : `: ${why}`;
}

function details(result: CaseResult): string {
  const broke = result.runs.flatMap(run => (run.broke === undefined ? [] : [run.broke]));
  return [...stepLines(result), ...broke].join('\n');
}

function seconds(results: readonly CaseResult[]): string {
  const ms = results.flatMap(({ runs }) => runs).reduce((sum, run) => sum + run.ms, 0);
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escape(String(value))}"`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML 1.0 has no way to write most control characters, so those become what Unicode has for the sight of them. */
function escape(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, character => ENTITIES[character] ?? character)
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu, '\ufffd');
}
