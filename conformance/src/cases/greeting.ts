/** Greeting and version negotiation: what goes out, in which order, and what is held against a peer's. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { ready } from '../raw/command.ts';
import { greeting, SIGNATURE_SIZE, signature } from '../raw/greeting.ts';
import { filled, toHex } from '../raw/octets.ts';

export const greetingCases: readonly Case[] = [
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
    id: 'greeting/5',
    judge: {
      'all AA': { rfc: ['open'] },
      'all FF': { rfc: ['open'] },
      'all 00': { rfc: ['open'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const greetWith = async (octet: number) => {
        const peer = await trial.join(socket, { signature: signature(filled(8, octet)) });
        const fate = await trial.fate(peer);
        peer.destroy(); // a connecting target comes back for the next
        return fate;
      };
      return {
        'all AA': await greetWith(0xaa),
        'all FF': await greetWith(0xff),
        'all 00': await greetWith(0x00),
      };
    },
  }),

  defineCase({
    id: 'greeting/19',
    judge: { 'octet by octet': { rfc: ['open'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.meet(socket);
      await peer.writeSlowly(greeting());
      await peer.expectOctets(64, 'greeting');
      await peer.writeSlowly(ready(trial.metadataOf(socket.type)));
      await peer.expectReady();
      return { 'octet by octet': await trial.fate(peer) };
    },
  }),
];
