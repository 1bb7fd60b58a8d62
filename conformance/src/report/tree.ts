/** For the terminal: groups, cases, and behind each that missed what was required, expected and observed. */
import { GROUPS } from '../catalogue/requirements.ts';
import { matchesAny, type Profile, type Verdict } from '../judge/verdict.ts';
import type { WireLine } from '../raw/wire-log.ts';
import type { CaseResult, RunResult } from '../run/result.ts';

export interface TreeOptions {
  readonly profiles: readonly Profile[];
  readonly colour: boolean;
  /** What to type to see one case again. */
  readonly repeat: (id: string) => string;
}

const SIGNS: Readonly<Record<Verdict, string>> = {
  PASS: '✓',
  FAIL: '✗',
  WARN: '!',
  INFO: 'i',
  SKIP: '-',
  ERROR: 'E',
  KNOWN: '~',
  CHANGED: '✗',
  FIXED: '+',
  UNSTABLE: '?',
};
const COLOURS: Readonly<Record<Verdict, number>> = {
  PASS: 32,
  FAIL: 31,
  WARN: 33,
  INFO: 36,
  SKIP: 90,
  ERROR: 35,
  KNOWN: 33,
  CHANGED: 31,
  FIXED: 32,
  UNSTABLE: 31,
};
const WIRE_LINES = 10;

/** All that is told of the cases of one group. */
export function treeOfGroup(group: string, results: readonly CaseResult[], options: TreeOptions): string {
  const lines = [`${group}/ - ${GROUPS[group] ?? ''}`];
  for (const result of results) lines.push(...linesOf(result, options));
  return lines.join('\n');
}

function linesOf(result: CaseResult, { profiles, colour, repeat }: TreeOptions): string[] {
  const verdicts = profiles.map(profile => result.verdicts[profile]);
  const signs = verdicts.map(verdict => paint(SIGNS[verdict], COLOURS[verdict], colour)).join(' ');
  const words = [...new Set(verdicts)].filter(verdict => verdict !== 'PASS').join('/');
  const lines = [`  ${signs} ${result.id} ${result.text}${words === '' ? '' : ` [${words}]`}`];
  if (verdicts.some(verdict => ['FAIL', 'CHANGED', 'WARN', 'ERROR', 'UNSTABLE'].includes(verdict))) {
    lines.push(...details(result, repeat).map(line => `      ${line}`));
  } else if (verdicts.includes('KNOWN')) {
    lines.push(`      known: ${result.why ?? ''}`);
  } else if (verdicts.includes('SKIP')) {
    const lacks = [...new Set(result.runs.map(({ lacks }) => lacks ?? ''))].filter(text => text !== '');
    if (lacks.length > 0) lines.push(`      lacks ${lacks.join(', ')}`);
  }
  return lines;
}

function details({ id, level, rfc, runs }: CaseResult, repeat: TreeOptions['repeat']): string[] {
  const lines = [`${level}, ${rfc}`];
  for (const run of runs) {
    const missed = run.steps.filter(({ token, rfc, wire }) => !matchesAny(token, rfc) || !matchesAny(token, wire));
    if (missed.length === 0 && run.broke === undefined) continue;
    lines.push(`target ${run.role === 'bind' ? 'binds' : 'connects'}, ${run.type}:`);
    if (run.broke !== undefined) lines.push(...run.broke.split('\n').map(line => `  ${line}`));
    for (const { step, token, rfc, wire } of missed) {
      const wanted = [...new Set([...rfc, ...wire])].join(' or ');
      lines.push(`  ${step}: expected ${wanted}, observed ${token}`);
    }
    lines.push(...wireOf(run).map(line => `  ${line}`));
  }
  lines.push(`again: ${repeat(id)}`);
  return lines;
}

/** The last octets that went over the wire, from the target's side. */
function wireOf({ wire }: RunResult): string[] {
  return wire.slice(-WIRE_LINES).map(wireLine);
}

export function wireLine({ t, dir, peer, hex, size, note }: WireLine): string {
  const arrow = { in: '→ target', out: '← target', '-': '        ' }[dir];
  const octets = hex.length / 2 < size ? `${hex}… (${size})` : hex;
  return `${t.toFixed(1).padStart(7)} ms #${peer} ${arrow} ${octets}${note === '' ? '' : `  ${note}`}`;
}

function paint(text: string, code: number, colour: boolean): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}
