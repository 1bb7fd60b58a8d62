/** Z85, the text that keys are written in. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { filled, hex, same, toHex } from '../raw/octets.ts';
import { z85Decode, z85Encode } from '../trial/z85.ts';
import type { Trial } from '../trial/trial.ts';

/** RFC 32 "Test Case". */
const OCTETS = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
const TEXT = 'HelloWorld';
/** All digits in their order. RFC 32 "Formal Specification". */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
/** What they stand for: five to a number of 32 bits. */
const DIGITS_OCTETS = hex(
  '000998620fc799431f859a242f439b053f019be64ebf9cc75e7d9da86e3b9e897df99f6a' +
    '8db7a04b9d75a12cad33a20dbcf1a2eeccafa3cfdc6da4b0ec2ba591fbe9a672',
);

const NEEDS = ['z85'];

export const z85Cases: readonly Case[] = [
  defineCase({
    id: 'z85/1',
    roles: ['bind'], // a library has neither role
    needs: NEEDS,
    judge: {
      encode: { rfc: ['as-required'] },
      decode: { rfc: ['as-required'] },
      'encode: every digit': { rfc: ['as-required'] },
      'decode: every digit': { rfc: ['as-required'] },
    },
    run: async trial => ({
      encode: await encoded(trial, OCTETS, TEXT),
      decode: await decoded(trial, TEXT, OCTETS),
      'encode: every digit': await encoded(trial, DIGITS_OCTETS, DIGITS),
      'decode: every digit': await decoded(trial, DIGITS, DIGITS_OCTETS),
    }),
  }),

  defineCase({
    id: 'z85/2',
    roles: ['bind'],
    needs: NEEDS,
    judge: {
      '7 octets': { rfc: ['refused'] },
      '4 characters': { rfc: ['refused'] },
      'a foreign character': { rfc: ['refused'] },
      'a group far above 2^32-1': { rfc: ['refused'] },
      'a group of 2^32': { rfc: ['refused'] },
      'a group of 2^32-1': { rfc: ['replied(ffffffff)'] },
    },
    run: async trial => {
      const seven = await z85Encode(trial, filled(7, 1));
      return {
        '7 octets': seven === 'refused' ? seven : `replied(${seven.text})`,
        '4 characters': await decodingOf(trial, '####'),
        'a foreign character': await decodingOf(trial, 'ab~de'),
        'a group far above 2^32-1': await decodingOf(trial, '#####'),
        'a group of 2^32': await decodingOf(trial, '%nSc1'),
        'a group of 2^32-1': await decodingOf(trial, '%nSc0'),
      };
    },
  }),
];

async function encoded(trial: Trial, octets: Uint8Array, wanted: string): Promise<Token> {
  const answer = await z85Encode(trial, octets);
  if (answer === 'refused') return answer;
  return answer.text === wanted ? 'as-required' : `differs(${answer.text})`;
}

async function decoded(trial: Trial, text: string, wanted: Uint8Array): Promise<Token> {
  const answer = await z85Decode(trial, text);
  if (answer === 'refused') return answer;
  return same(answer.octets, wanted) ? 'as-required' : `differs(${toHex(answer.octets)})`;
}

async function decodingOf(trial: Trial, text: string): Promise<Token> {
  const answer = await z85Decode(trial, text);
  return answer === 'refused' ? answer : `replied(${toHex(answer.octets)})`;
}
