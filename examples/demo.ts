/**
 * `npm run demo`: every pattern, over tcp, between this process, where ZeroMQ is TypeScript, and another one, where it is
 * libzmq. Prints what came back, and then the octets with which two sockets get to know each other.
 *
 * Ends with code 1 and a clear text when anything did not come back as expected.
 */
import { type Peer, startPeer } from '../test/support/peers/peer.ts';
import { type Passage, tap } from '../test/support/peers/tap.ts';
import { Request } from '../src/index.ts';
import { Annotator, hex } from './annotate.ts';
import { SCENES } from './demo-scenes.ts';

/** Should something wait for ever, the demo does not. */
const DEADLINE_MS = 60_000;

/** The columns of the table; the last takes what it needs. */
const WIDTHS = [19, 22, 18, 60] as const;
/** Enough for eleven octets. */
const HEX_WIDTH = 32;

const overdue = setTimeout(() => {
  console.error(`\nThe demo did not end within ${DEADLINE_MS / 1000} seconds.`);
  process.exit(1);
}, DEADLINE_MS);

try {
  const libzmq = await startPeer('npm');
  try {
    process.exitCode = (await demonstrate(libzmq)) ? 0 : 1;
  } finally {
    await libzmq.kill();
  }
} catch (error) {
  console.error('\nThe demo FAILED:', error);
  process.exitCode = 1;
}
clearTimeout(overdue);

async function demonstrate(libzmq: Peer): Promise<boolean> {
  console.log(
    `Here ZeroMQ is TypeScript; in process ${libzmq.pid} it is ${libzmq.name}. Between them: tcp on 127.0.0.1.\n`,
  );
  const failures = await playScenes(libzmq);
  await showHandshake(libzmq);
  console.log(
    failures === 0 ? '\nEverything came back as expected.' : `\n${failures} of ${SCENES.length} FAILED: see the table.`,
  );
  return failures === 0;
}

async function playScenes(libzmq: Peer): Promise<number> {
  printRow('pattern', 'ours (TypeScript)', libzmq.name, 'what came back');
  printRow(...WIDTHS.map(width => '─'.repeat(width - 2)));
  let failures = 0;
  for (const { pattern, ours, libzmq: theirs, play } of SCENES) {
    const result = await play(libzmq).catch((error: unknown) => {
      failures += 1;
      return `FAILED: ${error instanceof Error ? error.message : String(error)}`;
    });
    printRow(pattern, ours, theirs, result);
  }
  return failures;
}

function printRow(...cells: readonly string[]): void {
  console.log(
    cells
      .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
      .join('')
      .trimEnd(),
  );
}

/** One question and one answer through a relay that writes down what passes. */
async function showHandshake(libzmq: Peer): Promise<void> {
  const theirs = await libzmq.open('REP');
  const wire = await tap(await theirs.bind());
  const ours = new Request({ routingId: 'me' });
  ours.connect(wire.endpoint);
  await ours.send('hello');
  await theirs.echo(1);
  await ours.receive({ timeout: 5000 });
  await Promise.all([ours.close(), theirs.close()]);
  await wire.close();
  printPassages(wire.passages, libzmq.name);
}

function printPassages(passages: readonly Passage[], libzmq: string): void {
  console.log(`
How our Request and libzmq's REP got to know each other, and said "hello". The octets are in hexadecimal, and counted from
the start of each direction. The empty part before "hello" is the envelope that a REQ puts its message into.`);
  const annotators = { connecting: new Annotator(), bound: new Annotator() };
  const titles = { connecting: `ours ──▶ ${libzmq}`, bound: `${libzmq} ──▶ ours` };
  let from: Passage['from'] | undefined;
  for (const passage of passages) {
    const fields = annotators[passage.from].feed(passage.octets);
    if (fields.length === 0) continue;
    if (passage.from !== from) console.log(`\n${titles[passage.from]}`);
    from = passage.from;
    for (const { offset, octets, meaning } of fields) {
      console.log(`${String(offset).padStart(5)}  ${hex(octets).padEnd(HEX_WIDTH)}  ${meaning}`);
    }
  }
}
