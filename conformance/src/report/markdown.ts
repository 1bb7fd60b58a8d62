/** The page for a repository: requirement by requirement, target beside target, and behind it why who deviates. */
import { groupOf, GROUPS, REQUIREMENTS } from '../catalogue/requirements.ts';
import type { Verdict } from '../judge/verdict.ts';
import type { CaseResult, Results } from '../run/result.ts';
import { stepLines, targetTitle, VERDICT_WORDS, VERDICTS } from './words.ts';

/** @param all - of one target each; the columns, in this order */
export function markdown(all: readonly Results[]): string {
  const titles = all.map(({ target }) => targetTitle(target));
  const groups = Object.keys(GROUPS).filter(group =>
    all.some(({ cases }) => cases.some(({ id }) => groupOf(id) === group)),
  );
  return [
    '# Conformance',
    '',
    'What `zmtp-conformance` found, requirement by requirement. It is written by that tool: changes made here are lost.',
    'Where a cell has two words, the first is by the text of the RFC and the second by what talks to libzmq.',
    '',
    ...counts(all, titles),
    ...groups.flatMap(group => section(group, all, titles)),
    ...all.flatMap((results, i) => deviations(results, titles[i] ?? '')),
  ].join('\n');
}

function counts(all: readonly Results[], titles: readonly string[]): string[] {
  const used = VERDICTS.filter(verdict =>
    all.some(({ cases }) => cases.some(({ verdicts }) => verdicts.rfc === verdict || verdicts.wire === verdict)),
  );
  const rows = all.flatMap(({ cases }, i) =>
    (['rfc', 'wire'] as const).map(profile => [
      titles[i] ?? '',
      profile,
      ...used.map(verdict => String(cases.filter(({ verdicts }) => verdicts[profile] === verdict).length)),
    ]),
  );
  return [...table(['target', 'judged by', ...used.map(verdict => VERDICT_WORDS[verdict])], rows), ''];
}

function section(group: string, all: readonly Results[], titles: readonly string[]): string[] {
  const ids = [...REQUIREMENTS.keys()].filter(id => groupOf(id) === group);
  const rows = ids.flatMap(id => {
    const requirement = REQUIREMENTS.get(id);
    const found = all.map(({ cases }) => cases.find(one => one.id === id));
    if (requirement === undefined || found.every(one => one === undefined)) return [];
    return [[`\`${id}\``, requirement.rfc, requirement.level, requirement.text, ...found.map(word)]];
  });
  return [
    `## ${group}: ${GROUPS[group] ?? ''}`,
    '',
    ...table(['id', 'clause', 'level', 'requirement', ...titles], rows),
    '',
  ];
}

function word(found: CaseResult | undefined): string {
  if (found === undefined) return '';
  const { rfc, wire } = found.verdicts;
  return rfc === wire ? VERDICT_WORDS[rfc] : `${VERDICT_WORDS[rfc]}; ${VERDICT_WORDS[wire]}`;
}

const CONFORMS: ReadonlySet<Verdict> = new Set<Verdict>(['PASS', 'SKIP', 'INFO']);

function deviations({ cases }: Results, title: string): string[] {
  const rows = cases
    .filter(({ verdicts }) => !CONFORMS.has(verdicts.rfc) || !CONFORMS.has(verdicts.wire))
    .map(found => [`\`${found.id}\``, telling(found)]);
  if (rows.length === 0) return [];
  return [`## Where ${title} deviates`, '', ...table(['id', 'how and why'], rows), ''];
}

/** What is known, which is the same from run to run; what was seen, where nothing is. */
function telling(found: CaseResult): string {
  const known = [found.why, found.decision, found.upstream].filter(text => text !== undefined);
  return known.length > 0 ? known.join(' · ') : stepLines(found).join('; ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
