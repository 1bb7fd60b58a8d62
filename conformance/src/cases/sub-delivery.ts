/** SUB: which messages reach its application. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { ping } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, join, uint32 } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { reach } from '../trial/arrivals.ts';
import { ask, expectTold } from '../trial/upstream.ts';

const MANY = 500;
/** A prefix of all that is sent. */
const TOPIC = 'm';
const MORE = ascii('more');
/** A target that still reads answers within this. */
const ANSWER_MS = 300;

export const subDeliveryCases: readonly Case[] = [
  defineCase({
    id: 'sub/5',
    types: ['SUB'],
    judge: {
      matched: { rfc: ['delivered'] },
      unmatched: { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
      'matched by the second frame alone': { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
      'shorter than the topic': { rfc: ['dropped', 'delivered'], wire: ['dropped'] },
    },
    run: async trial => {
      const socket = await trial.open();
      await ask(socket, 'subscribe', 'Bx');
      const peer = await trial.join(socket);
      const messages = {
        unmatched: [ascii('zz')],
        matched: [ascii('Bxy')],
        'matched by the second frame alone': [ascii('q'), ascii('Bx')],
        'shorter than the topic': [ascii('B')],
      };
      return reach(trial, socket, peer, messages, [ascii('Bx')]);
    },
  }),

  defineCase({
    id: 'sub/6',
    types: ['SUB'],
    judge: {
      // The publisher drops in its place where a subscriber stops reading, as libzmq's does.
      'more than the queue holds': { rfc: ['dropped'], wire: ['dropped', 'delivered'] },
      afterwards: { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open({ recvQueue: 5 });
      await ask(socket, 'subscribe', TOPIC);
      const peer = await trial.join(socket);
      await expectTold(peer);
      await socket.pause();
      for (let i = 0; i < MANY; i += 1) peer.write(message(join(ascii(TOPIC), uint32(i))));
      peer.write(ping('all read?'), 'PING');
      await peer.command('PONG', ANSWER_MS); // a target that goes on reading has read all; one that stopped stays silent
      await socket.resume();
      const arrived = await arrivedBeforeOneMore(trial.stepMs, socket, peer);
      return {
        'more than the queue holds': arrived === undefined ? 'mute' : arrived < MANY ? 'dropped' : 'delivered',
        afterwards: arrived === undefined ? 'mute' : 'delivered',
      };
    },
  }),
];

/** How many arrived in front of a message that is sent until it is not dropped. */
async function arrivedBeforeOneMore(
  withinMs: number,
  socket: TargetSocket,
  peer: RawPeer,
): Promise<number | undefined> {
  let arrived = 0;
  let deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    peer.write(message(MORE));
    for (;;) {
      const got = await socket.receive(50);
      if (got === undefined) break;
      if (sameParts(got.parts, [MORE])) return arrived;
      arrived += 1;
      deadline = performance.now() + withinMs;
    }
  }
  return undefined;
}
