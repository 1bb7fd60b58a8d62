// @deadline 240
/** Both commands as people type them: what they say, where, and how they exit. settings.test.ts has every wrong option. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CASES } from '../../conformance/src/cases/index.ts';
import type { Verdict } from '../../conformance/src/judge/verdict.ts';
import type { Results } from '../../conformance/src/run/result.ts';
import { VERSION } from '../../conformance/src/run/test-target.ts';
import { Pull, Router } from '../../src/index.ts';
import { startPeer } from '../support/peers/peer.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HUNG_MS = 100_000;
/** Commands under way at a time. */
const LANES = 3;

interface Finished {
  /** `hung` when it had to be ended. */
  readonly code: number | 'hung' | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

function finished(program: 'cli.ts' | 'interop/cli.ts', args: readonly string[]): Promise<Finished> {
  return new Promise(done => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', `conformance/src/${program}`, ...args], { cwd: ROOT });
    let [stdout, stderr, hung] = ['', '', false];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const timer = setTimeout(() => (hung = child.kill('SIGKILL')), HUNG_MS);
    child.on('close', code => {
      clearTimeout(timer);
      done({ code: hung ? 'hung' : (code ?? undefined), stdout, stderr, ms: performance.now() - began });
    });
  });
}

const lanes = Array.from({ length: LANES }, (): Promise<unknown> => Promise.resolve());
let begun = 0;

/** All are begun as this file is read, a few at a time; the tests wait for theirs. */
function begin(program: 'cli.ts' | 'interop/cli.ts', args: readonly string[]): Promise<Finished> {
  const lane = begun % LANES;
  begun += 1;
  const run = Promise.resolve(lanes[lane]).then(() => finished(program, args));
  lanes[lane] = run;
  return run;
}

const tester = (...args: readonly string[]): Promise<Finished> => begin('cli.ts', args);
const matrix = (...args: readonly string[]): Promise<Finished> => begin('interop/cli.ts', args);

const folder = mkdtempSync(join(tmpdir(), 'zmtp-cli-'));
const at = (name: string): string => join(folder, name);
const fake = (how: string): string => `node ${fileURLToPath(new URL('fake-adaptor.mjs', import.meta.url))} ${how}`;
const results = (name: string): Results => JSON.parse(readFileSync(at(name), 'utf8')) as Results;

function verdicts(name: string, wanted: Verdict): readonly string[] {
  return results(name)
    .cases.filter(({ verdicts: { rfc, wire } }) => rfc === wanted || wire === wanted)
    .map(({ id }) => id);
}

// Whoever is called answers nothing, ever.
const mute: Server = createServer(socket => void socket.on('error', () => undefined).resume());
await new Promise<void>(done => void mute.listen(0, '127.0.0.1', done));
const libzmq = await startPeer('python');
const libzmqRouter = await libzmq.open('ROUTER', { monitored: false });
const router = new Router({ linger: 0 });
const pull = new Pull({ linger: 0 });
await Promise.all([router.bind('tcp://127.0.0.1:*'), pull.bind('tcp://127.0.0.1:*')]);

writeFileSync(at('fixed.json'), '{ "greeting/1": { "tokens": { "signature": "mute" }, "why": "It was so." } }');
const SIGNATURE_ALONE = '{ "greeting/2": { "tokens": { "unprompted": "differs(10 octets)" }, "why": "By strategy." } }';
writeFileSync(at('known.json'), SIGNATURE_ALONE);

const ofReports = ['json', 'junit', 'html', 'markdown'].flatMap(kind => [`--${kind}`, at(`all.${kind}`)]);
const greets = ['--target', fake('greets'), '--timeout', '300'] as const;
const one = tester('greeting/1', 'greeting/2', 'greeting/11', 'meta/4', ...greets, ...ofReports);
const other = tester('greeting/1', '--role', 'bind', '--quiet', ...greets, '--json', at('bind.json'));
const merged = Promise.all([one, other]).then(() =>
  finished('cli.ts', [
    ...['--from', at('all.json'), '--from', at('bind.json'), '--html', at('both.html')],
    ...['--markdown', at('both.md')],
  ]),
);
const addressed = [...['--expected', at('known.json')], '--strict'] as const;

