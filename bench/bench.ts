/**
 * Rows and rounds. A row is one case measured with several contestants, taken in turn (A B C, A B C, …), so that what
 * else the machine does falls on all of them alike. Ratios are taken within a round; reported is the median round.
 */
import { Child, type ChildMake } from './child.ts';
import type { ContestantName } from './contestants/contestant.ts';
import { figureNames, isComparable, median, type FigureName, type Figures } from './figures.ts';

/** What others are measured against; `zmtp`, which is ours over tcp, where a target says so. */
export type Reference = 'zeromq' | 'net' | 'zmtp' | 'zmtp-null';

/** A promise about one contestant's main figure: as a ratio to a reference, or as it is. */
export interface Target {
  readonly contestant: ContestantName;
  readonly against: Reference | 'itself';
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One case. */
export interface Row {
  /** `scenario/case`. */
  readonly name: string;
  readonly contestants: readonly ContestantName[];
  /** The main figure: the one that ratios and targets are about. */
  readonly figure: FigureName;
  readonly targets: readonly Target[];
  readonly measure: (contestant: ContestantName) => Promise<Figures>;
}

/** A target and how it was met. */
export interface Verdict extends Target {
  readonly value: number;
  readonly ok: boolean;
}

/** What a row says about one contestant. */
export interface Summary {
  readonly kind: 'summary';
  readonly row: string;
  readonly contestant: ContestantName;
  readonly figure: FigureName;
  readonly rounds: number;
  /** The median of each figure. */
  readonly figures: Figures;
  /** The lowest and the highest main figure: how far the rounds agree. */
  readonly lowest: number;
  readonly highest: number;
  readonly toZeromq?: number;
  readonly toNet?: number;
  readonly toZmtp?: number;
  readonly toNull?: number;
  readonly verdicts: readonly Verdict[];
}

/** How to run, and where to. */
export interface BenchOptions {
  readonly entry: string;
  readonly filters: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Takes each JSON line. */
  readonly emit: (line: object) => void;
  /** Takes a word on how far the run has come. */
  readonly progress: (text: string) => void;
}

type Rounds = ReadonlyMap<ContestantName, readonly (Figures | undefined)[]>;

/** One run. */
export class Bench {
  readonly summaries: Summary[] = [];
  /** Lines of benches that have no rows of ours. */
  readonly lines: object[] = [];
  failures = 0;
  readonly #options: BenchOptions;

  constructor(options: BenchOptions) {
    this.#options = options;
  }

  /** How long a window is. */
  get timing(): { readonly seconds: number; readonly warmUpSeconds: number } {
    const { seconds, warmUpSeconds } = this.#options;
    return { seconds, warmUpSeconds };
  }

  /** Whether that row, or all rows of that scenario, were asked for. */
  wants(name: string): boolean {
    const { filters } = this.#options;
    return filters.length === 0 || filters.some(filter => name === filter || name.startsWith(`${filter}/`));
  }

  /** Measures a row, if it is wanted. A contestant that fails is reported, and the others go on. */
  async compare(row: Row): Promise<void> {
    if (!this.wants(row.name)) return;
    const rounds = new Map(row.contestants.map(contestant => [contestant, [] as (Figures | undefined)[]]));
    for (let round = 1; round <= this.#options.rounds; round += 1) {
      for (const [contestant, results] of rounds) {
        this.#options.progress(`${row.name} ${contestant} ${round}/${this.#options.rounds}`);
        results.push(await this.#measure(row, contestant, round));
      }
    }
    for (const contestant of row.contestants) {
      const summary = summarize(row, contestant, rounds);
      if (summary === undefined) continue;
      this.summaries.push(summary);
      this.#options.emit(summary);
    }
  }

  /** Emits a line that another bench has made. */
  passOn(line: object): void {
    this.lines.push(line);
    this.#options.emit(line);
  }

  progress(text: string): void {
    this.#options.progress(text);
  }

  /** Lends processes; whatever happens, they are gone afterwards. */
  async withChildren<T>(use: (start: (make: Omit<ChildMake, 'entry'>) => Child) => Promise<T>): Promise<T> {
    const children: Child[] = [];
    try {
      return await use(make => {
        const child = new Child({ ...make, entry: this.#options.entry });
        children.push(child);
        return child;
      });
    } finally {
      await Promise.all(children.map(child => child.end()));
    }
  }

  async #measure(row: Row, contestant: ContestantName, round: number): Promise<Figures | undefined> {
    try {
      const figures = await row.measure(contestant);
      this.#options.emit({ kind: 'round', row: row.name, contestant, round, figures });
      return figures;
    } catch (error) {
      this.failures += 1;
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.emit({ kind: 'failure', row: row.name, contestant, round, reason });
      this.#options.progress(`${row.name} ${contestant} failed: ${reason}`);
      return undefined;
    }
  }
}

function summarize(row: Row, contestant: ContestantName, rounds: Rounds): Summary | undefined {
  const all = rounds.get(contestant) ?? [];
  const good = all.filter(figures => figures !== undefined);
  if (good.length === 0) return undefined;
  const names = figureNames().filter(name => good[0]?.[name] !== undefined);
  const figures: Figures = Object.fromEntries(
    names.map(name => [name, median(good.map(round => round[name] ?? NaN))] as const),
  );
  const main = good.map(round => round[row.figure] ?? NaN);
  const toZeromq = medianRatio(row.figure, all, rounds.get('zeromq'));
  const toNet = medianRatio(row.figure, all, rounds.get('net'));
  const targets = row.targets.filter(target => target.contestant === contestant);
  const isAgainstZmtp = targets.some(({ against }) => against === 'zmtp');
  const toZmtp = isAgainstZmtp ? medianRatio(row.figure, all, rounds.get('zmtp')) : undefined;
  const toNull = medianRatio(row.figure, all, rounds.get('zmtp-null'));
  const values = { itself: figures[row.figure], zeromq: toZeromq, net: toNet, zmtp: toZmtp, 'zmtp-null': toNull };
  return {
    kind: 'summary',
    row: row.name,
    contestant,
    figure: row.figure,
    rounds: good.length,
    figures,
    lowest: Math.min(...main),
    highest: Math.max(...main),
    ...(toZeromq === undefined ? {} : { toZeromq }),
    ...(toNet === undefined ? {} : { toNet }),
    ...(toZmtp === undefined ? {} : { toZmtp }),
    ...(toNull === undefined ? {} : { toNull }),
    verdicts: targets.map(target => judge(target, values[target.against] ?? NaN)),
  };
}

function judge(target: Target, value: number): Verdict {
  return { ...target, value, ok: value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity) };
}

function medianRatio(
  figure: FigureName,
  ours: readonly (Figures | undefined)[],
  theirs: readonly (Figures | undefined)[] | undefined,
): number | undefined {
  if (theirs === undefined || !isComparable(figure)) return undefined;
  const ratios = ours.map((figures, round) => (figures?.[figure] ?? NaN) / (theirs[round]?.[figure] ?? NaN));
  const ratio = median(ratios.filter(value => Number.isFinite(value)));
  return Number.isNaN(ratio) ? undefined : ratio;
}
