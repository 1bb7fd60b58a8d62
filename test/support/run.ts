/**
 * The test runner: `node --import tsx test/support/run.ts [part of a path …]`, from the root of the tree.
 *
 * uvu alone believes a file that ran nothing, and waits forever for one that hangs. Here each `test/**\/*.test.ts` gets
 * a process of its own and a deadline, and must prove by uvu's summary that it ran to the end. Two files run at a time.
 * Among its first lines a file may ask for
 *
 *     // @deadline 240     seconds, instead of 60
 *     // @alone            to run while no other file does
 *
 * Skipped tests are told of, and are failures under CI. The last line is `N passed, N failed`, counted in tests; a file
 * that dies, hangs or runs nothing counts as one failed test at least.
 */
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const AT_A_TIME = 2;
const DEADLINE_S = 60;
const HEAD_LINES = 10;
/** How long pipes may stay open after their process is gone, should a grandchild have fled its group with them. */
const FLUSH_MS = 500;
/** The time all files share, in seconds; what has not begun by then fails. */
const BUDGET_S = Number(process.env['TEST_BUDGET_S'] ?? Infinity);
const CI = !['', '0', 'false'].includes(process.env['CI'] ?? '');

interface TestFile {
  readonly path: string;
  readonly name: string;
  readonly deadlineS: number;
  readonly alone: boolean;
  /** What is wrong with the file before it has run. */
  readonly problems: readonly string[];
}

interface Run {
  readonly output: string;
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly overdue: boolean;
  readonly elapsedMs: number;
}

interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problems: readonly string[];
}

/** Process groups of the files now running; each file leads its own. */
const running = new Set<number>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const group of running) killGroup(group);
    process.exit(1);
  });
}

await main(process.argv.slice(2));

async function main(filters: readonly string[]): Promise<void> {
  const files = discover('test', filters);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const deadline = performance.now() + BUDGET_S * 1000;

  const judgeOne = async (file: TestFile): Promise<void> => {
    const leftMs = deadline - performance.now();
    const run = leftMs > 0 ? await runFile(file, leftMs) : undefined;
    const verdict = run === undefined ? notStarted() : judge(file, run);
    report(file, run, verdict);
    totals.passed += verdict.passed;
    totals.failed += verdict.failed;
    totals.skipped += verdict.skipped;
  };

  const queue = files.filter(file => !file.alone);
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await judgeOne(file);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  for (const file of files.filter(({ alone }) => alone)) await judgeOne(file);

  if (files.length === 0) {
    console.log(`no test file ${filters.length === 0 ? 'in test/' : `matches ${filters.join(' or ')}`}`);
    totals.failed = 1;
  }
  if (totals.skipped > 0) console.log(`${totals.skipped} skipped`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed > 0 ? 1 : 0;
}

function discover(root: string, filters: readonly string[]): TestFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.test.ts'))
    .map(path => join(root, path))
    .filter(path => filters.length === 0 || filters.some(part => path.includes(part)))
    .sort()
    .map(readTestFile);
}

function readTestFile(path: string): TestFile {
  const source = readFileSync(path, 'utf8');
  const head = source.split('\n', HEAD_LINES).join('\n');
  const asked = /^\/\/ @deadline\b(.*)$/m.exec(head)?.[1];
  const deadlineS = asked === undefined ? DEADLINE_S : Number(asked);
  const usable = deadlineS > 0;
  const problems = suitesWithoutRun(source).map(name => `${name}.run() is missing: its tests never ran`);
  if (!usable) problems.push(`"// @deadline${asked ?? ''}" is not a number of seconds`);
  return {
    path,
    name: relative('test', path).split(sep).join('/'),
    deadlineS: usable ? deadlineS : DEADLINE_S,
    alone: /^\/\/ @alone\b/m.test(head),
    problems,
  };
}