const runs = {
  help: tester('--help'),
  version: tester('--version'),
  list: tester('--list', 'greeting', 'frame/1'),
  wrong: tester('greeting', '--role', 'both', '--target', 'zmtp'),
  unknown: tester('--target', 'libzmk'),
  mergedWrongly: merged.then(() =>
    finished('cli.ts', ['--from', at('all.json'), '--from', at('bind.json'), '--json', at('x')]),
  ),
  fromNothing: tester('--from', at('fixed.json'), '--html', at('x')),
  notStarted: tester('--target', '/no/such/program'),
  dies: tester('--target', fake('dies-at-once')),
  babbles: tester('--target', fake('babbles')),
  nonsense: tester('greeting/1', 'greeting/3', '--target', fake('talks-nonsense'), '--timeout', '300'),
  deaf: finished('cli.ts', ['--target', fake('is-deaf')]), // takes long, and no processor
  warned: tester('greeting/1', 'meta/4', ...greets),
  warnedStrictly: tester('greeting/1', 'meta/4', ...greets, '--strict'),
  fixed: tester('greeting/1', ...greets, '--expected', at('fixed.json')),
  fixedStrictly: tester('greeting/1', ...greets, '--expected', at('fixed.json'), '--strict'),
  byText: tester('greeting/2', ...greets, '--profile', 'rfc'),
  byWire: tester('greeting/2', ...greets, '--profile', 'wire'),
  nobody: tester('--target', 'tcp://127.0.0.1:1'),
  mute: tester('greeting', 'null', ...['--target', addressOf(mute), '--timeout', '100', '--slow', '2']),
  libzmqRouter: libzmqRouter
    .bind('tcp://127.0.0.1:*')
    .then(where => tester('--target', where, '--json', at('libzmq.json'), '--quiet')),
  router: tester('--target', router.lastEndpoint ?? '', '--json', at('router.json'), ...addressed),
  pull: tester('--target', pull.lastEndpoint ?? '', '--type', 'PULL', '--json', at('pull.json'), ...addressed),
  matrixHelp: matrix('--help'),
  matrixWrong: matrix('PAIR', '--left', 'zmtp'),
  matrixUnknown: matrix('PAIR', '--left', 'zmtp-source', '--right', 'libzmk'),
  crossed: matrix(
    ...['PAIR', '--left', 'zmtp-source', '--right', 'zmtp-source'],
    ...['--timeout', '5000', '--json', at('cells.json')],
  ),
  lacking: matrix('PAIR', '--left', 'zmtp-source', '--right', fake('closes')),
  matrixDies: matrix('PAIR', '--left', 'zmtp-source', '--right', fake('dies-at-once')),
};

