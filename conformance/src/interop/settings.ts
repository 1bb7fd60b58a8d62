/** What the command line of `zmtp-interop` asks for, checked. */
import { parseArgs } from 'node:util';
import { isAddress, TARGET_NAMES } from '../target/find-target.ts';
import { countOf, expectWritable, numberOf, UsageError } from '../usage.ts';
import { CELLS, cellName, DIAGONAL, type Cell } from './pairs.ts';

export function usage(): string {
  return `zmtp-interop [word ...] --left TARGET --right TARGET ...

  word           only cells whose name has it: PUB, CURVE, ipc, left, …
  --left T, --right T
                 ${TARGET_NAMES.join(', ')};
                 or the command of an adaptor, in one word: quote it; --right may be given again
  --all          all ${CELLS.length} cells; default: a diagonal through them
  --list         tell the cells, run nothing
  --parallel N   cells at a time; default 4
  --timeout MS   for each step; default 2000
  --json F       the results
  -h, --help, --version

Exit 0: cells passed, none failed (cells that a target lacks something for are told of); 1: one failed, or nothing could
be crossed; 2: asked for wrongly.
`;
}

export interface InteropSettings {
  readonly ask: 'run' | 'list' | 'help' | 'version';
  readonly left: string;
  readonly right: readonly string[];
  readonly cells: readonly Cell[];
  readonly parallel: number;
  readonly stepMs: number;
  readonly json: string | undefined;
}

/** @throws UsageError */
export function readInteropSettings(args: readonly string[]): InteropSettings {
  const { values, positionals } = parse(args);
  const ask = values.help ? 'help' : values.version ? 'version' : values.list ? 'list' : 'run';
  const { left = '', right = [], json } = values;
  if (ask === 'run') {
    if (left === '') throw new UsageError('which targets? --left is missing');
    if (right.length === 0) throw new UsageError('which targets? --right is missing');
    const address = [left, ...right].find(isAddress);
    if (address !== undefined) throw new UsageError(`${address} is an address: to talk, a target needs an adaptor`);
    expectWritable(json, '--json');
  }
  return {
    ask,
    left,
    right,
    cells: chosen(positionals, values.all),
    parallel: countOf(values.parallel, '--parallel', 1, 1000),
    stepMs: numberOf(values.timeout, '--timeout', 1, 600_000),
    json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        left: { type: 'string' },
        right: { type: 'string', multiple: true },
        all: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        parallel: { type: 'string', default: '4' },
        timeout: { type: 'string', default: '2000' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** The cells that have all these words in their names. */
function chosen(wanted: readonly string[], all: boolean): readonly Cell[] {
  const having = (cells: readonly Cell[]): readonly Cell[] =>
    cells.filter(cell => wanted.every(word => words(cellName(cell)).includes(word.toLowerCase())));
  const cells = having(all ? CELLS : DIAGONAL);
  if (cells.length > 0) return cells;
  const more = having(CELLS).length;
  const told = `no cell has ${wanted.join(' and ')} in its name`;
  throw new UsageError(more > 0 ? `${told}, but ${more} have with --all` : `${told}; --list --all tells them all`);
}

function words(name: string): readonly string[] {
  return name.toLowerCase().split(/[ ,]+/);
}