/** uvu says nothing of a suite that was never run, and another suite in the file would hide it. */
function suitesWithoutRun(source: string): string[] {
  const suites = Array.from(source.matchAll(/^\s*(?:const|let|var)\s+(\w+)\s*=\s*suite\b/gm), ([, name = '']) => name);
  if (/^test(?:\.only)?\(/m.test(source) && /\bfrom 'uvu'/.test(source)) suites.push('test');
  return suites.filter(name => !new RegExp(`\\b${name}\\.run\\(\\)`).test(source));
}

function runFile(file: TestFile, leftMs: number): Promise<Run> {
  return new Promise(resolve => {
    const start = performance.now();
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file.path], {
      detached: true, // the leader of a process group: whatever it starts ends with it
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));

    const group = child.pid;
    if (group !== undefined) running.add(group);
    const endGroup = (): void => {
      if (group !== undefined) killGroup(group);
    };
    let overdue = false;
    const timer = setTimeout(
      () => {
        overdue = true;
        endGroup();
      },
      Math.min(file.deadlineS * 1000, leftMs),
    );

    const finish = (exitCode: number | undefined): void => {
      const output = stripColors(Buffer.concat(chunks).toString('utf8'));
      resolve({ output, exitCode, overdue, elapsedMs: Math.round(performance.now() - start) });
    };
    child.once('error', error => {
      clearTimeout(timer);
      chunks.push(Buffer.from(String(error)));
      finish(undefined);
    });
    child.once('exit', exitCode => {
      clearTimeout(timer);
      endGroup();
      if (group !== undefined) running.delete(group);
      const flushed = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, FLUSH_MS);
      child.once('close', () => {
        clearTimeout(flushed);
        finish(exitCode ?? undefined);
      });
    });
  });
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}

function judge(file: TestFile, run: Run): Verdict {
  const summaries = Array.from(
    run.output.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm),
    ([, ...counts]) => counts.map(Number),
  );
  const [total = 0, passed = 0, skipped = 0] = summaries.at(-1) ?? [];
  const finished = summaries.length > 0;

  const problems = [...file.problems];
  if (run.overdue) problems.push(overdueProblem(run, finished));
  else if (!finished) problems.push(`ended with ${exitText(run)} before its tests were done`);
  else if (run.exitCode !== 0 && total === passed) problems.push(`ended with ${exitText(run)} after its tests`);
  if (finished && total === 0 && skipped === 0) problems.push('ran no tests: is a .run() missing?');
  if (summaries.length > 1) problems.push('started a suite after uvu had begun: all .run() belong before any await');
  if (CI && skipped > 0) problems.push(`${skipped} skipped, which CI does not allow`);

  const failed = total - passed + (CI ? skipped : 0);
  return { passed, failed: Math.max(failed, problems.length > 0 ? 1 : 0), skipped, problems };
}

function overdueProblem({ elapsedMs }: Run, finished: boolean): string {
  const after = `killed after ${(elapsedMs / 1000).toFixed(1)} s`;
  return finished ? `${after}: its tests were done, but something kept it alive` : `${after}: overdue`;
}

function exitText({ exitCode }: Run): string {
  return exitCode === undefined ? 'a signal' : `exit code ${exitCode}`;
}

function notStarted(): Verdict {
  return { passed: 0, failed: 1, skipped: 0, problems: [`not started: the ${BUDGET_S} s for all files are spent`] };
}

function report(file: TestFile, run: Run | undefined, verdict: Verdict): void {
  const { passed, failed, skipped, problems } = verdict;
  const counts = `${passed}/${passed + failed}${skipped > 0 ? ` (${skipped} skipped)` : ''}`;
  console.log(`${failed > 0 ? 'FAIL' : ' ok '} ${file.name}  ${counts}  ${run?.elapsedMs ?? 0} ms`);
  for (const problem of problems) console.log(`     ${problem}`);
  if (failed > 0 && run !== undefined) console.log(run.output.replace(/^/gm, '   | '));
}

function stripColors(text: string): string {
  // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
  return text.replace(/\u001b\[[\d;]*m/g, '');
}
