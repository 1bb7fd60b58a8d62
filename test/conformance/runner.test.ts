import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Case, Token } from '../../conformance/src/catalogue/case.ts';
import type { CaseResult } from '../../conformance/src/run/result.ts';
import { dial, RawListener } from '../../conformance/src/raw/raw-listener.ts';
import { Unreached } from '../../conformance/src/raw/raw-peer.ts';
import { WireLog } from '../../conformance/src/raw/wire-log.ts';
import { runCases } from '../../conformance/src/run/runner.ts';
import { BadAdaptor, TargetProcess } from '../../conformance/src/target/target-process.ts';
import type { TargetSocket } from '../../conformance/src/target/target-socket.ts';
import type { Trial } from '../../conformance/src/trial/trial.ts';

const runner = suite('runner');

const FAKE = fileURLToPath(new URL('fake-adaptor.mjs', import.meta.url));

function start(how: string): Promise<TargetProcess> {
  return TargetProcess.start({ command: [process.execPath, FAKE, how] });
}

/** A case of any requirement; what the catalogue says of it is of no matter. */
function made(
  id: string,
  run: (trial: Trial) => Promise<Readonly<Record<string, Token>>>,
  more: Partial<Case> = {},
): Case {
  return { id, roles: ['bind'], judge: { it: { rfc: ['closed'] } }, run, ...more };
}

const closes = async (trial: Trial): Promise<{ it: Token }> => {
  const peer = await trial.meet(await trial.open());
  return { it: await peer.outcome() };
};

async function run(how: string, cases: readonly Case[]): Promise<readonly CaseResult[]> {
  return runCases({ cases, start: () => start(how), expectations: {}, stepMs: 500 });
}

function tokens(result: CaseResult | undefined): readonly string[] {
  return (result?.runs ?? []).flatMap(({ steps }) => steps.map(({ token }) => token));
}

runner('gives what each case saw, in the order they were given', async () => {
  const results = await run('closes', [made('greeting/2', closes), made('greeting/1', closes)]);
  assert.equal(
    results.map(({ id, verdicts }) => [id, verdicts.rfc, verdicts.wire]),
    [
      ['greeting/2', 'PASS', 'PASS'],
      ['greeting/1', 'PASS', 'PASS'],
    ],
  );
  assert.ok(results[0]?.runs[0]?.wire.some(({ note }) => note === 'closed by the target'));
});

runner('skips what the target lacks: a type, a role, a capability, an option', async () => {
  const [type, role, need] = await run('closes', [
    made('greeting/1', closes, { types: ['DISH'] }),
    made('greeting/2', closes, { roles: ['connect'] }),
    made('greeting/3', closes, { needs: ['mech:CURVE'] }),
  ]);
  assert.equal(
    [type, role, need].map(result => [result?.verdicts.rfc, result?.runs[0]?.lacks]),
    [
      ['SKIP', 'type:DISH'],
      ['SKIP', 'role:connect'],
      ['SKIP', 'mech:CURVE'],
    ],
  );
  const [option] = await run('unsupported', [made('greeting/1', closes)]);
  assert.equal([option?.verdicts.rfc, option?.runs[0]?.lacks], ['SKIP', 'option handshakeMs']);
});

runner('a run that passes hides none that fails', async () => {
  let calls = 0;
  const [result] = await run('closes', [
    made('greeting/1', () => Promise.resolve({ it: (calls += 1) === 7 ? ('open' as const) : ('closed' as const) }), {
      race: true,
    }),
  ]);
  assert.is(result?.runs.length, 10);
  assert.is(result?.verdicts.rfc, 'UNSTABLE');
});

runner('is an error when the case throws, sees nothing, or takes for ever', async () => {
  const [thrown, blind, endless] = await runCases({
    cases: [
      made('greeting/1', () => Promise.reject(new Error('a slip of the tester'))),
      made('greeting/2', () => Promise.resolve({})),
      made('greeting/3', () => new Promise(() => undefined)),
    ],
    start: () => start('closes'),
    expectations: {},
    slow: 0.01,
  });
  assert.equal(
    [thrown, blind, endless].map(result => result?.verdicts.rfc),
    ['ERROR', 'ERROR', 'ERROR'],
  );
  assert.match(thrown?.runs[0]?.broke ?? '', /a slip of the tester/);
  assert.match(blind?.runs[0]?.broke ?? '', /saw nothing/);
  assert.match(endless?.runs[0]?.broke ?? '', /not over after 80 ms/);
});

runner('a step that never came about says why, and fails', async () => {
  const [result] = await run('closes', [
    made('greeting/1', async trial => {
      const peer = await trial.meet(await trial.open());
      await peer.expectOctets(10, 'signature');
      return { it: 'closed' };
    }),
  ]);
  assert.equal(tokens(result), ['unreached(closed in place of signature)']);
  assert.is(result?.verdicts.rfc, 'FAIL');
});

runner('nothing is left open of a case that goes on after its end', async () => {
  let late: { readonly trial: Trial; readonly socket: TargetSocket } | undefined;
  const listener = await RawListener.open(500, new WireLog());
  await run('closes', [
    made('greeting/1', async trial => {
      late = { trial, socket: await trial.open() };
      return { it: 'closed' };
    }),
  ]);
  assert.ok(late !== undefined);
  const { trial, socket } = late;
  const refusals = await Promise.allSettled([trial.open(), trial.listen(), trial.meet(socket)]);
  assert.equal(
    refusals.map(refusal => refusal.status === 'rejected' && refusal.reason instanceof Unreached),
    [true, true, true],
  );
  const call = dial(listener.endpoint, 500, new WireLog());
  const called = await listener.expectCall();
  assert.throws(await call.then(peer => () => trial.keep(peer)), /the run is over/);
  assert.is(await called.outcome(), 'closed');
  listener.close();
});

runner('who ends the target fails, and takes nobody along', async () => {
  const deadly = async (trial: Trial): Promise<{ it: Token }> => {
    await trial.open({ maxMessageSize: 666 });
    return { it: 'closed' };
  };
  const ids = [
    'greeting/1',
    'greeting/2',
    'greeting/3',
    'greeting/5',
    'greeting/6',
    'greeting/7',
    'greeting/8',
    'greeting/9',
  ];
  const results = await run(
    'dies-when-asked-for-it',
    ids.map(id => made(id, id === 'greeting/5' ? deadly : closes)),
  );
  assert.equal(
    results.map(({ verdicts }) => verdicts.rfc),
    ids.map(id => (id === 'greeting/5' ? 'FAIL' : 'PASS')),
  );
  assert.equal(tokens(results[3]), ['crash(SIGKILL)']);
});

runner('a target that dies of every call fails every case', async () => {
  const results = await run('dies-when-called', [made('greeting/1', closes), made('greeting/2', closes)]);
  assert.equal(results.flatMap(tokens), ['crash(SIGKILL)', 'crash(SIGKILL)']);
});

runner('an adaptor that does not say who it is, or cannot be started, is told of at once', async () => {
  const failure = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (cause: unknown) => cause,
    );
  assert.instance(await failure(start('babbles')), BadAdaptor);
  assert.instance(await failure(TargetProcess.start({ command: ['/no/such/program'] })), BadAdaptor);
});

runner('a case whose target refuses to open the socket was never reached', async () => {
  const [result] = await run('refuses', [made('greeting/1', closes)]);
  assert.equal(tokens(result), ['unreached(open is refused: invalid)']);
});

runner.run();
