/**
 * Runs cases against a target: side by side in one process of it, each run with sockets of its own.
 *
 * If that process ends, whoever was under way is a suspect. Suspects run again, one by one, each in a process of its
 * own: who ends that one too is guilty, and the others lose nothing. Nothing else is ever run twice, but for races.
 */
import { BOTH_ROLES, type Case, type Token } from '../catalogue/case.ts';
import { REQUIREMENTS } from '../catalogue/requirements.ts';
import type { Expectations } from '../judge/expectation.ts';
import { acceptable, judgeCase, type Verdict } from '../judge/verdict.ts';
import { Unreached } from '../raw/raw-peer.ts';
import type { Role, SocketType } from '../target/protocol.ts';
import { BadAdaptor, Crashed, Unsupported, type Target } from '../target/target-process.ts';
import { Trial } from '../trial/trial.ts';
import type { CaseResult, RunResult, StepResult } from './result.ts';

export interface RunnerOptions {
  readonly cases: readonly Case[];
  /** Makes a target: called once, and again whenever one has ended. */
  readonly start: () => Promise<Target>;
  /** One that has been started already, to begin with. It is stopped like any other. */
  readonly first?: Target;
  readonly expectations: Expectations;
  readonly roles?: readonly Role[];
  readonly types?: readonly SocketType[];
  /** What plays where any type would do. Default ROUTER, which shows identity, parts and order. */
  readonly anyType?: SocketType;
  /** Milliseconds a step may take. Default 1000. */
  readonly stepMs?: number;
  /** Multiplies every time. Default 1. */
  readonly slow?: number;
  /** Also the cases that take longer than others may. */
  readonly long?: boolean;
  /** Runs at a time. Default 8. */
  readonly parallel?: number;
  /** Told of each case as soon as all its runs are over. */
  readonly onCase?: (result: CaseResult, done: number, total: number) => void;
}

/** What a case may take, and how often a race is run. */
const CASE_MS = 8_000;
const RACE_ROUNDS = 10;

interface Job {
  readonly it: Case;
  readonly role: Role;
  readonly type: SocketType;
  readonly round: number;
}

export async function runCases(options: RunnerOptions): Promise<readonly CaseResult[]> {
  const runner = new Runner(options);
  return runner.run();
}

class Runner {
  readonly #options: RunnerOptions;
  readonly #jobs: readonly Job[];
  readonly #found = new Map<string, (RunResult | undefined)[]>();
  readonly #results = new Map<string, CaseResult>();
  readonly #suspects: Job[] = [];
  #target: Promise<Target>;
  #nextName = 1;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#jobs = options.cases.flatMap(it => jobsOf(it, options));
    this.#target = options.first === undefined ? options.start() : Promise.resolve(options.first);
  }

  async run(): Promise<readonly CaseResult[]> {
    const { cases, parallel = 8 } = this.#options;
    for (const it of cases) {
      this.#found.set(it.id, []);
      if (!this.#jobs.some(job => job.it === it)) this.#conclude(it);
    }
    await this.#target; // a target that cannot be started is told of before anything is run
    const queue = [...this.#jobs];
    const worker = async (): Promise<void> => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) await this.#attempt(job);
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    const last = await this.#target;
    await last.stop();
    for (const job of this.#suspects) {
      const target = await this.#options.start();
      this.#note(job, await this.#perform(job, target));
      await target.stop();
    }
    return cases.map(({ id }) => {
      const result = this.#results.get(id);
      if (result === undefined) throw new Error(`no result for ${id}`);
      return result;
    });
  }

  async #attempt(job: Job): Promise<void> {
    const before = this.#target;
    const target = await before;
    const result = await this.#perform(job, target);
    if (target.over instanceof Crashed) {
      this.#suspects.push(job);
      if (this.#target === before) this.#target = this.#options.start();
      await this.#target;
      return;
    }
    this.#note(job, result);
  }

  /** One run, whatever becomes of it. */
  async #perform({ it, role, type, round }: Job, process: Target): Promise<RunResult> {
    const slow = this.#options.slow ?? 1;
    const stepMs = (this.#options.stepMs ?? 1000) * slow;
    const tooLong = it.longMs !== undefined && this.#options.long !== true;
    const lacks = tooLong ? 'the option --long' : lacking(it, role, type, process);
    const began = performance.now();
    const outcome = (fields: Partial<RunResult>, trial?: Trial): RunResult => ({
      role,
      type,
      round,
      ms: Math.round(performance.now() - began),
      steps: [],
      wire: trial?.log.lines() ?? [],
      ...fields,
    });
    if (lacks !== undefined) return outcome({ lacks });
    const trial = new Trial({ process, role, type, stepMs, name: `${it.id}#${this.#nextName++}` });
    let result: RunResult;
    try {
      const tokens = await within((it.longMs ?? CASE_MS) * slow, it.run(trial));
      const steps = stepsOf(it, tokens);
      result = outcome(steps.length === 0 ? { broke: 'the case saw nothing' } : { steps }, trial);
    } catch (cause) {
      result = outcome(afterFailure(it, process.over ?? cause), trial);
    }
    try {
      await within(CASE_MS * slow, trial.close());
    } catch (cause) {
      if (process.over === undefined) return { ...result, broke: `at the end: ${told(cause)}` };
    }
    // What was seen while the target went, perhaps unnoticed, is not to be relied on.
    return process.over === undefined ? result : { ...result, ...afterFailure(it, process.over) };
  }

  #note(job: Job, result: RunResult): void {
    const runs = this.#found.get(job.it.id) ?? [];
    const mine = this.#jobs.filter(({ it }) => it === job.it);
    runs[mine.indexOf(job)] = result;
    this.#found.set(job.it.id, runs);
    if (runs.filter(run => run !== undefined).length === mine.length) this.#conclude(job.it);
  }

  #conclude(it: Case): void {
    const runs = (this.#found.get(it.id) ?? []).filter(run => run !== undefined);
    const result = summarise(it, runs, this.#options.expectations);
    this.#results.set(it.id, result);
    this.#options.onCase?.(result, this.#results.size, this.#options.cases.length);
  }
}

