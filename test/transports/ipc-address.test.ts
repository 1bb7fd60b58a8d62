import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { type IpcPlace, padsAbstractNames, parseIpcBind, parseIpcConnect } from '../../src/transports/ipc-address.ts';
import { thrown } from '../support/test-net.ts';

const address = suite('ipc address');

const file = (path: string): IpcPlace => ({ kind: 'file', path });
const abstract = (path: string): IpcPlace => ({ kind: 'abstract', path });
const pipe = (path: string): IpcPlace => ({ kind: 'pipe', path });

const places: readonly (readonly [NodeJS.Platform, string, IpcPlace])[] = [
  ['linux', '/run/app.sock', file('/run/app.sock')],
  ['linux', 'app.sock', file('app.sock')],
  ['linux', './*', file('./*')],
  ['linux', 'a@b', file('a@b')],
  ['linux', 'a b/ü;%2F', file('a b/ü;%2F')],
  ['linux', '@app', abstract('\0app')],
  ['linux', '@/run/app', abstract('\0/run/app')],
  ['linux', '@@', abstract('\0@')],
  ['android', '@app', abstract('\0app')],
  ['darwin', '/tmp/app.sock', file('/tmp/app.sock')],
  ['freebsd', 'app.sock', file('app.sock')],
  ['win32', 'app', pipe('\\\\.\\pipe\\app')],
  ['win32', 'a@b:c d', pipe('\\\\.\\pipe\\a@b:c d')],
  ['win32', '/tmp/app.sock', pipe('\\\\.\\pipe\\%2Ftmp%2Fapp.sock')],
  ['win32', 'C:\\app.sock', pipe('\\\\.\\pipe\\C:%5Capp.sock')],
  ['win32', '%2Ftmp', pipe('\\\\.\\pipe\\%252Ftmp')],
  ['win32', '\\\\.\\pipe\\docker', pipe('\\\\.\\pipe\\docker')],
  ['win32', '\\\\?\\PIPE\\docker', pipe('\\\\?\\PIPE\\docker')],
  ['win32', '//./pipe/docker', pipe('//./pipe/docker')],
];

for (const [platform, text, place] of places) {
  address(`${text} on ${platform} is ${JSON.stringify(place.path)}`, () => {
    assert.equal(parseIpcBind(text, platform), place);
    assert.equal(parseIpcConnect(text, platform), place);
  });
}

for (const platform of ['linux', 'darwin', 'win32'] as const) {
  address(`* on ${platform} is anywhere, and nothing to connect to`, () => {
    assert.equal(parseIpcBind('*', platform), { kind: 'any' });
    refused(() => parseIpcConnect('*', platform), { code: 'EINVAL', address: 'ipc://*', named: 'certain place' });
  });

  for (const [text, named] of [
    ['@', 'no name'],
    ['*/socket', '*'],
    ['a\0b', 'NUL'],
    ['@a\0', 'NUL'],
    ['\0a', 'NUL'],
  ] as const) {
    address(`${JSON.stringify(text)} on ${platform} is refused, and why`, () => {
      const expected = { code: 'EINVAL', address: `ipc://${text}`, named } as const;
      refused(() => parseIpcBind(text, platform), expected);
      refused(() => parseIpcConnect(text, platform), expected);
    });
  }
}

for (const platform of ['darwin', 'win32', 'freebsd', 'sunos', 'aix'] as const) {
  address(`there are no abstract names on ${platform}`, () => {
    refused(() => parseIpcBind('@app', platform), { code: 'ENOTSUP', address: 'ipc://@app', named: platform });
    refused(() => parseIpcConnect('@app', platform), { code: 'ENOTSUP', address: 'ipc://@app', named: platform });
  });
}

/** The longest that each may be, and one more. */
const limits: readonly (readonly [NodeJS.Platform, string, number])[] = [
  ['linux', '/', 107],
  ['linux', '@', 107],
  ['darwin', '/', 103],
  ['openbsd', '/', 103],
  ['win32', '', 256 - '\\\\.\\pipe\\'.length],
  ['win32', '\\\\.\\pipe\\', 256],
];

for (const [platform, head, limit] of limits) {
  address(`what begins with ${JSON.stringify(head)} has ${limit} octets at most on ${platform}`, () => {
    const longest = head.padEnd(limit, 'x');
    for (const parse of [parseIpcBind, parseIpcConnect]) {
      assert.is(parse(longest, platform).kind, parse(head.padEnd(9, 'x'), platform).kind);
      const named = 'limit ' + String(platform === 'win32' ? 256 : limit);
      refused(() => parse(`${longest}x`, platform), { code: 'ENAMETOOLONG', address: `ipc://${longest}x`, named });
    }
  });
}

address('it is octets that count, not characters', () => {
  assert.is(parseIpcBind(`${'ü'.repeat(53)}x`, 'linux').kind, 'file');
  const address = `ipc://${'ü'.repeat(54)}`;
  refused(() => parseIpcBind('ü'.repeat(54), 'linux'), { code: 'ENAMETOOLONG', address, named: '108 octets' });
});

address('the length of what an escape makes of a pipe’s name counts', () => {
  const slashes = '/'.repeat(83);
  const expected = { code: 'ENAMETOOLONG', address: `ipc://${slashes}`, named: '258 octets' } as const;
  refused(() => parseIpcBind(slashes, 'win32'), expected);
});

address('no two addresses lead to one place', () => {
  const platforms = fc.constantFrom<NodeJS.Platform>('linux', 'darwin', 'win32');
  const text = fc.string({ unit: fc.constantFrom('a', '/', '\\', '%', '2', '5', 'F', 'C', '.'), minLength: 1 });
  fc.assert(
    fc.property(platforms, text, text, (platform, one, other) => {
      const [first, second] = [one, other].map(each => parseIpcConnect(`x${each}`, platform).path);
      assert.is(first === second, one === other);
    }),
    { numRuns: 2000 },
  );
});

address('whatever the text, it is a place that the system can hold, or refused', () => {
  const platforms = fc.constantFrom<NodeJS.Platform>('linux', 'darwin', 'win32');
  const text = fc.string({ unit: fc.constantFrom('@', '*', '/', '\\', '\0', 'ü', '%', 'x', '.'), maxLength: 130 });
  fc.assert(
    fc.property(platforms, text, (platform, each) => {
      try {
        const { path } = parseIpcConnect(each, platform);
        assert.ok(Buffer.byteLength(path) <= (platform === 'win32' ? 512 : 107));
        assert.not.ok(path.includes('\0', 1));
      } catch (error) {
        assert.instance(error, UsageError);
      }
    }),
  );
});

for (const [version, pads] of [
  ['1.46.0', true],
  ['1.47.9', true],
  ['1.48.0', false],
  ['1.51.0', false],
  ['1.100.0', false],
  ['2.0.0', false],
] as const) {
  address(`libuv ${version} ${pads ? 'pads' : 'does not pad'} abstract names`, () => {
    assert.is(padsAbstractNames(version), pads);
  });
}

address.run();

interface Refusal {
  readonly code: UsageError['code'];
  readonly address: string;
  /** What the message must name. */
  readonly named: string;
}

function refused(call: () => unknown, { code, address: endpoint, named }: Refusal): void {
  const error = thrown(call);
  assert.instance(error, UsageError);
  const { code: actual, message, address: told } = error as UsageError;
  assert.is(actual, code);
  assert.is(told, endpoint);
  assert.ok(message.includes(named), message);
}
