#!/usr/bin/env node
/** `zmtp-conformance`: from the command line to an exit code. 0: fine; 1: something failed; 2: asked for wrongly. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.ts';
import type { Case } from './catalogue/case.ts';
import { REQUIREMENTS } from './catalogue/requirements.ts';
import { readExpectations } from './judge/read-expectations.ts';
import type { Profile, Verdict } from './judge/verdict.ts';
import { groupOf, treeOfGroup, type TreeOptions } from './report/tree.ts';
import { SCHEMA, type CaseResult, type Results } from './run/result.ts';
import { runCases } from './run/runner.ts';
import { findTarget, UsageError } from './target/find-target.ts';
import type { Role, SocketType } from './target/protocol.ts';

const VERSION = '0.1.0';
const USAGE = `zmtp-conformance [id or group ...] --target NAME|COMMAND|tcp://HOST:PORT

  --target T       zmtp, zeromq, libzmq, libzmq-drafts; or the command of an adaptor; or an address
  --role R         bind or connect: what the target does; default both
  --type T         one socket type of the target; with an address the one that listens there, default ROUTER
  --profile P      rfc, wire or both (default): judged by the text, by what talks to libzmq
  --strict         a missed SHOULD fails, and so does an expectation that is fulfilled
  --expected F     the target's known deviations; default: expected/NAME.json of the tester
  --timeout MS     for each step; default 1000
  --slow N         multiplies every time
  --long           also cases that take up to 35 s
  --parallel N     cases at a time; default 8
  --list           tell the cases, run nothing
  --quiet          no tree, the count alone
  --json F, --junit F, --html F   reports
  --help, --version
`;

async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (cause) {
    if (!(cause instanceof UsageError) && !isArgumentError(cause)) throw cause;
    process.stderr.write(`${cause.message}\n\n${USAGE}`);
    return 2;
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      target: { type: 'string' },
      role: { type: 'string' },
      type: { type: 'string' },
      profile: { type: 'string', default: 'both' },
      strict: { type: 'boolean', default: false },
      expected: { type: 'string' },
      timeout: { type: 'string', default: '1000' },
      slow: { type: 'string', default: '1' },
      long: { type: 'boolean', default: false },
      parallel: { type: 'string', default: '8' },
      list: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(USAGE);
  if (values.version) return say(`${VERSION}\n`);
  const cases = chosen(positionals);
  if (values.list) return say(cases.map(listed).join(''));
  if (values.target === undefined) throw new UsageError('which target? --target is missing');
  const profiles = profilesOf(values.profile);
  const role = roleOf(values.role);
  const type = values.type === undefined ? undefined : (values.type.toUpperCase() as SocketType);
  const found = findTarget(values.target, type ?? 'ROUTER');
  const started = new Date();
  const first = await found.start();
  const { hello } = first;
  const expectations = readExpectations(hello, values.expected);
  const tree: TreeOptions = {
    profiles,
    colour: process.stdout.isTTY,
    repeat: id => `zmtp-conformance ${id} --target ${quoted(values.target ?? '')}`,
  };
  const spare = [first];
  const results = await runCases({
    cases,
    start: () => {
      const ready = spare.pop();
      return ready === undefined ? found.start() : Promise.resolve(ready);
    },
    expectations,
    ...(role === undefined ? {} : { roles: [role] }),
    ...(type === undefined ? {} : { types: [type] }),
    stepMs: positive(values.timeout, '--timeout'),
    slow: positive(values.slow, '--slow'),
    parallel: positive(values.parallel, '--parallel'),
    long: values.long,
    onCase: process.stderr.isTTY
      ? (_, done, total) => process.stderr.write(`\r${done} of ${total}${done === total ? '\n' : ''}`)
      : () => undefined,
  });
  const all: Results = {
    schema: SCHEMA,
    tester: `zmtp-conformance ${VERSION}`,
    target: {
      name: hello.name,
      version: hello.version,
      ...(hello.library === undefined ? {} : { library: hello.library }),
    },
    started: started.toISOString(),
    elapsedMs: Date.now() - started.getTime(),
    cases: results,
  };
  if (!values.quiet) {
    for (const group of new Set(results.map(({ id }) => groupOf(id)))) {
      say(
        `${treeOfGroup(
          group,
          results.filter(({ id }) => groupOf(id) === group),
          tree,
        )}\n`,
      );
    }
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(all));
  say(`${summary(results, profiles, all.elapsedMs)}\n`);
  return failed(results, profiles, values.strict) ? 1 : 0;
}

/** By id, by group, or all. */
function chosen(wanted: readonly string[]): readonly Case[] {
  for (const one of wanted) {
    if (REQUIREMENTS.has(one) || CASES.some(({ id }) => groupOf(id) === one)) continue;
    throw new UsageError(`no case and no group is called ${one}`);
  }
  return CASES.filter(({ id }) => wanted.length === 0 || wanted.includes(id) || wanted.includes(groupOf(id)));
}

function listed({ id }: Case): string {
  const requirement = REQUIREMENTS.get(id);
  return `${id.padEnd(12)} ${(requirement?.level ?? '').padEnd(8)} ${requirement?.rfc ?? ''}: ${requirement?.text ?? ''}\n`;
}

function profilesOf(name: string): readonly Profile[] {
  if (name === 'both') return ['rfc', 'wire'];
  if (name === 'rfc' || name === 'wire') return [name];
  throw new UsageError(`--profile is rfc, wire or both, not ${name}`);
}

function roleOf(name: string | undefined): Role | undefined {
  if (name === undefined || name === 'bind' || name === 'connect') return name;
  throw new UsageError(`--role is bind or connect, not ${name}`);
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${name} is a number above 0, not ${text}`);
  return value;
}

const ALWAYS: ReadonlySet<Verdict> = new Set<Verdict>(['FAIL', 'CHANGED', 'ERROR', 'UNSTABLE']);
const STRICTLY: ReadonlySet<Verdict> = new Set<Verdict>([...ALWAYS, 'WARN', 'FIXED']);

function failed(results: readonly CaseResult[], profiles: readonly Profile[], strict: boolean): boolean {
  const fatal = strict ? STRICTLY : ALWAYS;
  return results.some(({ verdicts }) => profiles.some(profile => fatal.has(verdicts[profile])));
}

function summary(results: readonly CaseResult[], profiles: readonly Profile[], elapsedMs: number): string {
  const lines = profiles.map(profile => {
    const counts = new Map<Verdict, number>();
    for (const { verdicts } of results) counts.set(verdicts[profile], (counts.get(verdicts[profile]) ?? 0) + 1);
    return `${profile}: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')}`;
  });
  return [...lines, `${results.length} cases in ${(elapsedMs / 1000).toFixed(1)} s`].join('\n');
}

function quoted(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function isArgumentError(cause: unknown): cause is Error {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_PARSE_ARGS');
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