function jobsOf(it: Case, { roles, types, anyType = 'ROUTER' }: RunnerOptions): Job[] {
  const rounds = it.race === true ? RACE_ROUNDS : 1;
  return (it.roles ?? BOTH_ROLES)
    .filter(role => roles === undefined || roles.includes(role))
    .flatMap(role => (it.types ?? [anyType]).map(type => ({ it, role, type })))
    .filter(({ type }) => types === undefined || types.includes(type))
    .flatMap(job => Array.from({ length: rounds }, (_, round) => ({ ...job, round })));
}

function lacking(it: Case, role: Role, type: SocketType, { hello }: Target): string | undefined {
  const needs = [`role:${role}`, `type:${type}`, ...(it.needs ?? [])];
  return needs.find(need => !hello.capabilities.includes(need));
}

/** Every step that was seen, in the order of the judge. */
function stepsOf({ judge }: Case, tokens: Readonly<Partial<Record<string, Token>>>): readonly StepResult[] {
  return Object.entries(judge).flatMap(([step, one]) => {
    const token = tokens[step];
    if (token === undefined) return [];
    return [{ step, token, rfc: acceptable(one, 'rfc'), wire: acceptable(one, 'wire') }];
  });
}

function afterFailure(it: Case, cause: unknown): Partial<RunResult> {
  if (cause instanceof Unsupported) return { lacks: cause.message };
  if (cause instanceof Crashed) return { steps: everyStep(it, `crash(${cause.how})`), broke: cause.message };
  if (cause instanceof Unreached) return { steps: everyStep(it, `unreached(${cause.message})`) };
  return { broke: told(cause) };
}

function everyStep(it: Case, token: Token): readonly StepResult[] {
  return stepsOf(it, Object.fromEntries(Object.keys(it.judge).map(step => [step, token])));
}

/** Over several runs: what missed in one is missed; skipped only if all were. */
export function summarise(it: Case, runs: readonly RunResult[], expectations: Expectations): CaseResult {
  const requirement = REQUIREMENTS.get(it.id);
  if (requirement === undefined) throw new Error(`no requirement has the id ${it.id}`);
  const { id, level, rfc, text } = requirement;
  const expectation = expectations[id];
  const seen = runs.flatMap(({ steps }) => steps);
  const broke = runs.some(run => run.broke !== undefined && !run.steps.some(({ token }) => token.startsWith('crash(')));
  const verdict = (profile: 'rfc' | 'wire'): Verdict => {
    if (broke) return 'ERROR';
    if (seen.length === 0) return 'SKIP';
    return judgeCase(it, level, seen, profile, expectation);
  };
  // An expectation that one profile needs is not fulfilled because the other asks for less.
  const verdicts = { rfc: verdict('rfc'), wire: verdict('wire') };
  const needed = Object.values(verdicts).some(one => one === 'KNOWN' || one === 'CHANGED');
  return {
    id,
    level,
    rfc,
    text,
    verdicts: needed ? { rfc: notFixed(verdicts.rfc), wire: notFixed(verdicts.wire) } : verdicts,
    ...(expectation === undefined ? {} : { why: expectation.why }),
    ...(expectation?.decision === undefined ? {} : { decision: expectation.decision }),
    ...(expectation?.upstream === undefined ? {} : { upstream: expectation.upstream }),
    runs,
  };
}

function notFixed(verdict: Verdict): Verdict {
  return verdict === 'FIXED' ? 'PASS' : verdict;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not over after ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function told(cause: unknown): string {
  if (cause instanceof BadAdaptor) return cause.message; // where we noticed it helps nobody
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
