import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CASES } from '../../conformance/src/cases/index.ts';
import { readInteropSettings } from '../../conformance/src/interop/settings.ts';
import { readExpectationFile, readExpectations } from '../../conformance/src/judge/read-expectations.ts';
import { testTarget } from '../../conformance/src/run/test-target.ts';
import { readSettings, type Settings } from '../../conformance/src/settings.ts';
import { findTarget, TARGET_NAMES, UnknownTarget } from '../../conformance/src/target/find-target.ts';
import { UsageError } from '../../conformance/src/usage.ts';

const settings = suite('settings');

const folder = mkdtempSync(join(tmpdir(), 'zmtp-settings-'));
settings.after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function ids({ cases }: Settings): readonly string[] {
  return cases.map(({ id }) => id);
}

/** What is wrong, as it is told. */
function complaint(work: () => unknown, kind: new () => Error = UsageError): string {
  try {
    work();
  } catch (cause) {
    assert.instance(cause, kind);
    return cause instanceof Error ? cause.message : '';
  }
  return 'nothing is wrong';
}

/** Each with words of what is wrong and of how it would be right. */
const WRONG: readonly (readonly [line: string, ...told: RegExp[]])[] = [
  ['', /--target is missing/],
  ['--target', /--target/],
  ['--target x --colour', /--colour/],
  ['--target x --strict=no', /--strict/],
  ['greetings --target x', /called greetings/, /groups are greeting frame/],
  ['greeting/999 --target x', /called greeting\/999/],
  ['constructor --target x', /called constructor/],
  ['--target x --role both', /bind or connect, not both/],
  ['--target x --type HUB', /one of PAIR PUB SUB .*, not HUB/],
  ['--target x --profile strict', /rfc, wire or both, not strict/],
  ['--target x --timeout soon', /--timeout is a number from 1 to 600000, not soon/],
  ['--target x --timeout 0', /--timeout .* not 0/],
  ['--target x --timeout Infinity', /--timeout .* not Infinity/],
  ['--target x --timeout=', /--timeout .* not nothing/],
  ['--target x --slow -1', /--slow/],
  ['--target x --slow 1e9', /--slow .* to 1000, not 1e9/],
  ['--target x --parallel 0', /--parallel is a number from 1/],
  ['--target x --parallel 1.5', /--parallel is a whole number, not 1.5/],
  ['--target x --json=', /--json is a file to write/],
  [`--target x --json ${folder}`, /--json .* it is a folder/],
  [`--target x --junit ${folder}/nowhere/f`, /--junit .*nowhere.* cannot be written/],
  [`--target x --html ${folder}/nowhere/f`, /--html .*nowhere.* cannot be written/],
  [`--target x --markdown ${folder}/nowhere/f`, /--markdown .*nowhere.* cannot be written/],
  ['--from a.json', /which\? --html, --markdown, --junit or --json/],
  [`--from a.json --html ${folder}/f --target x`, /leave out --target/],
  [`greeting --from a.json --html ${folder}/f`, /leave out greeting/],
  ['--target tcp://127.0.0.1:1 --role connect', /--role connect needs an adaptor/],
  ['--target tcp://127.0.0.1:1 --type PAIR', /--type PAIR needs an adaptor/],
  ['--target tcp://127.0.0.1:1 --type channel', /--type CHANNEL needs an adaptor/],
  ['null/3 --target x --role bind', /none of these cases is for --role bind/],
  ['greeting --target x --type PULL', /none of these cases is for --type PULL/],
];

for (const [line, ...told] of WRONG) {
  settings(`tell what is wrong with '${line.replaceAll(folder, '…')}'`, () => {
    const message = complaint(() => readSettings(line.split(' ').filter(word => word !== '')));
    for (const one of told) assert.match(message, one);
  });
}

settings('are all that is not said otherwise', () => {
  const { ask, cases, roles, type, profiles, strict, stepMs, slow, parallel, long, quiet } = readSettings([
    '--target',
    'x y',
  ]);
  assert.equal(
    { ask, roles, type, profiles, strict, stepMs, slow, parallel, long, quiet },
    {
      ask: 'run',
      roles: undefined,
      type: undefined,
      profiles: ['rfc', 'wire'],
      strict: false,
      stepMs: 1000,
      slow: 1,
      parallel: 8,
      long: false,
      quiet: false,
    },
  );
  assert.is(cases.length, CASES.length);
});

settings('choose cases by id and by group, in the order of the catalogue', () => {
  const chosen = ids(readSettings(['null/2', 'greeting', 'frame/1', '--list']));
  const expected = CASES.map(({ id }) => id).filter(
    id => id.startsWith('greeting/') || id === 'frame/1' || id === 'null/2',
  );
  assert.equal(chosen, expected);
});

settings('choose cases by role and type: those that have them', () => {
  assert.ok(ids(readSettings(['null', '--role', 'connect', '--list'])).includes('null/3'));
  assert.not(ids(readSettings(['null', '--role', 'bind', '--list'])).includes('null/3'));
  const dish = readSettings(['--type', 'dish', '--list']);
  assert.is(dish.type, 'DISH');
  assert.ok(dish.cases.length > 0 && dish.cases.every(({ types }) => types?.includes('DISH') === true));
});

