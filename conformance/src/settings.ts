/** What the command line asks for, checked. */
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.ts';
import type { Case } from './catalogue/case.ts';
import { GROUPS, REQUIREMENTS } from './catalogue/requirements.ts';
import type { Profile } from './judge/verdict.ts';
import { groupOf } from './report/tree.ts';
import { SOCKET_TYPES, type Role, type SocketType } from './target/protocol.ts';

/** The command line is wrong: told with how it would be right, exit 2. */
export class UsageError extends Error {}

export const USAGE = `zmtp-conformance [id or group ...] --target NAME|COMMAND|tcp://HOST:PORT
zmtp-conformance --from FILE ... --html FILE

  --target T       zmtp, zeromq, libzmq, libzmq-npm; or the command of an adaptor; or an address
  --role R         bind or connect: what the target does; default both
  --type T         one socket type of the target; with an address the one that listens there, default ROUTER
  --profile P      rfc, wire or both (default): judged by the text, by what talks to libzmq
  --strict         a missed SHOULD fails, and so does an expectation that is fulfilled
  --expected F     the target's known deviations; default: those of its library that come with the tester
  --timeout MS     for each step; default 1000
  --slow N         multiplies every time
  --long           also cases that take up to 35 s
  --parallel N     cases at a time; default 8
  --list           tell the cases, run nothing
  --quiet          no tree, the count alone
  --from F         run nothing: report what an earlier run left with --json; may be given again
  --json F, --junit F, --html F, --markdown F
                   reports; html and markdown show several targets beside each other
  --help, --version
`;

export interface Settings {
  readonly ask: 'run' | 'report' | 'list' | 'help' | 'version';
  readonly cases: readonly Case[];
  readonly target: string;
  readonly roles: readonly Role[] | undefined;
  readonly type: SocketType | undefined;
  readonly profiles: readonly Profile[];
  readonly strict: boolean;
  readonly expected: string | undefined;
  readonly stepMs: number;
  readonly slow: number;
  readonly long: boolean;
  readonly parallel: number;
  readonly quiet: boolean;
  readonly from: readonly string[];
  readonly reports: {
    readonly json: string | undefined;
    readonly junit: string | undefined;
    readonly html: string | undefined;
    readonly markdown: string | undefined;
  };
}

/** @throws UsageError */
export function readSettings(args: readonly string[]): Settings {
  const { values, positionals } = parse(args);
  const ask = values.help
    ? 'help'
    : values.version
      ? 'version'
      : values.list
        ? 'list'
        : values.from.length > 0
          ? 'report'
          : 'run';
  if (ask === 'run' && values.target === undefined) throw new UsageError('which target? --target is missing');
  if (ask === 'report' && values.target !== undefined) throw new UsageError('--from runs nothing: leave out --target');
  return {
    ask,
    cases: chosen(positionals),
    target: values.target ?? '',
    roles: values.role === undefined ? undefined : [roleOf(values.role)],
    type: values.type === undefined ? undefined : typeOf(values.type),
    profiles: profilesOf(values.profile),
    strict: values.strict,
    expected: values.expected,
    stepMs: positive(values.timeout, '--timeout'),
    slow: positive(values.slow, '--slow'),
    long: values.long,
    parallel: positive(values.parallel, '--parallel'),
    quiet: values.quiet,
    from: values.from,
    reports: { json: values.json, junit: values.junit, html: values.html, markdown: values.markdown },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
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
        from: { type: 'string', multiple: true, default: [] },
        json: { type: 'string' },
        junit: { type: 'string' },
        html: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** By id, by group, or all. */
function chosen(wanted: readonly string[]): readonly Case[] {
  for (const one of wanted) {
    if (!REQUIREMENTS.has(one) && !(one in GROUPS)) throw new UsageError(`no case and no group is called ${one}`);
  }
  return CASES.filter(({ id }) => wanted.length === 0 || wanted.includes(id) || wanted.includes(groupOf(id)));
}

function profilesOf(name: string): readonly Profile[] {
  if (name === 'both') return ['rfc', 'wire'];
  if (name === 'rfc' || name === 'wire') return [name];
  throw new UsageError(`--profile is rfc, wire or both, not ${name}`);
}

function roleOf(name: string): Role {
  if (name === 'bind' || name === 'connect') return name;
  throw new UsageError(`--role is bind or connect, not ${name}`);
}

function typeOf(name: string): SocketType {
  const type = SOCKET_TYPES.find(one => one === name.toUpperCase());
  if (type === undefined) throw new UsageError(`--type is one of ${SOCKET_TYPES.join(' ')}, not ${name}`);
  return type;
}

function positive(text: string, name: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${name} is a number above 0, not ${text}`);
  return value;
}