function addressOf(server: Server): string {
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const cli = suite('zmtp-conformance');

cli.after(async () => {
  await Promise.all([...Object.values(runs), one, other, merged]);
  await Promise.all([router.close(), pull.close(), libzmq.kill()]);
  mute.close();
  rmSync(folder, { recursive: true, force: true });
});

cli('--help tells all on stdout, --version what the package is called', async () => {
  const { code, stdout, stderr } = await runs.help;
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^zmtp-conformance \[id or group/);
  const published = JSON.parse(readFileSync(join(ROOT, 'conformance/package.json'), 'utf8')) as { version: string };
  assert.is((await runs.version).stdout, `${published.version}\n`);
  assert.is(VERSION, published.version);
});

cli('--list tells the cases that are chosen, with level, clause and text', async () => {
  const { code, stdout } = await runs.list;
  assert.is(code, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.is(lines.length, CASES.filter(({ id }) => id.startsWith('greeting/') || id === 'frame/1').length);
  assert.match(lines[0] ?? '', /^greeting\/1 +MUST +37-GG: The stream opens with FF/);
  assert.match(lines.at(-1) ?? '', /^frame\/1 /);
});

cli('asked for wrongly, tells why on stderr, and the usage behind it: exit 2', async () => {
  for (const [run, told] of [
    [runs.wrong, /^--role is bind or connect, not both\n\nzmtp-conformance \[/],
    [runs.unknown, /^no target is called 'libzmk', but .*\n\nzmtp-conformance \[/],
    [runs.mergedWrongly, /^--json is of one target/],
    [runs.fromNothing, /fixed\.json is not what --json writes/],
  ] as const) {
    const { code, stdout, stderr } = await run;
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, told);
  }
});

cli('a target that cannot be tried is told of in a line or two, with its last words: exit 1', async () => {
  for (const [run, told] of [
    [runs.notStarted, /^cannot be started: spawn \/no\/such\/program ENOENT\n$/],
    [runs.dies, /^the target's process ended: exit 3\nout of luck\n+$/],
    [runs.babbles, /^hello is answered with .*"name":1/],
    [runs.deaf, /^no answer to \{"do":"hello"\} in 15000 ms\n$/],
    [runs.nobody, /^no connection to tcp:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/],
  ] as const) {
    const { code, stdout, stderr } = await run;
    assert.equal([code, stdout], [1, '']);
    assert.match(stderr, told);
  }
});

cli('an adaptor that tells what nobody can read is an error of every case, and ends nobody else', async () => {
  const { code, stdout, stderr } = await runs.nonsense;
  assert.equal([code, stderr], [1, '']);
  assert.match(stdout, /\n {8}(at the end: )?a message without parts: \{"sid":[^\n]*\n {6,8}\S/);
  assert.match(stdout, /\nrfc: 2 ERROR\nwire: 2 ERROR\n/);
});

cli('tells case by case, by both profiles, and exits 1 when one failed', async () => {
  const { code, stdout } = await one;
  assert.is(code, 1);
  assert.match(stdout, /^greeting\/ - .*\n {2}✓ ✓ greeting\/1 The stream opens/);
  assert.match(stdout, /\n {2}✗ ✓ greeting\/2 .* \[FAIL\]\n/);
  assert.match(stdout, /unprompted: expected as-required or differs\(10 octets\), observed differs\(10 octets\)/);
  assert.match(stdout, /again: zmtp-conformance greeting\/2 --target 'node .*greets' --timeout 300\n/);
  assert.match(stdout, /\nmeta\/ - .*\n {2}! ! meta\/4 /);
  assert.match(stdout, /\nrfc: 1 PASS, 2 FAIL, 1 WARN\nwire: 2 PASS, 1 FAIL, 1 WARN\n4 cases in \d+\.\d s\n$/);
});

cli('writes each report it is asked for', async () => {
  await one;
  assert.equal(
    results('all.json').cases.map(({ id, verdicts: { rfc, wire } }) => [id, rfc, wire]),
    [
      ['greeting/1', 'PASS', 'PASS'],
      ['greeting/2', 'FAIL', 'PASS'],
      ['greeting/11', 'FAIL', 'FAIL'],
      ['meta/4', 'WARN', 'WARN'],
    ],
  );
  assert.match(
    readFileSync(at('all.junit'), 'utf8'),
    /<testsuite name="greeting - [^>]* tests="6" failures="3" errors="0"/,
  );
  assert.match(readFileSync(at('all.html'), 'utf8'), /^<!doctype html>[^]*fake 1\.0[^]*greeting\/11/);
  assert.match(readFileSync(at('all.markdown'), 'utf8'), /fake 1\.0/);
});

cli('--role and --quiet: one role alone, and no tree', async () => {
  const { code, stdout } = await other;
  assert.is(code, 0);
  assert.match(stdout, /^rfc: 1 PASS\nwire: 1 PASS\n1 cases in /);
  assert.equal(
    results('bind.json').cases.map(({ runs: all }) => all.map(({ role }) => role)),
    [['bind']],
  );
  assert.equal(
    results('all.json').cases[0]?.runs.map(({ role }) => role),
    ['bind', 'connect'],
  );
});

cli('--from runs nothing, and shows several targets beside each other', async () => {
  const { code, stdout, stderr } = await merged;
  assert.equal([code, stdout, stderr], [0, '', '']);
  assert.is(readFileSync(at('both.html'), 'utf8').split('<th>fake 1.0').length - 1 >= 2, true);
  assert.match(readFileSync(at('both.md'), 'utf8'), /fake 1\.0[^]*fake 1\.0/);
});

cli('--profile: judged by one alone, and told so', async () => {
  const [byText, byWire] = [await runs.byText, await runs.byWire];
  assert.is(byText.code, 1);
  assert.match(byText.stdout, /\n {2}✗ greeting\/2 [^]*\nrfc: 1 FAIL\n1 cases/);
  assert.is(byWire.code, 0);
  assert.match(byWire.stdout, /\n {2}✓ greeting\/2 [^]*\nwire: 1 PASS\n1 cases/);
});

cli('--strict: a missed SHOULD fails, and so does an expectation that is fulfilled', async () => {
  for (const [run, code, verdict] of [
    [runs.warned, 0, 'WARN'],
    [runs.warnedStrictly, 1, 'WARN'],
    [runs.fixed, 0, 'FIXED'],
    [runs.fixedStrictly, 1, 'FIXED'],
  ] as const) {
    const { code: its, stdout } = await run;
    assert.is(its, code);
    assert.match(stdout, new RegExp(`^rfc: .*1 ${verdict}$`, 'm'));
  }
});

const address = suite('an address');

const JUDGED = ['greeting/1', 'greeting/3', 'greeting/4', 'greeting/11', 'meta/2', 'meta/18', 'null/1', 'null/2'];
const NEEDS_MORE: readonly (readonly [id: string, lacks: string])[] = [
  ['frame/1', 'an application, which only an adaptor has'],
  ['robust/2', 'the option maxMessageSize, which only an adaptor can set'],
  ['null/3', 'role:connect'],
  ['greeting/20', 'handshake-limit'],
];

for (const [who, file] of [
  ['a ROUTER of libzmq', 'libzmq.json'],
  ['a ROUTER of ours', 'router.json'],
  ['a PULL of ours', 'pull.json'],
] as const) {
  address(`${who} is judged by what the wire shows; the rest says what it takes`, async () => {
    await Promise.all([runs.libzmqRouter, runs.router, runs.pull]);
    const { cases, target } = results(file);
    assert.is(target.version, '');
    const ran = new Map(cases.map(found => [found.id, found]));
    for (const id of JUDGED) assert.is(ran.get(id)?.verdicts.wire, 'PASS', id);
    for (const [id, lacks] of NEEDS_MORE) {
      assert.is(ran.get(id)?.verdicts.rfc, 'SKIP', id);
      assert.ok(
        ran.get(id)?.runs.some(run => run.lacks === lacks),
        id,
      );
    }
    const silent = cases.filter(({ verdicts: { rfc }, runs: all }) => rfc === 'SKIP' && all.every(run => !run.lacks));
    assert.equal(
      silent.map(({ id }) => id),
      [],
    );
    assert.equal(verdicts(file, 'ERROR'), []);
  });
}

address('is left when all is told, with nothing open that somebody else would have to end', async () => {
  for (const [run, file] of [
    [runs.libzmqRouter, 'libzmq.json'], // would take half a minute to
    [runs.router, 'router.json'],
    [runs.pull, 'pull.json'],
  ] as const) {
    const { ms } = await run;
    const lingeredMs = ms - results(file).elapsedMs;
    assert.ok(lingeredMs < 15_000, `${lingeredMs} ms`);
  }
});

address('of libzmq misses there what libzmq is known to miss, and is none the worse for it', async () => {
  const { code, stdout } = await runs.libzmqRouter;
  assert.is(code, 1);
  assert.match(stdout, /^rfc: /);
  assert.ok(verdicts('libzmq.json', 'FAIL').includes('greeting/13'));
  assert.is(libzmq.version.split('.')[0], '4');
});

address('of ours deviates as expected, and in nothing else: its application is not needed', async () => {
  for (const [run, file] of [
    [runs.router, 'router.json'],
    [runs.pull, 'pull.json'],
  ] as const) {
    const { code, stdout } = await run;
    const missed = (['FAIL', 'CHANGED', 'WARN', 'UNSTABLE'] as const).flatMap(verdict => verdicts(file, verdict));
    assert.equal(missed, []);
    assert.equal(verdicts(file, 'KNOWN'), ['greeting/2']);
    assert.is(code, 0, stdout);
  }
  assert.match((await runs.pull).stdout, /greeting\/2 .* \[KNOWN\]\n {6}known: By strategy\./);
  assert.equal(
    results('pull.json')
      .cases.flatMap(({ runs: all }) => all)
      .filter(({ steps, type }) => steps.length > 0 && type !== 'PULL'),
    [],
  );
});

address('that never says a word fails, and is not waited for', async () => {
  const { code, stdout } = await runs.mute;
  assert.is(code, 1);
  assert.match(stdout, /silent in place of signature/);
  assert.match(stdout, /again: zmtp-conformance greeting\/1 --target tcp:\S+ --timeout 100 --slow 2\n/);
  assert.not.match(stdout, /\[ERROR\]/);
});

const interop = suite('zmtp-interop');

interop('--help tells all on stdout; asked for wrongly, it tells why on stderr: exit 2', async () => {
  const help = await runs.matrixHelp;
  assert.equal([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /^zmtp-interop \[word/);
  for (const [run, told] of [
    [runs.matrixWrong, /^which targets\? --right is missing\n\nzmtp-interop/],
    [runs.matrixUnknown, /^no target is called 'libzmk'[^]*\n\nzmtp-interop/],
  ] as const) {
    const { code, stdout, stderr } = await run;
    assert.equal([code, stdout], [2, '']);
    assert.match(stderr, told);
  }
});

interop('crosses the cells that have the word, and tells how many passed', async () => {
  const { code, stdout } = await runs.crossed;
  assert.match(stdout, /^zmtp \S+ and zmtp \S+: 2 pass, 0 fail, 0 known to fail, 0 lacking, in /);
  assert.is(code, 0);
  const [crossing] = JSON.parse(readFileSync(at('cells.json'), 'utf8')) as { cells: { outcome: string }[] }[];
  assert.equal(
    crossing?.cells.map(({ outcome }) => outcome),
    ['pass', 'pass'],
  );
});

interop('nothing crossed is nothing proven: exit 1, and what is lacking', async () => {
  const { code, stdout } = await runs.lacking;
  assert.is(code, 1);
  assert.match(stdout, /0 pass, 0 fail, 0 known to fail, 2 lacking, in .*\n {2}lacking: fake: type:PAIR\n$/);
});

interop('a target that ends at once is told of, with its last words: exit 1', async () => {
  const { code, stdout, stderr } = await runs.matrixDies;
  assert.equal([code, stdout], [1, '']);
  assert.match(stderr, /^the target's process ended: exit 3\nout of luck\n/);
});

address.run();
interop.run();
cli.run();
