import { parseArgs } from 'node:util';

/** How to run. */
export interface Arguments {
  /** Rows to measure: `throughput`, `throughput/64` …; none means all. */
  readonly filters: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  /** Where the JSON lines go: a file, `-` for standard output, undefined for nowhere. */
  readonly json: string | undefined;
  /** JSON lines of a former run. */
  readonly compare: string | undefined;
}

export const USAGE = `npm run bench -- [FILTER…] [--rounds N] [--seconds S] [--json FILE|-] [--compare FILE]`;

export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: args.flatMap((arg, i) => (arg === '--json' && nothingFollows(args[i + 1]) ? [arg, '-'] : [arg])),
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'string' },
      compare: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  const seconds = Number(values.seconds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}, expected 1 or more`);
  if (!(seconds > 0 && seconds <= 60)) throw new Error(`--seconds ${values.seconds}, expected at most 60`);
  return { filters: positionals, rounds, seconds, json: values.json, compare: values.compare };
}

/** `--json` alone means standard output; parseArgs knows no values that may be left out. */
function nothingFollows(next: string | undefined): boolean {
  return next === undefined || next.startsWith('--');
}
