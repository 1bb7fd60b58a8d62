/** What the command line asks for, checked. */
import { parseArgs } from 'node:util';
import { CASES } from './cases/index.ts';
import { BOTH_ROLES, type Case } from './catalogue/case.ts';
import { groupOf, GROUPS, REQUIREMENTS } from './catalogue/requirements.ts';
import type { Profile } from './judge/verdict.ts';
import { isAddress, TARGET_NAMES } from './target/find-target.ts';
import { SOCKET_TYPES, type Role, type SocketType } from './target/protocol.ts';
import { countOf, expectWritable, numberOf, UsageError } from './usage.ts';

/** What a step may take, in milliseconds, unless it is said. */
export const STEP_MS = 1000;

export function usage(): string {
  return `zmtp-conformance [id or group ...] --target NAME|COMMAND|tcp://HOST:PORT
zmtp-conformance --from FILE ... --html FILE

  id or group      greeting/3, greeting, …: --list tells them; default all
  --target T       ${TARGET_NAMES.join(', ')}; or the command of an adaptor, in one word: quote it;
                   or an address
  --role R         bind or connect: what the target does; default both
  --type T         one socket type of the target; with an address the one that listens there, default ROUTER
  --profile P      rfc, wire or both (default): judged by the text, by what talks to libzmq
  --strict         a missed SHOULD fails, and so does an expectation that is fulfilled
  --expected F     the target's known deviations; default: those of its library that come with the tester
  --timeout MS     for each step; default ${STEP_MS}
  --slow N         multiplies every time
  --long           also cases that take up to 35 s
  --parallel N     cases at a time; default 8
  --list           tell the cases, run nothing
  --quiet          no tree, the count alone
  --from F         run nothing: report what an earlier run left with --json; may be given again
  --json F, --junit F, --html F, --markdown F
                   reports; html and markdown show several targets beside each other
  -h, --help, --version
`;
}

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
  const { json, junit, html, markdown } = values;
  if (ask === 'run' && values.target === undefined) throw new UsageError('which target? --target is missing');
  if (ask === 'report') {
    if (values.target !== undefined) throw new UsageError('--from runs nothing: leave out --target');
    const [word] = positionals;
    if (word !== undefined) throw new UsageError(`--from reports all that is in the file: leave out ${word}`);
    if ([json, junit, html, markdown].every(file => file === undefined)) {
      throw new UsageError('--from makes reports: which? --html, --markdown, --junit or --json is missing');
    }
  }
  expectWritable(json, '--json');
  expectWritable(junit, '--junit');
  expectWritable(html, '--html');
  expectWritable(markdown, '--markdown');
  const target = values.target ?? '';
  const role = values.role === undefined ? undefined : roleOf(values.role);
  const type = values.type === undefined ? undefined : typeOf(values.type);
  if (isAddress(target)) {
    if (role === 'connect') throw new UsageError('an address does not connect: --role connect needs an adaptor');
    // Cases meet it side by side, and many of them more than once.
    if (type === 'PAIR' || type === 'CHANNEL') {
      throw new UsageError(`a ${type} has one peer at a time: --type ${type} needs an adaptor`);
    }
  }
  return {
    ask,
    cases: chosen(positionals, role, type, isAddress(target)),
    target,
    roles: role === undefined ? undefined : [role],
    type,
    profiles: profilesOf(values.profile),
    strict: values.strict,
    expected: values.expected,
    stepMs: numberOf(values.timeout, '--timeout', 1, 600_000),
    slow: numberOf(values.slow, '--slow', 0.01, 1000),
    long: values.long,
    parallel: countOf(values.parallel, '--parallel', 1, 1000),
    quiet: values.quiet,
    from: values.from,
    reports: { json, junit, html, markdown },
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
        timeout: { type: 'string', default: `${STEP_MS}` },
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
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** By id, by group, or all; of those the ones that have this role and this type. */
function chosen(
  wanted: readonly string[],
  role: Role | undefined,
  type: SocketType | undefined,
  address: boolean,
): readonly Case[] {
  for (const one of wanted) {
    if (REQUIREMENTS.has(one) || Object.hasOwn(GROUPS, one)) continue;
    throw new UsageError(`no case and no group is called ${one}; the groups are ${Object.keys(GROUPS).join(' ')}`);
  }
  const named = CASES.filter(({ id }) => wanted.length === 0 || wanted.includes(id) || wanted.includes(groupOf(id)));
  // Where any type would do it is that behind the address, and else a ROUTER.
  const ofType = ({ types }: Case): boolean =>
    type === undefined || (types ?? [address ? type : 'ROUTER']).includes(type);
  const ofRole = ({ roles = BOTH_ROLES }: Case): boolean => role === undefined || roles.includes(role);
  const cases = named.filter(it => ofType(it) && ofRole(it));
  if (cases.length > 0) return cases;
  const asked = [...(role === undefined ? [] : [`--role ${role}`]), ...(type === undefined ? [] : [`--type ${type}`])];
  throw new UsageError(`none of these cases is for ${asked.join(' ')}`);
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
