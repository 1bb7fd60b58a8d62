/** What the target's own greeting looks like, and when which octets of it go out. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { GREETING_SIZE, greeting, SIGNATURE_SIZE, signature } from '../raw/greeting.ts';
import { ascii, hex, join, same, toHex, uint64 } from '../raw/octets.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { mechanismsOf, optionsFor, type Mechanism } from '../trial/security.ts';

import type { Trial } from '../trial/trial.ts';

const MAJOR_AT = SIGNATURE_SIZE;
const AS_SERVER_AT = 32;

export const greetingSentCases: readonly Case[] = [
  defineCase({
    id: 'greeting/1',
    judge: { signature: { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      const octets = await peer.expectOctets(SIGNATURE_SIZE, 'signature');
      const sound = octets[0] === 0xff && octets[9] === 0x7f;
      return { signature: sound ? 'as-required' : `differs(${toHex(octets)})` };
    },
  }),

  defineCase({
    id: 'greeting/2',
    // Who looks for peers of 1.0 by the strategy of RFC 37 sends the signature alone; everybody answers that with his own.
    judge: { unprompted: { rfc: ['as-required'], wire: ['as-required', 'differs(10 octets)'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      const octets = await peer.octets(SIGNATURE_SIZE + 1);
      if (typeof octets !== 'string') return { unprompted: 'as-required' };
      return { unprompted: octets === 'closed' ? 'closed' : `differs(${peer.unread.length} octets)` };
    },
  }),

  defineCase({
    id: 'greeting/3',
    judge: { major: { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      peer.write(signature(), 'signature');
      const octets = await peer.octets(SIGNATURE_SIZE + 1);
      if (octets === 'closed') return { major: 'closed' };
      if (octets === 'silent') return { major: `differs(${peer.unread.length} octets)` };
      return { major: octets[MAJOR_AT] === 3 ? 'as-required' : `differs(${octets[MAJOR_AT] ?? ''})` };
    },
  }),

  defineCase({
    id: 'greeting/4',
    judge: {
      version: { rfc: ['as-required'] },
      mechanism: { rfc: ['as-required'] },
      'as-server': { rfc: ['as-required'] },
      filler: { rfc: ['as-required'] },
    },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      const { major, minor, mechanism, asServer, filler } = await peer.greet();
      const name = join(ascii('NULL'), new Uint8Array(16));
      return {
        version: major === 3 && minor <= 1 ? 'as-required' : `differs(${major}.${minor})`,
        mechanism: same(mechanism, name) ? 'as-required' : `differs(${toHex(mechanism)})`,
        'as-server': asServer <= 1 ? 'as-required' : `differs(${asServer})`,
        filler: same(filler, new Uint8Array(31)) ? 'as-required' : `differs(${toHex(filler)})`,
      };
    },
  }),

  defineCase({
    id: 'greeting/6',
    // Who does fall back has one use for it: to a peer of 1.0 it is the size of an identity and one octet of flags.
    judge: { padding: { rfc: ['as-required', 'replied(size of the identity)'] } },
    run: async trial => {
      const identity = ascii('five5');
      const socket = await trial.open({ identity });
      const peer = await trial.meet(socket);
      const padding = (await peer.expectOctets(SIGNATURE_SIZE, 'signature')).subarray(1, 9);
      peer.destroy();
      if (same(padding, new Uint8Array(8))) return { padding: 'as-required' };
      const sized = same(padding, uint64(identity.length + 1));
      if (sized && (await fallsBack(trial, socket))) return { padding: 'replied(size of the identity)' };
      return { padding: `differs(${toHex(padding)})` };
    },
  }),

  defineCase({
    id: 'greeting/13',
    judge: { 'foreign mechanism': { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      peer.write(greeting({ mechanism: 'ZMTP_CONFORMANCE_001' }), 'greeting of a foreign mechanism');
      const octets = await peer.octets(GREETING_SIZE);
      const whole = typeof octets !== 'string';
      return { 'foreign mechanism': whole ? 'as-required' : `differs(${peer.unread.length} octets)` };
    },
  }),

  defineCase({
    id: 'greeting/14',
    judge: {
      'PLAIN server': { rfc: ['as-required'], wire: ['as-required', 'differs(0)'] },
      'PLAIN client': { rfc: ['as-required'] },
      'CURVE server': { rfc: ['as-required'], wire: ['as-required', 'differs(0)'] },
      'CURVE client': { rfc: ['as-required'] },
    },
    run: async trial => {
      const asServer = async (mechanism: Mechanism, role: 'server' | 'client') => {
        const wanted = role === 'server' ? 1 : 0;
        const peer = await trial.meet(await trial.open(optionsFor(mechanism, role)));
        const theirs = await peer.greet({ mechanism, asServer: 1 - wanted });
        return theirs.asServer === wanted ? ('as-required' as const) : (`differs(${theirs.asServer})` as const);
      };
      const able = mechanismsOf(trial);
      return {
        ...(able.includes('PLAIN') && {
          'PLAIN server': await asServer('PLAIN', 'server'),
          'PLAIN client': await asServer('PLAIN', 'client'),
        }),
        ...(able.includes('CURVE') && {
          'CURVE server': await asServer('CURVE', 'server'),
          'CURVE client': await asServer('CURVE', 'client'),
        }),
      };
    },
  }),

  defineCase({
    id: 'greeting/15',
    judge: { 'as-server': { rfc: ['as-required'] } },
    run: async trial => {
      const peer = await trial.meet(await trial.open());
      peer.write(greeting(), 'greeting');
      const octets = await peer.expectOctets(GREETING_SIZE, 'greeting');
      const asServer = octets[AS_SERVER_AT] ?? -1;
      return { 'as-server': asServer === 0 ? 'as-required' : `differs(${asServer})` };
    },
  }),
];

/** Whether a peer of ZMTP 1.0, with an empty identity, can talk to it. */
async function fallsBack(trial: Trial, socket: TargetSocket): Promise<boolean> {
  const peer = await trial.meet(socket);
  const word = ascii('1.0');
  peer.write(join(hex('01 00'), hex('04 00'), word), 'identity and message of ZMTP 1.0');
  const message = await socket.receive();
  return message !== undefined && same(message.parts.at(-1) ?? new Uint8Array(0), word);
}
