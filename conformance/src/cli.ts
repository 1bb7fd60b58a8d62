#!/usr/bin/env node
/** `zmtp-conformance`: from the command line to an exit code. 0: fine; 1: something failed; 2: asked for wrongly. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Case } from './catalogue/case.ts';
import { REQUIREMENTS } from './catalogue/requirements.ts';
import type { Profile, Verdict } from './judge/verdict.ts';
import { Unreached } from './raw/raw-peer.ts';
import { AsItComes } from './report/as-it-comes.ts';
import { html } from './report/html.ts';
import { junit } from './report/junit.ts';
import { markdown } from './report/markdown.ts';
import { treeOfGroup } from './report/tree.ts';
import { SCHEMA, type CaseResult, type Results } from './run/result.ts';
import { testTarget, VERSION } from './run/test-target.ts';
import { readSettings, STEP_MS, usage, type Settings } from './settings.ts';
import { UnknownTarget } from './target/find-target.ts';
import { BadAdaptor, Crashed } from './target/target-process.ts';
import { outliveReader, UsageError } from './usage.ts';

async function main(args: readonly string[]): Promise<number> {
  try {
    return await obey(readSettings(args));
  } catch (cause) {
    if (cause instanceof BadAdaptor || cause instanceof Crashed || cause instanceof Unreached) {
      process.stderr.write(`${cause.message}\n`);
      return 1;
    }
    if (!(cause instanceof UsageError) && !(cause instanceof UnknownTarget)) throw cause;
    process.stderr.write(`${cause.message}\n\n${usage()}`);
    return 2;
  }
}

async function obey(settings: Settings): Promise<number> {
  switch (settings.ask) {
    case 'help':
      return say(usage());
    case 'version':
      return say(`${VERSION}\n`);
    case 'list':
      return say(settings.cases.map(listed).join(''));
    case 'report':
      writeReports(settings.from.map(readResults), settings);
      return 0;
    case 'run':
      return run(settings);
  }
}

async function run(settings: Settings): Promise<number> {
  const { profiles, strict, roles, type, expected } = settings;
  const results = await testTarget({
    target: settings.target,
    cases: settings.cases,
    ...(roles === undefined ? {} : { roles }),
    ...(type === undefined ? {} : { types: [type], blackBoxType: type }),
    ...(expected === undefined ? {} : { expected }),
    stepMs: settings.stepMs,
    slow: settings.slow,
    parallel: settings.parallel,
    long: settings.long,
    onCase: watched(settings),
  });
  writeReports([results], settings);
  say(`${summary(results, profiles)}\n`);
  return failed(results.cases, profiles, strict) ? 1 : 0;
}

/** The tree as it grows, and on a terminal how far the rest is. */
function watched(settings: Settings): (result: CaseResult, done: number, total: number) => void {
  const options = {
    profiles: settings.profiles,
    colour: process.stdout.isTTY,
    repeat: (id: string) => `zmtp-conformance ${[id, ...choices(settings)].map(quoted).join(' ')}`,
  };
  const ids = settings.cases.map(({ id }) => id);
  const tree = new AsItComes(ids, (group, results) => {
    eraseCount();
    say(`${treeOfGroup(group, results, options)}\n`);
  });
  return (result, done, total) => {
    if (!settings.quiet) tree.add(result);
    if (done === total) eraseCount();
    else if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total}`);
  };
}

function eraseCount(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** What it takes to have a case run in the same way again. */
function choices({ target, roles = [], type, expected, stepMs, slow, long }: Settings): readonly string[] {
  return [
    ...['--target', target],
    ...roles.flatMap(role => ['--role', role]),
    ...(type === undefined ? [] : ['--type', type]),
    ...(expected === undefined ? [] : ['--expected', expected]),
    ...(stepMs === STEP_MS ? [] : ['--timeout', `${stepMs}`]),
    ...(slow === 1 ? [] : ['--slow', `${slow}`]),
    ...(long ? ['--long'] : []),
  ];
}

function writeReports(all: readonly Results[], { reports, profiles, strict }: Settings): void {
  const [first, ...others] = all;
  if (first === undefined) return;
  const single = (option: string): Results => {
    if (others.length > 0) throw new UsageError(`${option} is of one target: give --from once`);
    return first;
  };
  if (reports.json !== undefined) writeFileSync(reports.json, JSON.stringify(single('--json')));
  if (reports.junit !== undefined) writeFileSync(reports.junit, junit(single('--junit'), { profiles, strict }));
  if (reports.html !== undefined) writeFileSync(reports.html, html(all));
  if (reports.markdown !== undefined) writeFileSync(reports.markdown, markdown(all));
}

function readResults(file: string): Results {
  try {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- its schema is looked at below
    const read: Results | null = JSON.parse(readFileSync(file, 'utf8'));
    if (read?.schema === SCHEMA && Array.isArray(read.cases)) return read;
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${String(cause)}`);
  }
  throw new UsageError(`${file} is not what --json writes, of schema ${SCHEMA}`);
}

function listed({ id }: Case): string {
  const requirement = REQUIREMENTS.get(id);
  return `${id.padEnd(12)} ${(requirement?.level ?? '').padEnd(8)} ${requirement?.rfc ?? ''}: ${requirement?.text ?? ''}\n`;
}

const ALWAYS: ReadonlySet<Verdict> = new Set<Verdict>(['FAIL', 'CHANGED', 'ERROR', 'UNSTABLE']);
const STRICTLY: ReadonlySet<Verdict> = new Set<Verdict>([...ALWAYS, 'WARN', 'FIXED']);

function failed(results: readonly CaseResult[], profiles: readonly Profile[], strict: boolean): boolean {
  const fatal = strict ? STRICTLY : ALWAYS;
  return results.some(({ verdicts }) => profiles.some(profile => fatal.has(verdicts[profile])));
}

function summary({ cases, elapsedMs }: Results, profiles: readonly Profile[]): string {
  const lines = profiles.map(profile => {
    const counts = new Map<Verdict, number>();
    for (const { verdicts } of cases) counts.set(verdicts[profile], (counts.get(verdicts[profile]) ?? 0) + 1);
    return `${profile}: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`;
  });
  return [...lines, `${cases.length} cases in ${(elapsedMs / 1000).toFixed(1)} s`].join('\n');
}

function quoted(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

outliveReader();
process.exitCode = await main(process.argv.slice(2));
