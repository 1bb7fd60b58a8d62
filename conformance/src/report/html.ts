/**
 * The report for people: one static file, nothing to fetch. Cases down, targets across; a cell tells the verdict by each
 * profile, and unfolds what was seen and what went over the wire. Every row has its id as an anchor.
 */
import { readFileSync } from 'node:fs';
import { groupOf, GROUPS, type Requirement, REQUIREMENTS } from '../catalogue/requirements.ts';
import { matchesAny, type Verdict } from '../judge/verdict.ts';
import { atHome } from '../home.ts';
import type { CaseResult, Results, RunResult } from '../run/result.ts';
import { wireLine } from './tree.ts';
import { targetTitle, VERDICT_WORDS, VERDICTS } from './words.ts';

/** @param all - of one target each; the columns, in this order */
export function html(all: readonly Results[]): string {
  const ids = [...REQUIREMENTS.keys()].filter(id => all.some(({ cases }) => cases.some(found => found.id === id)));
  const title = `ZMTP conformance: ${all.map(({ target }) => targetTitle(target)).join(', ')}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
${readFileSync(atHome('assets/report.css'), 'utf8')}</style>
<h1>ZMTP conformance</h1>
<p>${all.map(({ target, started, elapsedMs }) => `<b>${escape(targetTitle(target))}</b>: ${escape(started.slice(0, 10))}, ${(elapsedMs / 1000).toFixed(0)} s`).join(' · ')}</p>
${counts(all)}
${filters()}
<table id="cases">
<thead><tr><th>requirement<th>level<th>clause${all.map(({ target }) => `<th>${escape(targetTitle(target))}`).join('')}</thead>
${Object.keys(GROUPS)
  .map(group =>
    section(
      group,
      ids.filter(id => groupOf(id) === group),
      all,
    ),
  )
  .join('')}</table>
<script type="application/json" id="details">${JSON.stringify(detailsOf(all)).replaceAll('<', '\\u003c')}</script>
<script>
${readFileSync(atHome('assets/report.js'), 'utf8')}</script>
</html>
`;
}

/** How often each verdict, by each profile. */
function counts(all: readonly Results[]): string {
  const used = VERDICTS.filter(verdict =>
    all.some(({ cases }) => cases.some(({ verdicts }) => verdicts.rfc === verdict || verdicts.wire === verdict)),
  );
  const rows = all.flatMap(({ target, cases }) =>
    (['rfc', 'wire'] as const).map(profile => {
      const numbers = used.map(verdict => cases.filter(({ verdicts }) => verdicts[profile] === verdict).length);
      return `<tr><th>${escape(targetTitle(target))}<td>${profile}${numbers.map(number => `<td>${number}`).join('')}`;
    }),
  );
  return `<table id="counts"><thead><tr><th>target<th>profile${used.map(verdict => `<th><i class="${verdict}"></i> ${VERDICT_WORDS[verdict]}`).join('')}</thead>${rows.join('\n')}</table>`;
}

function filters(): string {
  const choice = (name: string, values: readonly string[]): string =>
    `<label>${name} <select id="by-${name}"><option value="">all${values.map(value => `<option>${escape(value)}`).join('')}</select></label>`;
  return `<form id="filters">
${choice('verdict', VERDICTS)}
${choice('level', ['MUST', 'SHOULD', 'MAY', 'prose', 'grammar', 'practice'])}
${choice('group', Object.keys(GROUPS))}
<label>text <input id="by-text" type="search"></label>
<span id="shown"></span>
</form>`;
}

function section(group: string, ids: readonly string[], all: readonly Results[]): string {
  if (ids.length === 0) return '';
  const head = `<tbody data-group="${group}"><tr class="group"><th colspan="${3 + all.length}" id="${group}">${group}/ ${escape(GROUPS[group] ?? '')}\n`;
  return head + ids.map(id => row(id, all)).join('');
}

function row(id: string, all: readonly Results[]): string {
  const requirement = REQUIREMENTS.get(id);
  if (requirement === undefined) return '';
  const found = all.map(({ cases }) => cases.find(one => one.id === id));
  const verdicts = new Set(found.flatMap(one => (one === undefined ? [] : [one.verdicts.rfc, one.verdicts.wire])));
  return `<tr class="case" id="${id}" data-level="${requirement.level}" data-verdicts="${[...verdicts].join(' ')}"><td><a href="#${id}">${id}</a> ${escape(requirement.text)}<td>${requirement.level}<td>${escape(requirement.rfc)}${found.map((one, column) => cell(one, column)).join('')}\n`;
}

function cell(found: CaseResult | undefined, column: number): string {
  if (found === undefined) return '<td class="none">';
  const { rfc, wire } = found.verdicts;
  const word = (verdict: Verdict, profile: string): string =>
    `<i class="${verdict}"></i> ${profile}${VERDICT_WORDS[verdict]}`;
  const words = rfc === wire ? word(rfc, '') : `${word(rfc, 'rfc: ')}<br>${word(wire, 'wire: ')}`;
  return `<td><button data-case="${found.id}" data-column="${column}" aria-expanded="false">${words}</button>`;
}

interface Details {
  readonly requirement: Requirement;
  readonly why: string;
  readonly runs: readonly {
    readonly title: string;
    readonly steps: readonly (readonly [step: string, token: string, rfc: string, wire: string, ok: boolean])[];
    readonly note: string;
    readonly wire: readonly string[];
  }[];
}

/** Lines of the wire of a run that are shown. */
const WIRE_LINES = 16;

/** By id: for each column what unfolds. */
function detailsOf(all: readonly Results[]): Readonly<Record<string, readonly (Details | null)[]>> {
  return Object.fromEntries(
    [...REQUIREMENTS].map(([id, requirement]) => [
      id,
      all.map(({ cases }) => {
        const found = cases.find(one => one.id === id);
        if (found === undefined) return null;
        const why = [found.why, found.decision, found.upstream].filter(text => text !== undefined).join(' · ');
        return { requirement, why, runs: telling(found.runs).map(details) };
      }),
    ]),
  );
}

/** Of a race's rounds one of each kind. */
function telling(runs: readonly RunResult[]): readonly RunResult[] {
  const kinds = new Set<string>();
  return runs.filter(({ role, type, steps }) => {
    const kind = JSON.stringify([role, type, steps.map(({ token }) => token)]);
    const fresh = !kinds.has(kind);
    kinds.add(kind);
    return fresh;
  });
}

function details({ role, type, ms, steps, lacks, broke, wire }: RunResult): Details['runs'][number] {
  return {
    title: `target ${role === 'bind' ? 'binds' : 'connects'}, ${type}, ${ms} ms`,
    steps: steps.map(({ step, token, rfc, wire: byWire }) => [
      step,
      token,
      rfc.join(' or '),
      byWire.join(' or '),
      matchesAny(token, rfc) || matchesAny(token, byWire),
    ]),
    note: lacks === undefined ? (broke ?? '') : `lacks ${lacks}`,
    wire: wire.slice(-WIRE_LINES).map(wireLine),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, character => ENTITIES[character] ?? character);
}
