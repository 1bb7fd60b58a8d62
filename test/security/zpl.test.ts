import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { decodeZpl, encodeZpl, ZPL_SIZE_MAX, type ZplProperty } from '../../src/security/zpl.ts';

const zpl = suite('security/zpl');

/** Properties as nested lists: a name, perhaps a value, perhaps what is below. */
function shape(properties: readonly ZplProperty[]): unknown[] {
  return properties.map(({ name, value, properties: below }) => [
    name,
    ...(value === undefined ? [] : [value]),
    ...(below.length === 0 ? [] : [shape(below)]),
  ]);
}

function refusal(text: string): string {
  try {
    decodeZpl(text);
  } catch (error) {
    if (error instanceof UsageError && error.code === 'EINVAL') return error.message;
    throw error;
  }
  throw new Error('the text was not refused');
}

for (const [what, text, expected] of [
  ['nothing', '', []],
  ['blank lines and comments', '\n   \n\t\n# a = b\n   # c\n', []],
  ['a name alone', 'metadata', [['metadata']]],
  ['a name with a comment', 'metadata # of the owner', [['metadata']]],
  ['a value', 'name = Walter', [['name', 'Walter']]],
  ['a value without spaces around the sign', 'name=Walter', [['name', 'Walter']]],
  [
    'an empty value',
    'name =\nother = ""\nthird = # none',
    [
      ['name', ''],
      ['other', ''],
      ['third', ''],
    ],
  ],
  ['a value with spaces inside and behind', 'name = Walter  the third \t', [['name', 'Walter  the third']]],
  ['a value that ends at a comment', 'name = Walter # it is', [['name', 'Walter']]],
  ['a sign of equality in a value', 'name = a=b = c', [['name', 'a=b = c']]],
  [
    'quotes',
    `a = " x # y "\nb = 'say "so"' # comment`,
    [
      ['a', ' x # y '],
      ['b', 'say "so"'],
    ],
  ],
  ['quotes that do not begin the value', `a = it's "so"`, [['a', `it's "so"`]]],
  ['all characters a name may have', 'azAZ09$-_@.&+/ = x', [['azAZ09$-_@.&+/', 'x']]],
  [
    'depth',
    'a\n    b = 1\n        c\n    d\ne\n    f',
    [
      ['a', [['b', '1', [['c']]], ['d']]],
      ['e', [['f']]],
    ],
  ],
  [
    'names that repeat',
    'a = 1\na = 2',
    [
      ['a', '1'],
      ['a', '2'],
    ],
  ],
  ['comments between the levels', 'a\n# no\n\n    b', [['a', [['b']]]]],
  ['lines as Windows ends them', 'a\r\n    b = "1"\r\n\r\n', [['a', [['b', '1']]]]],
  ['other scripts', 'name = Jürgen 陳', [['name', 'Jürgen 陳']]],
] as const) {
  zpl(`reads ${what}`, () => {
    assert.equal(shape(decodeZpl(text)), expected);
  });
}

for (const [what, text, message] of [
  ['a value without a name', '= secret', 'line 1: expected a name, and nothing or "=" after it'],
  ['two words', 'a\nsecret word', 'line 2: expected a name, and nothing or "=" after it'],
  ['a foreign character in a name', 'secret! = x', 'line 1: expected a name, and nothing or "=" after it'],
  ['a tab for indentation', 'a\n\tb = secret', 'line 2: expected a name, and nothing or "=" after it'],
  ['three spaces', 'a\n   b = secret', 'line 2: not indented by a multiple of 4 spaces'],
  ['six spaces', 'a\n    b\n      c = secret', 'line 3: not indented by a multiple of 4 spaces'],
  ['a first line that is indented', '    b = secret', 'line 1: indented deeper than what it could belong to'],
  ['two steps at once', 'a\n        b = secret', 'line 2: indented deeper than what it could belong to'],
  ['a step down and two up', 'a\n    b\nc\n        d', 'line 4: indented deeper than what it could belong to'],
  ['an open quote', 'a = "secret', 'line 1: the closing quote is missing'],
  ['a quote that the other kind closes', `a = "secret'`, 'line 1: the closing quote is missing'],
  ['more behind a quote', 'a = "secret" b "c"', 'line 1: there is more after the closing quote'],
  ['an escape, which there is none of', 'a = "sec\\"ret"', 'line 1: there is more after the closing quote'],
  ['a control character', 'a\n    b = sec\0ret', 'line 2: a control character'],
  ['a return in the middle', 'a = sec\rret', 'line 1: a control character'],
] as const) {
  zpl(`refuses ${what} and shows nothing of it`, () => {
    assert.is(refusal(text), message);
  });
}

