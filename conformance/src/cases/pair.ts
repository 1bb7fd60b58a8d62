/** PAIR, and CHANNEL where it is the same. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ready } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { GREETING_SIZE, greeting } from '../raw/greeting.ts';
import { parts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { emitted, fateInTheEnd, mustSend, settle, taken } from '../trial/exchange.ts';
import type { Trial } from '../trial/trial.ts';

export const pairCases: readonly Case[] = [
  defineCase({
    id: 'pair/1',
    types: ['PAIR'],
    judge: { in: { rfc: ['delivered'] }, out: { rfc: ['delivered'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await settle(trial, socket);
      peer.write(message(...parts('', 'x')));
      const inward = await taken(socket, parts('', 'x'));
      await mustSend(socket, parts('', 'x'));
      return { in: inward, out: await emitted(peer, parts('', 'x')) };
    },
  }),

  defineCase({
    id: 'pair/2',
    roles: ['bind'],
    types: ['PAIR', 'CHANNEL'],
    judge: {
      // RFC 31 and 52 leave open how a second peer is kept out; `mute` is one that looks connected.
      'a second peer': { rfc: ['closed', 'closed+ERROR(*)', 'mute'] },
      'the first, meanwhile': { rfc: ['delivered'] },
      'a later one, in': { rfc: ['delivered'] },
      'a later one, out': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open();
      const first = await settle(trial, socket);
      const second = await trial.meet(socket);
      const aside = await keptOut(trial, socket, second);
      first.write(message(...parts('from the first')));
      const served = await taken(socket, parts('from the first'));
      await mustSend(socket, parts('to the first'));
      const meanwhile = served === 'delivered' ? await emitted(first, parts('to the first')) : served;
      second.destroy();

      first.destroy();
      await untilAlone(trial, socket);
      const later = await settle(trial, socket);
      later.write(message(...parts('from a later one')));
      const inward = await taken(socket, parts('from a later one'));
      await mustSend(socket, parts('to a later one'));
      return {
        'a second peer': aside,
        'the first, meanwhile': meanwhile,
        'a later one, in': inward,
        'a later one, out': await emitted(later, parts('to a later one')),
      };
    },
  }),
];

/** A second peer says who it is, and a message; `delivered` is a message that should not have been. */
async function keptOut(trial: Trial, socket: TargetSocket, second: RawPeer): Promise<Token> {
  second.write(greeting(), 'greeting');
  const theirs = await second.octets(GREETING_SIZE); // it may be turned away without one
  if (typeof theirs === 'string') return theirs === 'closed' ? second.closed() : 'mute';
  second.write(ready(trial.metadataOf(socket.type)), 'READY');
  second.write(message(...parts('from the second')));
  const fate = await fateInTheEnd(trial, second);
  if (fate !== 'open') return fate;
  return socket.waiting === 0 ? 'mute' : 'delivered';
}

/** Until the application is refused, which it is as soon as the target knows that its peer is gone. */
async function untilAlone(trial: Trial, socket: TargetSocket): Promise<void> {
  const deadline = performance.now() + trial.stepMs;
  while (performance.now() < deadline) {
    if ((await socket.send({ parts: parts('anybody?') }, 0)) !== 'sent') return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Unreached('the target went on sending to a peer that is gone');
}