settings('where any type will do, it is that of the address', () => {
  const chosen = ids(readSettings(['greeting', 'meta', '--target', 'tcp://127.0.0.1:1', '--type', 'PULL']));
  assert.ok(chosen.includes('greeting/1'));
  assert.not(chosen.includes('meta/13'), 'has a ROUTER for its target');
});

settings('a target is a name, an address, or a command', () => {
  assert.ok(TARGET_NAMES.includes('zmtp'));
  for (const right of ['zmtp', 'tcp://host:5555', 'tcp://[::1]:5555', './adaptor', 'my adaptor']) {
    findTarget(right, 'ROUTER');
  }
  const unknown = (text: string): string => complaint(() => findTarget(text, 'ROUTER'), UnknownTarget);
  assert.match(
    unknown('libzmk'),
    /no target is called 'libzmk', but .*zmtp.* are; a command has a blank or a \/ in it/,
  );
  assert.match(unknown(''), /no target is called ''/);
  for (const wrong of [
    'tcp://host',
    'tcp://:5',
    'tcp://host:0',
    'tcp://host:65536',
    'tcp://a:1/x',
    'ws://h:1',
    'ipc:///x',
  ]) {
    assert.match(unknown(wrong), /an address is tcp:\/\/HOST:PORT/);
  }
});

settings('expectations of others are looked at before anything is started', async () => {
  const wrong: readonly (readonly [text: string, told: RegExp])[] = [
    ['{', /cannot be read/],
    ['[]', /is not an object/],
    ['null', /is not an object/],
    ['{"greeting/999":{"tokens":{},"why":""}}', /no case is called so/],
    ['{"greeting/1":{"tokens":{"signature":7},"why":""}}', /greeting\/1 is not/],
    ['{"greeting/1":{"tokens":{"signature":["mute",7]},"why":""}}', /greeting\/1 is not/],
    ['{"greeting/1":{"tokens":[],"why":""}}', /greeting\/1 is not/],
    ['{"greeting/1":{"tokens":{}}}', /greeting\/1 is not/],
    ['{"greeting/1":[{"tokens":{},"why":""},7]}', /greeting\/1 is not/],
    ['{"greeting/1":{"tokens":{},"why":"","from":4}}', /greeting\/1 is not/],
  ];
  for (const [text, told] of wrong) {
    assert.match(
      complaint(() => readExpectationFile(file('wrong.json', text))),
      told,
    );
  }
  const failure = await testTarget({ target: '/no/such/program', cases: [], expected: join(folder, 'none.json') }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.instance(failure, UsageError);
});

settings('of expectations those hold that are for the version; where none is known, all', () => {
  const given = readExpectationFile(
    file(
      'versions.json',
      `{ "greeting/1": { "tokens": { "signature": ["mute", "closed"] }, "why": "always" },
         "greeting/2": { "tokens": {}, "why": "old", "to": "4.3.4" },
         "greeting/3": [{ "tokens": {}, "why": "new", "from": "4.3.5" }, { "tokens": {}, "why": "newer", "from": "9" }] }`,
    ),
  );
  const of = (version: string): readonly string[] =>
    Object.keys(readExpectations({ name: 'a name of words', version, capabilities: [] }, given));
  assert.equal(of('4.3.4'), ['greeting/1', 'greeting/2']);
  assert.equal(of('4.3.5'), ['greeting/1', 'greeting/3']);
  assert.equal(of(''), ['greeting/1', 'greeting/2', 'greeting/3']);
  const library = { name: 'x', version: '1', library: 'libzmq 4.3.4', capabilities: [] };
  assert.equal(Object.keys(readExpectations(library, given)), ['greeting/1', 'greeting/2']);
});

const INTEROP_WRONG: readonly (readonly [line: string, told: RegExp])[] = [
  ['--right x', /--left is missing/],
  ['--left x', /--right is missing/],
  ['--left x --right y --colour', /--colour/],
  ['--left x --right tcp://127.0.0.1:1', /tcp:\/\/127.0.0.1:1 is an address.* needs an adaptor/],
  ['--left x --right y --parallel 0', /--parallel/],
  ['--left x --right y --timeout x', /--timeout/],
  [`--left x --right y --json ${folder}`, /--json .* it is a folder/],
  ['HUB --left x --right y', /no cell has HUB in its name; --list --all/],
  ['ws --left x --right y', /no cell has ws in its name, but 290 have with --all/],
];

for (const [line, told] of INTEROP_WRONG) {
  settings(`of the matrix tell what is wrong with '${line.replaceAll(folder, '…')}'`, () => {
    assert.match(
      complaint(() => readInteropSettings(line.split(' '))),
      told,
    );
  });
}

settings('of the matrix choose cells by all words, in any case', () => {
  const { cells } = readInteropSettings(['--all', 'req', 'rep', 'TCP', 'null', '--list']);
  assert.is(cells.length, 4);
  assert.is(readInteropSettings(['--all', '--list']).cells.length, 870);
});

settings.run();
