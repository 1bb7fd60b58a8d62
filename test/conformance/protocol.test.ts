/** The page for people who write an adaptor tells all there is, and its example runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ascii } from '../../conformance/src/raw/octets.ts';
import { TargetProcess, Unsupported } from '../../conformance/src/target/target-process.ts';
import { ADAPTORS, CAPABILITIES, join, start, trialOn } from './adaptors/bench.ts';

const python = process.env['ZMTP_PYTHON'] ?? '/usr/bin/python3';
const page = readFileSync('conformance/adaptors/protocol.md', 'utf8');
const types = readFileSync('conformance/src/target/protocol.ts', 'utf8');
const adaptors = ['libzmq.py', 'zmtp.mjs', 'zeromq.mjs'].map(name =>
  readFileSync(`conformance/adaptors/${name}`, 'utf8'),
);

const protocol = suite('protocol');

/** The names in the page that stand as code. */
const named = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name));

function namesOf(declaration: string): readonly string[] {
  const [, body = ''] = new RegExp(`interface ${declaration} \\{(.*?)\\n\\}`, 's').exec(types) ?? [];
  return [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = '']) => name);
}

protocol('names every option, and every part of a plan and of a message', () => {
  for (const declaration of ['TargetOptions', 'ZapPlan', 'TargetMessage']) {
    const names = namesOf(declaration);
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(named.has(name), `${declaration}.${name}`);
  }
});

protocol('names every capability that is no socket type', () => {
  for (const name of CAPABILITIES) {
    if (!name.startsWith('type:') || name === 'type:ROUTER') assert.ok(named.has(name), name);
  }
});

protocol('names every command that the adaptors know', () => {
  const commands = [...(adaptors[1] ?? '').matchAll(/case '([a-z0-9-]+)':/g)].map(([, name = '']) => name);
  assert.ok(commands.length > 14);
  for (const name of commands) assert.ok(named.has(name), name);
});

protocol('names no option that the adaptors do not know', () => {
  const [, table = ''] = /## Options(.*?)## Handlers/s.exec(page) ?? [];
  const names = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
  assert.ok(names.length > 20);
  for (const name of names) {
    assert.ok(namesOf('TargetOptions').includes(name), name);
    for (const adaptor of adaptors.slice(0, 2)) assert.ok(adaptor.includes(name), name);
  }
});

protocol('shows the smallest adaptor, which works', async () => {
  const [, program = ''] = /```python\n(.*?)```/s.exec(page) ?? [];
  const folder = mkdtempSync(joinPath(tmpdir(), 'smallest-'));
  const file = joinPath(folder, 'adaptor.py');
  writeFileSync(file, program);
  const [smallest, ours] = [
    await TargetProcess.start({ command: [python, file] }),
    await start(ADAPTORS[0]?.name ?? ''),
  ];
  const [it, other] = [trialOn(smallest), trialOn(ours)];
  try {
    const bench = { it, other };
    const [rep, req] = await join(bench, ['REP', 'bind'], ['REQ']);
    assert.is(await rep.send({ parts: [ascii('x')] }), 'state');
    assert.is(await req.send({ parts: [ascii('a'), ascii('')] }), 'sent');
    assert.equal((await rep.expectMessage()).parts, [ascii('a'), ascii('')]);
    assert.is(await rep.send({ parts: [ascii('b')] }), 'sent');
    assert.equal((await req.expectMessage()).parts, [ascii('b')]);
    const [dealer, router] = await join(bench, ['DEALER', 'connect'], ['ROUTER']);
    assert.is(await dealer.send({ parts: [ascii('c')] }), 'sent');
    assert.equal((await router.expectMessage()).parts[1], ascii('c'));
    const push = await it.open({}, { type: 'PUSH', role: 'bind' });
    assert.is(await push.send({ parts: [ascii('x')] }, 10), 'would-block');
    const cause = await push.pause().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.instance(cause, Unsupported);
  } finally {
    await Promise.all([it.close(), other.close()]);
    await Promise.all([smallest.stop(), ours.stop()]);
    rmSync(folder, { recursive: true });
  }
});

protocol.run();
