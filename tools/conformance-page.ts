/**
 * Runs the conformance tester on ours and on both libzmqs, and writes what it found:
 * `npm run conformance:page` docs/CONFORMANCE.md, and with a file behind it an HTML report there.
 */
import { writeFileSync } from 'node:fs';
import { CASES } from '../conformance/src/cases/index.ts';
import { html } from '../conformance/src/report/html.ts';
import { markdown } from '../conformance/src/report/markdown.ts';
import type { Results } from '../conformance/src/run/result.ts';
import { testTarget } from '../conformance/src/run/test-target.ts';

/** The columns of the page: ours, and both libzmqs. */
const TARGETS: readonly string[] = ['zmtp-source', 'libzmq-npm', 'libzmq'];

/** One after the other: each has the machine to itself. */
export async function testAll(targets: readonly string[] = TARGETS): Promise<readonly Results[]> {
  const all: Results[] = [];
  for (const target of targets) all.push(await testTarget({ target, cases: CASES }));
  return all;
}

if (process.argv[1] === import.meta.filename) {
  const all = await testAll();
  writeFileSync('docs/CONFORMANCE.md', markdown(all));
  const report = process.argv[2];
  if (report !== undefined) writeFileSync(report, html(all));
}
