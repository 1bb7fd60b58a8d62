/** Where and when the figures were measured: a figure without its conditions means nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';

/** The first line of every run. */
export interface Conditions {
  readonly kind: 'conditions';
  readonly date: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
  readonly zmtp: string;
  readonly zeromq: string;
  readonly libzmq: string;
  /** Of the last minute, before anything was measured; near 0 on a quiet machine. */
  readonly loadAverage: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly network: 'loopback';
}

export function readConditions(run: Pick<Conditions, 'rounds' | 'seconds' | 'warmUpSeconds'>): Conditions {
  const require = createRequire(import.meta.url);
  const zeromq = require('zeromq') as { readonly version: string };
  const processors = cpus();
  return {
    kind: 'conditions',
    date: new Date().toISOString(),
    cores: processors.length,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    zmtp: versionIn(new URL('../package.json', import.meta.url)),
    zeromq: versionIn(new URL('../node_modules/zeromq/package.json', import.meta.url)),
    libzmq: zeromq.version,
    loadAverage: Math.round((loadavg()[0] ?? NaN) * 100) / 100,
    ...run,
    network: 'loopback',
  };
}

function versionIn(file: URL): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}
