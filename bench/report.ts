/** The readable end of a run: tables. */
import { readFileSync } from 'node:fs';
import type { Summary, Verdict } from './bench.ts';
import type { Conditions } from './conditions.ts';
import { figureKinds, figureNames, isComparable } from './figures.ts';

type Former = ReadonlyMap<string, Summary>;

/** The summaries of a former run, by {@link keyOf}. */
export function readFormer(file: string): Former {
  const lines = readFileSync(file, 'utf8').split('\n');
  const objects = lines
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Summary | { readonly kind: 'other' });
  return new Map(objects.filter((line): line is Summary => line.kind === 'summary').map(line => [keyOf(line), line]));
}

export function describeConditions(conditions: Conditions): string {
  const { cores, cpu, memoryGigabytes, system, node, zmtp, zeromq, libzmq, date, loadAverage } = conditions;
  const { rounds, seconds, warmUpSeconds } = conditions;
  return [
    `${date}, ${cores} x ${cpu}, ${memoryGigabytes} GiB, ${system}, node ${node}`,
    `zmtp ${zmtp}, zeromq ${zeromq} (libzmq ${libzmq}); loopback; load average ${loadAverage} at the start`,
    `${rounds} rounds in turn, each a warm-up of ${warmUpSeconds} s and a window of ${seconds} s; medians`,
  ].join('\n');
}

/** Tables of everything measured, one for each scenario and main figure. */
export function describeSummaries(summaries: readonly Summary[], former: Former | undefined): string {
  const kindOf = ({ row, figure }: Summary): string => `${row.split('/')[0] ?? ''} ${figure}`;
  const kinds = [...new Set(summaries.map(kindOf))];
  const tables = kinds.map(kind => summaries.filter(summary => kindOf(summary) === kind));
  return tables.map(rows => tableOf(rows, former)).join('\n\n');
}

/** One line for each object, as it is. */
export function describeLines(lines: readonly object[]): string {
  const describe = (line: object): string =>
    Object.entries(line)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join('  ');
  return lines.map(describe).join('\n');
}

function keyOf({ row, contestant }: Pick<Summary, 'row' | 'contestant'>): string {
  return `${row} ${contestant}`;
}

/** A table has those of which it has a figure. */
const RATIOS: readonly { readonly title: string; readonly of: (row: Summary) => number | undefined }[] = [
  { title: 'x zeromq', of: row => row.toZeromq },
  { title: 'x net', of: row => row.toNet },
  { title: 'x zmtp', of: row => row.toZmtp },
  { title: 'x null', of: row => row.toNull },
];

function tableOf(rows: readonly Summary[], former: Former | undefined): string {
  const names = figureNames().filter(name => rows.some(row => row.figures[name] !== undefined));
  const titles = names.map(name => figureKinds[name].title);
  const ratios = RATIOS.filter(({ of }) => rows.some(row => of(row) !== undefined));
  const head = [
    '',
    '',
    ...titles,
    'low-high',
    ...ratios.map(({ title }) => title),
    ...(former ? ['now/then', 'by reference'] : []),
    'target',
  ];
  const body = rows.map((row, i) => [
    rows[i - 1]?.row === row.row ? '' : row.row,
    row.contestant,
    ...names.map(name => write(row.figures[name], figureKinds[name].write)),
    `${figureKinds[row.figure].write(row.lowest)}-${figureKinds[row.figure].write(row.highest)}`,
    ...ratios.map(({ of }) => write(of(row), ratio)),
    ...(former ? compared(row, former.get(keyOf(row))) : []),
    row.verdicts.map(describeVerdict).join(', '),
  ]);
  return align([head, ...body]);
}

/**
 * How the main figure has changed, and how its ratio to a reference measured in the same run has: what the machine did
 * on that day is in the first and not in the second.
 */
function compared(now: Summary, then: Summary | undefined): readonly string[] {
  if (then === undefined || !isComparable(now.figure)) return ['', ''];
  const [nowRatio, thenRatio] =
    now.contestant === 'net' ? [] : [now.toNet ?? now.toZeromq, then.toNet ?? then.toZeromq];
  const main = (now.figures[now.figure] ?? NaN) / (then.figures[then.figure] ?? NaN);
  return [ratio(main), nowRatio !== undefined && thenRatio !== undefined ? ratio(nowRatio / thenRatio) : ''];
}

function describeVerdict({ against, atLeast, atMost, ok }: Verdict): string {
  const bound = atLeast === undefined ? `<= ${atMost ?? ''}` : `>= ${atLeast}`;
  return `${bound}${against === 'itself' ? '' : `x ${against}`} ${ok ? 'ok' : 'MISS'}`;
}

function write(value: number | undefined, how: (value: number) => string): string {
  return value === undefined ? '' : how(value);
}

function ratio(value: number): string {
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

/** Columns side by side; names to the left, figures to the right. */
function align(lines: readonly (readonly string[])[]): string {
  const columns = Math.max(...lines.map(line => line.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...lines.map(line => line[i]?.length ?? 0)));
  const cell = (text: string, i: number): string => {
    const width = widths[i] ?? 0;
    return i < 2 || i === columns - 1 ? text.padEnd(width) : text.padStart(width);
  };
  return lines.map(line => line.map(cell).join('  ').trimEnd()).join('\n');
}
