// @deadline 600
// @alone
/**
 * The whole catalogue against ours, against libzmq 4.3.4 and 4.3.5, and against npm zeromq: what each does is what is
 * written down, case by case, and docs/CONFORMANCE.md tells it.
 */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CASES } from '../../conformance/src/cases/index.ts';
import type { Verdict } from '../../conformance/src/judge/verdict.ts';
import { markdown } from '../../conformance/src/report/markdown.ts';
import { treeOfGroup } from '../../conformance/src/report/tree.ts';
import { targetTitle } from '../../conformance/src/report/words.ts';
import { testAll } from '../../tools/conformance-page.ts';

const whole = suite('conformance');

const FINE: ReadonlySet<Verdict> = new Set<Verdict>(['PASS', 'KNOWN', 'INFO', 'SKIP']);
/** The whole catalogue is to take less; a machine that also does other work may take longer. */
const SLOW_MS = 180_000;

const onPage = await testAll();
const all = [...onPage, ...(await testAll(['zeromq']))];

for (const { target, cases, elapsedMs } of all) {
  const name = targetTitle(target);
  for (const result of cases) {
    whole(`${name}: ${result.id}`, () => {
      const { rfc, wire } = result.verdicts;
      if (FINE.has(rfc) && FINE.has(wire)) return;
      const options = { profiles: ['rfc', 'wire'] as const, colour: false, repeat: (id: string): string => id };
      assert.unreachable(treeOfGroup(result.id, [result], options));
    });
  }
  whole(`${name}: every case came to an end, in time`, () => {
    assert.is(cases.length, CASES.length);
    assert.ok(elapsedMs < SLOW_MS, `${elapsedMs} ms`);
  });
}

whole('every deviation of ours was decided: docs/BEHAVIOUR.md has it, by its id', () => {
  const page = readFileSync(new URL('../../docs/BEHAVIOUR.md', import.meta.url), 'utf8');
  const ours = all[0]?.cases ?? [];
  const deviating = ours.filter(({ verdicts }) => Object.values(verdicts).includes('KNOWN'));
  assert.ok(deviating.length > 0);
  assert.equal(
    deviating.filter(({ id }) => !page.includes(`| \`${id}\` `)).map(({ id }) => id),
    [],
  );
});

whole('docs/CONFORMANCE.md tells what was found; `npm run conformance:page` writes it', () => {
  const page = readFileSync(new URL('../../docs/CONFORMANCE.md', import.meta.url), 'utf8');
  assert.is(page, markdown(onPage));
});

whole.run();
