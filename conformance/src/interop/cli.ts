#!/usr/bin/env node
/** `zmtp-interop`: crosses two implementations, cell by cell. */
import { writeFileSync } from 'node:fs';
import { wireLine } from '../report/tree.ts';
import { targetTitle } from '../report/words.ts';
import { VERSION } from '../run/test-target.ts';
import { findTarget, UnknownTarget, type FoundTarget } from '../target/find-target.ts';
import { BadAdaptor, Crashed, type Target } from '../target/target-process.ts';
import { outliveReader, UsageError } from '../usage.ts';
import { runMatrix, type CellResult } from './matrix.ts';
import { cellName } from './pairs.ts';
import { readInteropSettings, usage, type InteropSettings } from './settings.ts';

const WIRE_LINES = 20;

/** 0: cells passed, none failed; 1: one failed, or nothing could be crossed; 2: asked for wrongly. */
async function main(args: readonly string[]): Promise<number> {
  try {
    return await obey(readInteropSettings(args));
  } catch (cause) {
    if (cause instanceof BadAdaptor || cause instanceof Crashed) {
      process.stderr.write(`${cause.message}\n`);
      return 1;
    }
    if (!(cause instanceof UsageError) && !(cause instanceof UnknownTarget)) throw cause;
    process.stderr.write(`${cause.message}\n\n${usage()}`);
    return 2;
  }
}

async function obey(settings: InteropSettings): Promise<number> {
  switch (settings.ask) {
    case 'help':
      return say(usage());
    case 'version':
      return say(`${VERSION}\n`);
    case 'list':
      return say(settings.cells.map(cell => `${cellName(cell)}\n`).join(''));
    case 'run':
      return run(settings);
  }
}

async function run(settings: InteropSettings): Promise<number> {
  const left = findTarget(settings.left, 'ROUTER');
  const rights = settings.right.map(name => findTarget(name, 'ROUTER'));
  let fine = true;
  const all: unknown[] = [];
  for (const right of rights) {
    const { results, ...names } = await cross(left, right, settings);
    all.push({ ...names, cells: results });
    const count = (outcome: CellResult['outcome']): number => results.filter(one => one.outcome === outcome).length;
    fine &&= count('fail') === 0 && count('pass') > 0;
    say(
      `${names.left} and ${names.right}: ${count('pass')} pass, ${count('fail')} fail, ${count('known')} known to fail, ${count('lacks')} lacking, in ${(names.elapsedMs / 1000).toFixed(1)} s\n`,
    );
    const lacking = [...new Set(results.filter(one => one.outcome === 'lacks').map(({ why }) => why))];
    if (lacking.length > 0) say(`  lacking: ${lacking.join('; ')}\n`);
  }
  if (settings.json !== undefined) writeFileSync(settings.json, JSON.stringify(all));
  return fine ? 0 : 1;
}

interface Crossed {
  readonly left: string;
  readonly right: string;
  readonly elapsedMs: number;
  readonly results: readonly CellResult[];
}

async function cross(one: FoundTarget, other: FoundTarget, settings: InteropSettings): Promise<Crossed> {
  const started: Target[] = [];
  try {
    const left = await one.start();
    started.push(left);
    const right = await other.start();
    started.push(right);
    const began = performance.now();
    const { cells, parallel, stepMs } = settings;
    const results = await runMatrix({
      left,
      right,
      cells,
      parallel,
      stepMs,
      onCell: (result, done) => showProgress(result, done, cells.length),
    });
    return {
      left: targetTitle(left.hello),
      right: targetTitle(right.hello),
      elapsedMs: Math.round(performance.now() - began),
      results,
    };
  } finally {
    await Promise.all(started.map(target => target.stop()));
  }
}

function showProgress(result: CellResult, done: number, total: number): void {
  if (result.outcome === 'fail') say(`${told(result)}\n`);
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total}${done === total ? '\n' : ''}`);
}

function told({ name, why, wire }: CellResult): string {
  return [`FAIL ${name}: ${why}`, ...wire.slice(-WIRE_LINES).map(line => `     ${wireLine(line)}`)].join('\n');
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

outliveReader();
process.exitCode = await main(process.argv.slice(2));
