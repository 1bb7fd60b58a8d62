/** One measured process: started, heard, ended by its id. */
import { fork, type ChildProcess } from 'node:child_process';
import type { ContestantName } from './contestants/contestant.ts';
import { isReport, type Order, type Report, type ReportOf, type RoleName, type Settings } from './orders.ts';

const DEADLINE_MS = 30_000; // no single answer takes longer

/** How a child is started. */
export interface ChildMake {
  readonly entry: string;
  readonly role: RoleName;
  readonly contestant: ContestantName;
  readonly settings: Partial<Settings>;
  /** What node itself is told. */
  readonly nodeOptions?: readonly string[];
}

interface Listener {
  readonly kind: Report['kind'];
  readonly resolve: (report: Report) => void;
  readonly reject: (error: Error) => void;
}

/** A process in a role. */
export class Child {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #unheard: Report[] = [];
  #listeners: Listener[] = [];
  #failure: Error | undefined;

  constructor({ entry, role, contestant, settings, nodeOptions = [] }: ChildMake) {
    this.#name = `${contestant} as ${role}`;
    const { NODE_OPTIONS: _options, ...env } = process.env; // nothing that was meant for the parent
    this.#process = fork(entry, [role, contestant, JSON.stringify(settings)], {
      execArgv: [...nodeOptions],
      env,
      stdio: ['ignore', 2, 2, 'ipc'], // standard output is for figures
    });
    this.#process.on('message', report => {
      if (isReport(report)) this.#take(report);
    });
    this.#process.on('error', error => this.#fail(error));
    this.#process.on('exit', (code, signal) => this.#fail(new Error(`${this.#name} ended: ${signal ?? code ?? ''}`)));
  }

  tell(order: Order): void {
    this.#process.send(order);
  }

  /** The next report of that kind. */
  async hear<K extends Report['kind']>(kind: K, deadlineMs: number = DEADLINE_MS): Promise<ReportOf<K>> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const report = await new Promise<Report>((resolve, reject) => {
        const index = this.#unheard.findIndex(unheard => unheard.kind === kind);
        const [unheard] = index === -1 ? [] : this.#unheard.splice(index, 1);
        if (unheard !== undefined) resolve(unheard);
        else if (this.#failure !== undefined) reject(this.#failure);
        else this.#listeners.push({ kind, resolve, reject });
        timer = setTimeout(() => reject(new Error(`${this.#name}: no ${kind} in ${deadlineMs} ms`)), deadlineMs);
      });
      return report as ReportOf<K>; // the kind was asked for
    } finally {
      clearTimeout(timer);
    }
  }

  /** All reports of that kind which nobody has waited for. */
  heard<K extends Report['kind']>(kind: K): readonly ReportOf<K>[] {
    return this.#unheard.filter((report): report is ReportOf<K> => report.kind === kind);
  }

  /** Holds the process where it is; only {@link end} follows. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  /** Resolves when the process is gone. Nothing of it is worth keeping: it is not asked. */
  end(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    if (exitCode !== null || signalCode !== null || pid === undefined) return Promise.resolve();
    const gone = new Promise<void>(resolve => this.#process.once('exit', () => resolve()));
    this.#process.kill('SIGKILL');
    return gone;
  }

  #take(report: Report): void {
    const index = this.#listeners.findIndex(listener => listener.kind === report.kind);
    if (index === -1) this.#unheard.push(report);
    else this.#listeners.splice(index, 1)[0]?.resolve(report);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const listener of this.#listeners) listener.reject(error);
    this.#listeners = [];
  }
}
