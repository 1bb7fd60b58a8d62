// @deadline 180
/** A diagonal through the matrix: ours with libzmq 4.3.4 and 4.3.5, with npm zeromq, and with itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runMatrix } from '../../conformance/src/interop/matrix.ts';
import { CELLS, cellName, DIAGONAL } from '../../conformance/src/interop/pairs.ts';
import { wireLine } from '../../conformance/src/report/tree.ts';
import { findTarget } from '../../conformance/src/target/find-target.ts';

const interop = suite('interop');

interop('the matrix has 870 cells, and no two with one name', () => {
  assert.is(CELLS.length, 870);
  assert.is(new Set(CELLS.map(cellName)).size, CELLS.length);
});

interop(
  'the diagonal has each pair with either speaker, each mechanism with either server, tcp and ipc, either binder',
  () => {
    const kinds = (of: (typeof CELLS)[number]): readonly string[] => [
      `${of.pair.first} ${of.pair.second} ${of.speaker}`,
      of.security,
      of.binder,
      ...(of.transport === 'ws' ? [] : [of.transport]),
    ];
    const tried = new Set(DIAGONAL.flatMap(kinds));
    assert.equal(
      [...new Set(CELLS.flatMap(kinds))].filter(kind => !tried.has(kind)),
      [],
    );
  },
);

/** How many cells of the diagonal each must have: what it lacks is known, and not a way to pass. */
const OPPONENTS = { libzmq: 24, 'libzmq-npm': 34, zeromq: 30, 'zmtp-source': 34 };

for (const [name, count] of Object.entries(OPPONENTS)) {
  interop(`ours gets on with ${name}`, async () => {
    const left = await findTarget('zmtp-source', 'ROUTER').start();
    const right = await findTarget(name, 'ROUTER').start();
    const results = await runMatrix({ left, right, cells: DIAGONAL, stepMs: 5000 });
    await Promise.all([left.stop(), right.stop()]);
    const failed = results.filter(({ outcome }) => outcome === 'fail');
    const told = failed.map(({ name: cell, why, wire }) => [cell, why, ...wire.slice(-20).map(wireLine)].join('\n'));
    assert.equal(told, []);
    assert.is(results.filter(({ outcome }) => outcome === 'pass').length, count);
  });
}

interop.run();
