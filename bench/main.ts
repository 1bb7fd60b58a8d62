/** Runs the benches. `bench/README.md` tells what the figures mean. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArguments, USAGE, type Arguments } from './arguments.ts';
import { Bench } from './bench.ts';
import { compileChildren } from './compile.ts';
import { readConditions } from './conditions.ts';
import { describeConditions, describeLines, describeSummaries, readFormer } from './report.ts';
import { box, layers, matching } from './scenarios/alone.ts';
import { curve } from './scenarios/curve.ts';
import { fanOut, radio } from './scenarios/fan-out.ts';
import { handshakes } from './scenarios/handshakes.ts';
import { hostile } from './scenarios/hostile.ts';
import { inproc } from './scenarios/inproc.ts';
import { ipc } from './scenarios/ipc.ts';
import { latency } from './scenarios/latency.ts';
import { memory } from './scenarios/memory.ts';
import { peers } from './scenarios/peers.ts';
import { proxy } from './scenarios/proxy.ts';
import { client, scatter, throughput } from './scenarios/throughput.ts';

const WARM_UP_SECONDS = 0.4;

const scenarios: readonly ((bench: Bench) => Promise<void>)[] = [
  throughput,
  ipc,
  latency,
  fanOut,
  scatter,
  client,
  radio,
  inproc,
  peers,
  proxy,
  curve,
  handshakes,
  hostile,
  layers,
  box,
  matching,
  memory,
];

try {
  await main(parseArguments(process.argv.slice(2)));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
}

async function main({ filters, rounds, seconds, json, compare }: Arguments): Promise<void> {
  const former = compare === undefined ? undefined : readFormer(compare);
  const run = { rounds, seconds, warmUpSeconds: WARM_UP_SECONDS };
  const conditions = readConditions(run);
  const emit = emitterTo(json);
  const tell = json === '-' ? console.error : console.log; // standard output is for JSON alone, or for tables alone

  const compiled = compileChildren();
  process.once('exit', compiled.remove);
  process.once('SIGINT', () => process.exit(130));
  const bench = new Bench({ ...run, filters, entry: compiled.entry, emit, progress: showProgress });

  emit(conditions);
  tell(`${describeConditions(conditions)}\n`);
  for (const scenario of scenarios) await scenario(bench);
  showProgress('');
  tell(describeSummaries(bench.summaries, former));
  if (bench.lines.length > 0) tell(`\n${describeLines(bench.lines)}`);
  if (bench.summaries.length + bench.lines.length + bench.failures === 0) {
    tell(`nothing is called ${filters.join(' or ')}`);
    process.exitCode = 1;
  }
  if (bench.failures > 0) {
    tell(`\n${bench.failures} measurements failed`);
    process.exitCode = 1;
  }
}

function emitterTo(json: string | undefined): (line: object) => void {
  if (json === undefined) return () => {};
  if (json === '-') return line => console.log(JSON.stringify(line));
  writeFileSync(json, '');
  return line => appendFileSync(json, `${JSON.stringify(line)}\n`);
}

/** One line that is written over, where there is somebody to see it. */
function showProgress(text: string): void {
  if (text.includes('failed')) console.error(text);
  else if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