const nested = (depth: number): string => Array.from({ length: depth }, (_, at) => `${' '.repeat(4 * at)}a`).join('\n');

zpl('reads eight levels and no more', () => {
  assert.is(decodeZpl(nested(8)).length, 1);
  assert.is(refusal(nested(9)), 'line 9: indented 8 times, limit 7');
});

zpl('reads a text of 64 Ki characters and no longer one', () => {
  assert.is(decodeZpl('#'.repeat(ZPL_SIZE_MAX)).length, 0);
  assert.is(refusal('#'.repeat(ZPL_SIZE_MAX + 1)), 'ZPL of 65537 characters, limit 65536');
});

zpl('takes a time that grows no faster than the text', () => {
  const half = ZPL_SIZE_MAX / 2 - 8;
  for (const text of [
    `a = x${' '.repeat(half)}y`,
    `a = "${' '.repeat(half)}'`,
    `a = ${`"" `.repeat(half / 3)}`,
    `a${' '.repeat(half)}b`,
    `${' '.repeat(half)}~`,
    'a'.repeat(half) + '!',
    'a\n'.repeat(half / 2),
  ]) {
    const before = process.cpuUsage();
    try {
      decodeZpl(text);
    } catch (error) {
      assert.instance(error, UsageError);
    }
    // a pattern that goes back and forth in such a text takes seconds
    assert.ok(process.cpuUsage(before).user < 300_000, text.slice(0, 20));
  }
});

const names = fc.string({ unit: fc.constantFrom(...'azAZ09$-_@.&+/'.split('')), minLength: 1, maxLength: 9 });
const values = fc
  .string({ unit: fc.constantFrom('a', '"', "'", '#', ' ', '=', '\t', '\\', 'é', '😀'), maxLength: 9 })
  .filter(value => !(value.includes('"') && value.includes("'")));
const trees: fc.Memo<ZplProperty[]> = fc.memo(depth =>
  fc.array(
    fc
      .record({
        name: names,
        value: fc.option(values, { nil: undefined }),
        properties: depth > 1 ? trees() : fc.constant([]),
      })
      .map(({ name, value, properties }) => (value === undefined ? { name, properties } : { name, value, properties })),
    { maxLength: 3 },
  ),
);

zpl('reads what it wrote', () => {
  fc.assert(
    fc.property(trees(5), tree => {
      assert.equal(decodeZpl(encodeZpl(tree)), tree);
    }),
  );
});

zpl('reads any text or refuses it', () => {
  const units = fc.constantFrom('    ', ' ', '\n', 'a', '=', '"', "'", '#', '\t', '\r', '\0', '~', 'é');
  fc.assert(
    fc.property(fc.string({ unit: units, maxLength: 40 }), text => {
      try {
        const tree = decodeZpl(text);
        assert.equal(decodeZpl(encodeZpl(tree)), tree);
      } catch (error) {
        assert.instance(error, UsageError);
      }
    }),
    { numRuns: 2000 },
  );
});

for (const value of ['a\nb', 'a\0', `both " and '`, '\x7f']) {
  zpl(`writes no value such as ${JSON.stringify(value)}, and does not show it`, () => {
    assert.throws(
      () => encodeZpl([{ name: 'name', value, properties: [] }]),
      (error: Error) =>
        error instanceof UsageError && !error.message.includes(value) && error.message.includes('of name has'),
    );
  });
}

for (const name of ['', 'two words', 'é', 'a=b', 'a\n']) {
  zpl(`writes no name such as ${JSON.stringify(name)}`, () => {
    assert.throws(
      () => encodeZpl([{ name, properties: [] }]),
      (error: unknown) => error instanceof UsageError && error.code === 'EINVAL',
    );
  });
}

zpl('writes nothing deeper than it reads', () => {
  let tree: ZplProperty = { name: 'a', properties: [] };
  for (let depth = 1; depth < 8; depth += 1) tree = { name: 'a', properties: [tree] };
  assert.is(encodeZpl([tree]), `${nested(8)}\n`);
  assert.throws(() => encodeZpl([{ name: 'a', properties: [tree] }]), /8 deep, limit 7/);
});

zpl.run();
