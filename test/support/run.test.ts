// @deadline 120
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const RUNNER = join(import.meta.dirname, 'run.ts');
const MODULES = dirname(dirname(dirname(fileURLToPath(import.meta.resolve('uvu')))));

const PASSING = `
import { test } from 'uvu';
test('one', () => {});
test('two', () => {});
test.run();
`;

interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
  readonly lastLine: string | undefined;
}

interface Setting {
  readonly filters?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the runner on a tree of its own, in which `files` lie under `test/`. */
function run(files: Readonly<Record<string, string>>, { filters = [], env = {} }: Setting = {}): Outcome {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'zmtp-run-')));
  try {
    symlinkSync(MODULES, join(root, 'node_modules'));
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    for (const [name, source] of Object.entries({ '.keep': '', ...files })) {
      const path = join(root, 'test', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, source.trimStart());
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', RUNNER, ...filters], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, CI: '', TEST_BUDGET_S: '60', TEST_DIR: root, ...env },
    });
    const output = stdout + stderr;
    return { exitCode: status, output, lastLine: output.trimEnd().split('\n').at(-1) };
  } finally {
    rmSync(root, { recursive: true });
  }
}

const runner = suite('test/support/run');

runner('counts the tests of all files that pass', () => {
  const { exitCode, output, lastLine } = run({ 'a.test.ts': PASSING, 'deep/b.test.ts': PASSING, 'c.ts': 'no test' });
  assert.is(lastLine, '4 passed, 0 failed', output);
  assert.is(exitCode, 0);
  assert.match(output, /^ ok {2}deep\/b\.test\.ts {2}2\/2 {2}\d+ ms$/m);
});

runner('shows the whole output of a file with a failed test', () => {
  const { exitCode, output, lastLine } = run({
    'a.test.ts': PASSING,
    'b.test.ts': `
import { test } from 'uvu';
test('good', () => {});
test('bad', () => { throw new Error('the reason'); });
test.run();
`,
  });
  assert.is(lastLine, '3 passed, 1 failed', output);
  assert.is(exitCode, 1);
  assert.match(output, /^FAIL b\.test\.ts {2}1\/2/m);
  assert.match(output, /the reason/);
});

runner('ends a file, and all it has started, at its own deadline', () => {
  const { exitCode, output, lastLine } = run({
    'a.test.ts': `
// @deadline 2
import { spawn } from 'node:child_process';
import { test } from 'uvu';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
console.log('started', child.pid, process.pid);
test('waits forever', () => new Promise(() => {}));
test.run();
`,
  });
  assert.is(lastLine, '0 passed, 1 failed', output);
  assert.is(exitCode, 1);
  assert.match(output, /killed after [2-9]\.\d s: overdue/);
  const pids = /started (\d+) (\d+)/.exec(output)?.slice(1).map(Number) ?? [];
  assert.is(pids.length, 2);
  for (const pid of pids) assert.not(isAlive(pid), `process ${pid} is still there`);
});

runner('says when the tests were done but the process lived on', () => {
  const { output, lastLine } = run({ 'a.test.ts': `// @deadline 2\n${PASSING}setInterval(() => {}, 1000);\n` });
  assert.is(lastLine, '2 passed, 1 failed', output);
  assert.match(output, /its tests were done, but something kept it alive/);
});

runner('fails a deadline that is no number', () => {
  const { output, lastLine } = run({ 'a.test.ts': `// @deadline soon\n${PASSING}` });
  assert.is(lastLine, '2 passed, 1 failed', output);
});

runner('fails a file that ran nothing', () => {
  const { exitCode, output, lastLine } = run({ 'a.test.ts': `import 'uvu';` });
  assert.is(lastLine, '0 passed, 1 failed', output);
  assert.is(exitCode, 1);
});

runner('fails a suite that was never run, even beside one that was', () => {
  const { output, lastLine } = run({
    'a.test.ts': `import { suite } from 'uvu';${PASSING}const lonely = suite('lonely');\nlonely('never', () => {});\n`,
  });
  assert.is(lastLine, '2 passed, 1 failed', output);
  assert.match(output, /lonely\.run\(\) is missing/);
});

runner('fails a suite whose hook threw, which uvu takes for a success', () => {
  const hook = `test.before(() => { throw new Error('no'); });\ntest.run();`;
  const { output, lastLine } = run({ 'a.test.ts': PASSING.replace('test.run();', hook) });
  assert.is(lastLine, '0 passed, 2 failed', output);
});

runner('fails a file that dies, and one that ends before its tests do', () => {
  const { output, lastLine } = run({
    'a.test.ts': PASSING,
    'b.test.ts': `throw new Error('at once');`,
    'c.test.ts': PASSING.replace('() => {}', '() => process.exit(0)'),
    'd.test.ts': PASSING.replace('() => {}', '() => new Promise(() => {})'),
  });
  assert.is(lastLine, '2 passed, 3 failed', output);
  assert.match(output, /b\.test\.ts.*\n.*ended with exit code 1 before its tests were done/);
});

runner('tells of skipped tests, and fails them under CI', () => {
  const files = { 'a.test.ts': PASSING.replace(`test('two'`, `test.skip('two'`) };
  const here = run(files);
  assert.is(here.lastLine, '1 passed, 0 failed', here.output);
  assert.match(here.output, /\(1 skipped\)/);
  const there = run(files, { env: { CI: 'true' } });
  assert.is(there.lastLine, '1 passed, 1 failed', there.output);
  assert.is(there.exitCode, 1);
});

runner('runs what the arguments name, and fails when that is nothing', () => {
  const files = { 'a.test.ts': PASSING, 'deep/b.test.ts': PASSING };
  assert.is(run(files, { filters: ['deep/'] }).lastLine, '2 passed, 0 failed');
  const { exitCode, lastLine } = run(files, { filters: ['absent'] });
  assert.is(lastLine, '0 passed, 1 failed');
  assert.is(exitCode, 1);
});

runner('runs a file alone that asks for it', () => {
  const begun = (name: string): string => `
import { appendFileSync } from 'node:fs';
const journal = process.env['TEST_DIR'] + '/journal';
appendFileSync(journal, 'begin ${name}\\n');
process.on('exit', () => appendFileSync(journal, 'end ${name}\\n'));
${PASSING}`;
  const { output, lastLine } = run({
    'a.test.ts': `// @alone\n${begun('a')}`,
    'b.test.ts': begun('b'),
    'c.test.ts': begun('c'),
    'z.test.ts': `// @alone
import { readFileSync } from 'node:fs';
console.error(readFileSync(process.env['TEST_DIR'] + '/journal', 'utf8'));
process.exit(1);
`,
  });
  assert.is(lastLine, '6 passed, 1 failed', output);
  assert.match(output, /begin a\n +\| end a\n/);
  assert.match(output, /end [bc]\n +\| begin a/);
});

runner('does not begin a file when the time for all is spent', () => {
  const { output, lastLine } = run({ 'a.test.ts': PASSING }, { env: { TEST_BUDGET_S: '0' } });
  assert.is(lastLine, '0 passed, 1 failed', output);
});

runner.run();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One that has died and that nobody has waited for yet still answers; Linux says so.
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
