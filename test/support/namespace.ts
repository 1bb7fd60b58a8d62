/**
 * A network of its own for a test: `unshare -n` as root, `unshare -Urn` for everybody else. Nothing in it reaches the
 * machine's network, and it is gone with the last process in it.
 *
 *      lo   127.0.0.1, ::1        va 10.99.1.1 ══ vb 10.99.1.2        vc 10.99.2.1 ══ vd 10.99.2.2
 *
 * Both ends of each wire are here, so a datagram that leaves by one comes back by the other, or by the loop.
 */
import { spawn } from 'node:child_process';

const SETUP = [
  'ip link set lo up',
  'ip link add va type veth peer name vb',
  'ip link add vc type veth peer name vd',
  'ip addr add 10.99.1.1/24 dev va',
  'ip addr add 10.99.1.2/24 dev vb',
  'ip addr add 10.99.2.1/24 dev vc',
  'ip addr add 10.99.2.2/24 dev vd',
  'ip addr add fd99:1::1/64 dev va nodad',
  'ip addr add fd99:2::1/64 dev vc nodad',
  'for each in va vb vc vd; do ip link set $each up; done',
  'ip route add 224.0.0.0/4 dev va', // what a group without an interface goes to
];

/** What a program has said, and how it ended. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * Runs a TypeScript file in a network of its own.
 * @throws when there can be none: that is a failure, never a reason to skip
 */
export async function runInNamespace(file: URL): Promise<Outcome> {
  const how = process.getuid?.() === 0 ? '-n' : '-Urn';
  const made = await run('unshare', [how, 'sh', '-ec', SETUP.join('\n')]);
  if (made.exitCode !== 0) {
    const needs = 'unshare (util-linux) and ip (iproute2), and the right to make network namespaces (root has it)';
    throw new Error(`no network namespace for this test. It needs ${needs}.\n${made.output}`);
  }
  const node = [process.execPath, '--import', 'tsx', file.pathname].map(word => `'${word}'`).join(' ');
  return run('unshare', [how, 'sh', '-ec', [...SETUP, `exec ${node}`].join('\n')]);
}

function run(command: string, words: readonly string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }, // where ip may be
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
    child.on('error', error => resolve({ exitCode: null, output: String(error) }));
    child.on('close', exitCode => resolve({ exitCode, output }));
  });
}
