/** Z85, the text that keys are written in. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { filled, same, toHex } from '../raw/octets.ts';
import { z85Decode, z85Encode } from '../trial/z85.ts';
import type { Trial } from '../trial/trial.ts';

/** RFC 32 "Test Case". */
const OCTETS = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
const TEXT = 'HelloWorld';

const NEEDS = ['z85'];

export const z85Cases: readonly Case[] = [
  defineCase({
    id: 'z85/1',
    roles: ['bind'], // a library has neither role
    needs: NEEDS,
    judge: { encode: { rfc: ['as-required'] }, decode: { rfc: ['as-required'] } },
    run: async trial => {
      const encoded = await z85Encode(trial, OCTETS);
      const decoded = await z85Decode(trial, TEXT);
      return {
        encode: encoded === 'refused' ? encoded : encoded.text === TEXT ? 'as-required' : `differs(${encoded.text})`,
        decode:
          decoded === 'refused'
            ? decoded
            : same(decoded.octets, OCTETS)
              ? 'as-required'
              : `differs(${toHex(decoded.octets)})`,
      };
    },
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
      const encoded = await z85Encode(trial, filled(7, 1));
      return {
        '7 octets': encoded === 'refused' ? encoded : `replied(${encoded.text})`,
        '4 characters': await decodingOf(trial, '####'),
        'a foreign character': await decodingOf(trial, 'ab~de'),
        'a group far above 2^32-1': await decodingOf(trial, '#####'),
        'a group of 2^32': await decodingOf(trial, '%nSc1'),
        'a group of 2^32-1': await decodingOf(trial, '%nSc0'),
      };
    },
  }),
];

async function decodingOf(trial: Trial, text: string): Promise<Token> {
  const decoded = await z85Decode(trial, text);
  return decoded === 'refused' ? decoded : `replied(${toHex(decoded.octets)})`;
}
