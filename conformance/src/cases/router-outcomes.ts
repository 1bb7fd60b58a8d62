/** ROUTER: what becomes of messages that nobody can take. */
import { defineCase, type Case, type Token } from '../catalogue/case.ts';
import { ascii } from '../raw/octets.ts';
import { parts } from '../raw/parts.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { whereSupported } from '../target/where-supported.ts';
import { emitted, heardUntilPong, mustSend, settle } from '../trial/exchange.ts';
import { numbers, piece } from '../trial/flood.ts';
import { freshIdentity, type Trial } from '../trial/trial.ts';

/** Pieces: the large ones are more than buffers take, the others far more than the queue. */
const FLOOD = 60;

export const routerOutcomeCases: readonly Case[] = [
  defineCase({
    id: 'router/4',
    roles: ['bind'],
    judge: {
      'unknown, to be dropped': { rfc: ['dropped'] },
      'gone, to be dropped': { rfc: ['dropped'] },
      'unknown, to be told': { rfc: ['refused'] },
      'gone, to be told': { rfc: ['refused'] },
      'the others': { rfc: ['as-required'] },
    },
    run: async trial => {
      const lenient = await sendToNobody(trial, {});
      const strict = await whereSupported(() => sendToNobody(trial, { routerMandatory: true }));
      return {
        'unknown, to be dropped': lenient.unknown,
        'gone, to be dropped': lenient.gone,
        ...(strict && { 'unknown, to be told': strict.unknown, 'gone, to be told': strict.gone }),
        'the others': lenient.others === 'as-required' ? (strict ?? lenient).others : lenient.others,
      };
    },
  }),

  defineCase({
    id: 'router/5',
    roles: ['bind'],
    judge: {
      sending: { rfc: ['as-required'] },
      // RFC 28 lets a target return an error, too; it may only not wait.
      'the overflow': { rfc: ['dropped', 'refused'] },
      'another peer, meanwhile': { rfc: ['delivered'] },
      'the full one, later': { rfc: ['delivered'] },
    },
    run: async trial => {
      const socket = await trial.open({ sendQueue: 5 });
      const identity = freshIdentity();
      const slow = await settle(trial, socket, { identity });
      const bystander = freshIdentity();
      const other = await settle(trial, socket, { identity: bystander });
      slow.pause();
      let blocked = false;
      let sent = 0;
      for (let i = 0; i < FLOOD && !blocked; i += 1) {
        const began = performance.now();
        const answer = await socket.send({ parts: [identity, piece(i)] }, trial.stepMs);
        if (answer === 'sent') sent += 1;
        else blocked = performance.now() - began > trial.stepMs / 2;
      }
      await mustSend(socket, [bystander, ascii('to the other')]);
      const meanwhile = await emitted(other, parts('to the other'));
      slow.resume();
      const got = await numbers(slow, FLOOD, trial.stepMs / 2);
      const ordered = got.every((number, i) => i === 0 || number > (got[i - 1] ?? number));
      await mustSend(socket, [identity, ascii('later')]);
      const excess = got.length < sent ? 'dropped' : sent < FLOOD ? 'refused' : 'unreached(the queue was never full)';
      return {
        sending: blocked ? 'differs(blocks)' : 'as-required',
        'the overflow': ordered ? excess : 'altered',
        'another peer, meanwhile': meanwhile,
        'the full one, later': await emitted(slow, parts('later')),
      };
    },
  }),
];

/** To an id that nobody has, and to one whose peer has left; another peer must hear nothing of both. */
async function sendToNobody(
  trial: Trial,
  options: Pick<TargetOptions, 'routerMandatory'>,
): Promise<{ unknown: Token; gone: Token; others: Token }> {
  const socket = await trial.open(options);
  const bystander = await settle(trial, socket);
  const unknown = await outcomeOf(socket, freshIdentity());
  const identity = freshIdentity();
  const leaving = await settle(trial, socket, { identity });
  await mustSend(socket, [identity, ascii('you are known')]);
  await leaving.expectMessage('a message to a known id');
  leaving.destroy();
  const gone = await untilGone(trial, socket, identity, options.routerMandatory === true);
  const heard = await heardUntilPong(trial, bystander);
  return { unknown, gone, others: heard.length === 0 ? 'as-required' : 'differs(a message to somebody else)' };
}

async function outcomeOf(socket: TargetSocket, identity: Uint8Array): Promise<'dropped' | 'refused'> {
  const answer = await socket.send({ parts: [identity, ascii('anybody?')] });
  return answer === 'sent' ? 'dropped' : 'refused';
}

/** A peer's end is noticed in time, not at once: where that is to be told, the application asks until it is. */
async function untilGone(trial: Trial, socket: TargetSocket, identity: Uint8Array, toBeTold: boolean): Promise<Token> {
  const deadline = performance.now() + trial.stepMs;
  for (;;) {
    const outcome = await outcomeOf(socket, identity);
    if (!toBeTold || outcome === 'refused' || performance.now() > deadline) return outcome;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
