// @deadline 180
/**
 * What every adaptor of the conformance tester keeps to, tried on all of ours, each talking to an adaptor of another make.
 * What one of them lacks stands in the table, and must be told as lacking.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Crashed, TargetProcess, Unsupported, type Target } from '../../conformance/src/target/target-process.ts';
import { addressingContracts } from './adaptors/addressing.ts';
import { ADAPTORS, CAPABILITIES, start, trialOn, type Adaptor, type Contract } from './adaptors/bench.ts';
import { lifeContracts } from './adaptors/life.ts';
import { refusalContracts } from './adaptors/refusals.ts';
import { securityContracts } from './adaptors/security.ts';
import { talkContracts } from './adaptors/talk.ts';

const CONTRACTS: readonly Contract[] = [
  ...talkContracts,
  ...addressingContracts,
  ...refusalContracts,
  ...lifeContracts,
  ...securityContracts,
];

const targets = new Map<string, Target>();
await Promise.all(ADAPTORS.map(async ({ name }) => targets.set(name, await start(name))));

function target(name: string): Target {
  const found = targets.get(name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
}

/** Tries a contract on two fresh trials. */
async function keep(adaptor: Adaptor, contract: Contract): Promise<void> {
  const it = trialOn(target(adaptor.name));
  const other = trialOn(target(partnerOf(adaptor, contract)));
  try {
    await contract.run({ adaptor, it, other });
  } finally {
    await Promise.all([it.close(), other.close()]);
  }
}

/** Of another make, and able to do the same. */
function partnerOf({ name }: Adaptor, { needs }: Contract): string {
  if (!needs.includes('transport:ws')) return name === 'zmtp-source' ? 'libzmq-npm' : 'zmtp-source';
  return name === 'libzmq-npm' ? 'zeromq' : 'libzmq-npm';
}

/** The command of an adaptor, to be run in any way. */
function command(name: string): readonly string[] {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- our own file
  const { command: words }: { command: string[] } = JSON.parse(
    readFileSync(`conformance/targets/${name}.json`, 'utf8'),
  );
  return words.map(word => word.replaceAll('{home}', 'conformance'));
}

const adaptors = suite('adaptors');

for (const adaptor of ADAPTORS) {
  const { name, lacks, library } = adaptor;
  adaptors(`${name} says who it is, and what it can do`, () => {
    const { hello } = target(name);
    assert.match(hello.version, /^\d+\.\d+\.\d+$/);
    if (library === undefined) assert.is(hello.library, undefined);
    else assert.match(hello.library ?? '', library);
    assert.equal([...hello.capabilities].sort(), CAPABILITIES.filter(capability => !lacks.includes(capability)).sort());
  });

  for (const contract of CONTRACTS) {
    const lacking = contract.needs.filter(need => lacks.includes(need));
    if (lacking.length === 0) adaptors(`${name}: ${contract.name}`, () => keep(adaptor, contract));
    else {
      adaptors(`${name} says that it cannot: ${contract.name}`, async () => {
        let cause: unknown;
        await keep(adaptor, contract).catch((thrown: unknown) => (cause = thrown));
        assert.instance(cause, Unsupported);
      });
    }
  }

  adaptors(`${name} ends with its input, whatever is open`, async () => {
    const [program = '', ...args] = command(name);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const endpoint = 'tcp://127.0.0.1:*';
    const options = { lingerMs: 60_000 };
    for (const [ref, type] of ['PULL', 'PUSH', 'DISH'].entries()) {
      child.stdin.write(
        `${JSON.stringify({ ref, do: 'open', sid: type, type, role: 'bind', endpoint, context: '', options })}\n`,
      );
    }
    let answers = '';
    for await (const chunk of child.stdout) {
      answers += String(chunk);
      if (answers.split('\n').length > 3) child.stdin.end();
    }
    if (child.exitCode === null) await once(child, 'exit');
    assert.is(child.exitCode, 0);
  });

  adaptors(`${name} ends when it is told to`, async () => {
    const [program = '', ...args] = command(name);
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.write(`${JSON.stringify({ ref: 0, do: 'exit' })}\n`);
    await once(child, 'exit');
    child.stdin.destroy();
    assert.is(child.exitCode, 0);
  });

  adaptors(`${name} dies for all to see`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'adaptors-'));
    try {
      const file = join(folder, 'pid');
      const doomed = await TargetProcess.start({
        command: ['sh', '-c', 'echo $$ > "$0"; exec "$@"', file, ...command(name)],
      });
      const socket = await trialOn(doomed).open({}, { type: 'PULL', role: 'bind' });
      process.kill(Number(readFileSync(file, 'utf8')), 'SIGABRT');
      const cause = await socket.pause().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.instance(cause, Crashed);
      assert.match(String(cause), 'SIGABRT');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

adaptors.after(async () => {
  await Promise.all([...targets.values()].map(it => it.stop()));
});
adaptors.run();
