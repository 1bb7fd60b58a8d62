#!/usr/bin/env node
/** `zmtp-interop`: crosses two implementations, cell by cell. Exit 0: every cell passed or is lacking; 1; 2 asked wrongly. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { wireLine } from '../report/tree.ts';
import { targetTitle } from '../report/words.ts';
import { findTarget, UnknownTarget } from '../target/find-target.ts';
import { runMatrix, type CellResult } from './matrix.ts';
import { CELLS, cellName, DIAGONAL, type Cell } from './pairs.ts';

const USAGE = `zmtp-interop [word ...] --left TARGET --right TARGET ...

  word           only cells whose name has it: PUB, CURVE, ipc, …
  --left T, --right T
                 zmtp, zeromq, libzmq, libzmq-npm, or the command of an adaptor;
                 the right one may be given again
  --all          all 870 cells; default: a diagonal through them
  --parallel N   cells at a time; default 4
  --timeout MS   for each step; default 2000
  --json F       the results
`;
const WIRE_LINES = 20;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      left: { type: 'string' },
      right: { type: 'string', multiple: true },
      all: { type: 'boolean', default: false },
      parallel: { type: 'string', default: '4' },
      timeout: { type: 'string', default: '2000' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.left === undefined || values.right === undefined) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? 0 : 2;
  }
  const cells = (values.all ? CELLS : DIAGONAL).filter(cell =>
    positionals.every(word => words(cellName(cell)).includes(word)),
  );
  let fine = cells.length > 0;
  const all: unknown[] = [];
  for (const name of values.right) {
    const { results, ...names } = await cross(values.left, name, cells, {
      parallel: Number(values.parallel),
      stepMs: Number(values.timeout),
    });
    all.push({ ...names, cells: results });
    const count = (outcome: CellResult['outcome']): number => results.filter(one => one.outcome === outcome).length;
    fine &&= count('fail') === 0 && count('pass') > 0;
    process.stdout.write(
      `${names.left} and ${names.right}: ${count('pass')} pass, ${count('fail')} fail, ${count('lacks')} lacking, in ${(names.elapsedMs / 1000).toFixed(1)} s\n`,
    );
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(all));
  return fine ? 0 : 1;
}

interface Crossed {
  readonly left: string;
  readonly right: string;
  readonly elapsedMs: number;
  readonly results: readonly CellResult[];
}

async function cross(
  leftName: string,
  rightName: string,
  cells: readonly Cell[],
  limits: { readonly parallel: number; readonly stepMs: number },
): Promise<Crossed> {
  const left = await findTarget(leftName, 'ROUTER').start();
  const right = await findTarget(rightName, 'ROUTER').start();
  const began = performance.now();
  const results = await runMatrix({
    left,
    right,
    cells,
    ...limits,
    onCell: (result, done) => {
      if (result.outcome === 'fail') process.stdout.write(`${told(result)}\n`);
      if (process.stderr.isTTY)
        process.stderr.write(`\r${done} of ${cells.length}${done === cells.length ? '\n' : ''}`);
    },
  });
  await Promise.all([left.stop(), right.stop()]);
  return {
    left: targetTitle(left.hello),
    right: targetTitle(right.hello),
    elapsedMs: Math.round(performance.now() - began),
    results,
  };
}

function words(name: string): readonly string[] {
  return name.split(/[ ,]+/);
}

function told({ name, why, wire }: CellResult): string {
  return [`FAIL ${name}: ${why}`, ...wire.slice(-WIRE_LINES).map(line => `     ${wireLine(line)}`)].join('\n');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (cause) {
  if (!(cause instanceof UnknownTarget)) throw cause;
  process.stderr.write(`${cause.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
