// @deadline 420
/**
 * Cases that catch nothing prove nothing: here our own stack is broken in ways that could happen, one at a time, and each
 * is to be caught by a case that names it. `mutations/*.json` has the list.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CASES } from '../../conformance/src/cases/index.ts';
import { groupOf } from '../../conformance/src/catalogue/requirements.ts';
import { readExpectations } from '../../conformance/src/judge/read-expectations.ts';
import type { Verdict } from '../../conformance/src/judge/verdict.ts';
import { runCases } from '../../conformance/src/run/runner.ts';
import { TargetProcess } from '../../conformance/src/target/target-process.ts';

interface Mutation {
  /** What is broken, as a sentence. */
  readonly name: string;
  readonly file: string;
  /** Found once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: readonly string[];
}

const LISTS = new URL('mutations/', import.meta.url);
const ROOT = resolve(import.meta.dirname, '../..');
const CAUGHT: ReadonlySet<Verdict> = new Set<Verdict>(['FAIL', 'WARN', 'CHANGED', 'UNSTABLE']);

const mutations: readonly Mutation[] = readdirSync(LISTS)
  .filter(file => file.endsWith('.json'))
  .sort()
  .flatMap(file => JSON.parse(readFileSync(new URL(file, LISTS), 'utf8')) as Mutation[]);

const suiteOf = suite('mutations');
const folder = mkdtempSync(join(tmpdir(), 'zmtp-mutants-'));
suiteOf.before(() => {
  // What a mutant imports from npm, and how its files are read, is as here.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","version":"0.0.0"}');
});
suiteOf.after(() => rmSync(folder, { recursive: true, force: true }));

/** @param source - the folder of the stack that is tried */
async function verdicts(source: string, ids: readonly string[]): Promise<ReadonlyMap<string, readonly Verdict[]>> {
  const start = (): Promise<TargetProcess> =>
    TargetProcess.start({
      command: ['node', '--import', 'tsx', 'conformance/adaptors/zmtp.mjs', '--entry', join(source, 'index.ts')],
      cwd: ROOT,
    });
  const first = await start();
  const results = await runCases({
    cases: CASES.filter(({ id }) => ids.includes(id)),
    start,
    first,
    expectations: readExpectations(first.hello),
  });
  return new Map(results.map(({ id, verdicts: { rfc, wire } }) => [id, [rfc, wire]]));
}

suiteOf('there are thirty of them at least, each with a name of its own', () => {
  assert.ok(mutations.length >= 30, `${mutations.length}`);
  assert.is(new Set(mutations.map(({ name }) => name)).size, mutations.length);
});

suiteOf('what is not broken is not caught', async () => {
  const found = await verdicts(join(ROOT, 'src'), [...new Set(mutations.flatMap(({ caughtBy }) => caughtBy))]);
  assert.equal(
    [...found].filter(([, both]) => both.some(verdict => CAUGHT.has(verdict) || verdict === 'ERROR')),
    [],
  );
});

for (const [i, { name, file, find, replace, caughtBy }] of mutations.entries()) {
  suiteOf(`caught: ${name}`, async () => {
    const source = join(folder, `${i}`);
    cpSync(join(ROOT, 'src'), source, { recursive: true });
    const path = join(folder, `${i}`, file.replace(/^src\//, ''));
    const parts = readFileSync(path, 'utf8').split(find);
    assert.is(parts.length, 2, `${file} has the text ${parts.length - 1} times`);
    writeFileSync(path, parts.join(replace));
    // A mutant that cannot even greet would be caught by anything.
    const found = await verdicts(source, ['greeting/1', ...caughtBy]);
    assert.equal(found.get('greeting/1'), ['PASS', 'PASS']);
    const caught = caughtBy.filter(id => found.get(id)?.some(verdict => CAUGHT.has(verdict)));
    assert.ok(caught.length > 0, caughtBy.map(id => `${id}: ${found.get(id)?.join('/') ?? 'no case'}`).join(', '));
    rmSync(source, { recursive: true });
  });
}

suiteOf('a target of 3.0 misses what is told by PING, and nothing else', async () => {
  const source = join(folder, 'older');
  cpSync(join(ROOT, 'src'), source, { recursive: true });
  const edit = (file: string, find: string, replace: string): void => {
    const parts = readFileSync(join(source, file), 'utf8').split(find);
    assert.is(parts.length, 2, `${file}: ${find}`);
    writeFileSync(join(source, file), parts.join(replace));
  };
  edit('zmtp/greeting.ts', 'const MINOR = 1;', 'const MINOR = 0;');
  edit('zmtp/greeting.ts', 'peer.major === 3 && peer.minor === 0 ? 0 : 1', '0');
  edit(
    'zmtp/connection.ts',
    "if (command.name !== 'PING') return",
    "if (command.name === 'PING') return;\n    if (command.name) return",
  );
  const groups = ['frame', 'traffic', 'router', 'req', 'push'];
  const ids = CASES.map(({ id }) => id).filter(id => groups.includes(groupOf(id)));
  const found = await verdicts(source, ids);
  assert.is(found.size, ids.length);
  assert.equal(
    [...found].filter(([, [rfc]]) => rfc === 'FAIL' || rfc === 'ERROR').map(([id]) => id),
    ['frame/8', 'req/8'],
  );
});

suiteOf.run();
