import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { decodeZ85, encodeZ85 } from '../../src/zmtp/z85.ts';

const z85 = suite('zmtp/z85');

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

function refusal(action: () => unknown): UsageError {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

for (const [octets, text] of [
  [[], ''],
  [[0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b], 'HelloWorld'], // RFC 32 "Test Case"
  [[0, 0, 0, 0], '00000'],
  [[0, 0, 0, 1], '00001'],
  [[0, 0, 0, 84], '0000#'],
  [[0, 0, 0, 85], '00010'],
  [[0xff, 0xff, 0xff, 0xff], '%nSc0'],
] as const) {
  z85(`writes ${octets.length} octets as "${text}" and reads them again`, () => {
    assert.is(encodeZ85(Uint8Array.from(octets)), text);
    assert.equal([...decodeZ85(text)], [...octets]);
  });
}

z85('reads the octets again that it wrote, five characters of the alphabet for four octets', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), some => {
      const octets = some.subarray(0, some.length - (some.length % 4));
      const text = encodeZ85(octets);
      assert.is(text.length, (octets.length / 4) * 5);
      assert.ok(Array.from(text).every(character => ALPHABET.includes(character)));
      assert.equal(decodeZ85(text), Uint8Array.from(octets));
    }),
  );
});

z85('reads a text or refuses it: one that is read is the only text of its octets', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...ALPHABET.split('')), minLength: 5, maxLength: 5 }), text => {
      const value = Array.from(text).reduce((sum, character) => sum * 85 + ALPHABET.indexOf(character), 0);
      if (value < 2 ** 32) assert.is(encodeZ85(decodeZ85(text)), text);
      else assert.is(refusal(() => decodeZ85(text)).code, 'EINVAL');
    }),
  );
});

for (const octets of [1, 2, 3, 5, 7, 31, 33]) {
  z85(`writes no ${octets} octets`, () => {
    const error = refusal(() => encodeZ85(new Uint8Array(octets).fill(0x61)));
    assert.is(error.code, 'EINVAL');
    assert.is(error.message, `${octets} octets for Z85, expected a multiple of 4`);
  });
}

for (const text of ['0', '0000', '000000', '%nSc0%nSc', '0'.repeat(39), '0'.repeat(41)]) {
  z85(`reads no text of ${text.length} characters`, () => {
    assert.is(refusal(() => decodeZ85(text)).message, `${text.length} characters of Z85, expected a multiple of 5`);
  });
}

for (const foreign of [
  '~',
  '"',
  "'",
  ' ',
  '\t',
  '\n',
  '\0',
  ',',
  ';',
  '_',
  '`',
  '|',
  '\\',
  '\x7f',
  'é',
  'Ā',
  '\ud83d',
]) {
  z85(`reads no text with ${JSON.stringify(foreign)} in it, wherever it stands`, () => {
    for (let at = 0; at < 10; at += 1) {
      const text = 'HelloWorld'.slice(0, at) + foreign + 'HelloWorld'.slice(at + 1);
      const error = refusal(() => decodeZ85(text));
      assert.is(error.code, 'EINVAL');
      assert.is(error.message, `character ${at + 1} of the text is not of Z85`);
    }
  });
}

for (const group of ['%nSc1', '%nSd0', '%nT00', '#####']) {
  z85(`reads no "${group}", which stands for more than 32 bits`, () => {
    assert.match(
      refusal(() => decodeZ85(`00000${group}`)).message,
      /^characters 6 to 10 of Z85 stand for over 32 bits$/,
    );
  });
}

z85('tells nothing of the text it refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 12, maxLength: 60 }), text => {
      fc.pre(!/^[0-9a-z .]*$/i.test(text));
      let error: UsageError | undefined;
      try {
        decodeZ85(text);
      } catch (caught) {
        error = caught as UsageError;
      }
      fc.pre(error !== undefined);
      for (let at = 0; at + 4 <= text.length; at += 1) {
        const piece = text.slice(at, at + 4);
        if (/[^0-9a-z ,]/i.test(piece)) assert.not(error.message.includes(piece));
      }
    }),
  );
});

z85.run();
