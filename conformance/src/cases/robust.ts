/** Robustness: peers that are slow, large, numerous, or no peers at all. */
import { defineCase, type Case, type Judge, type Token } from '../catalogue/case.ts';
import { property, ready } from '../raw/command.ts';
import { frame, LONG, message } from '../raw/frame.ts';
import { greeting } from '../raw/greeting.ts';
import { ascii, filled, join, random, uint64 } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { arrival, landing } from '../trial/arrivals.ts';
import { curveJoin, curveSockets, taken } from '../trial/curve-sides.ts';
import { exchange, joinToTalk } from '../trial/exchange.ts';
import { greetV2 } from '../trial/legacy.ts';
import { holds, type Trial } from '../trial/trial.ts';
import { metStranger, STRANGERS } from './robust-strangers.ts';

const LIMIT_OCTETS = 100;
/** Room for the commands of a handshake of CURVE. */
const SEALED_LIMIT_OCTETS = 1000;

const DELIVERS: Judge = { rfc: ['delivered'] };
const STAYS_OUT: Judge = { rfc: ['closed', 'closed+ERROR(*)'] };
/** To wait for the body and to refuse its size are both fine. */
const WAITS_OR_ENDS: Judge = { rfc: ['open', 'closed', 'closed+ERROR(*)'] };

export const robustCases: readonly Case[] = [
  defineCase({
    id: 'robust/1',
    // What memory is taken does not show from outside; that nobody else suffers does.
    judge: {
      '8 GiB': WAITS_OR_ENDS,
      '2^40': WAITS_OR_ENDS,
      '2^62': WAITS_OR_ENDS,
      'others meanwhile': { rfc: ['open'] },
    },
    run: async trial => {
      const announce = async (size: bigint) => {
        const peer = await trial.join(await trial.open());
        peer.write(join(Uint8Array.of(LONG), uint64(size)), `a frame of ${size} octets is announced`);
        return peer.outcome(trial.stepMs / 2);
      };
      const [gibibytes, tebibyte, exbibytes] = await Promise.all([
        announce(2n ** 33n),
        announce(2n ** 40n),
        announce(2n ** 62n),
      ]);
      const socket = await trial.open();
      return {
        '8 GiB': gibibytes,
        '2^40': tebibyte,
        '2^62': exbibytes,
        'others meanwhile': await exchange(trial, socket, await joinToTalk(trial, socket)),
      };
    },
  }),

  defineCase({
    id: 'robust/2',
    judge: {
      'as much as the limit': DELIVERS,
      'one octet more': STAYS_OUT,
      // Whether the limit is one of frames or of messages, and whether it binds the handshake, no text says.
      'twice the limit in two frames': { rfc: ['delivered', 'closed', 'closed+ERROR(*)'], wire: ['delivered'] },
      'READY above a limit of 10': { rfc: ['open', 'closed', 'closed+ERROR(*)'] },
      // Nor whether it is one of what is sealed or of the seal, which is 33 octets more.
      'as much as the limit, sealed': {
        rfc: ['delivered', 'closed', 'closed+ERROR(*)'],
        wire: ['closed', 'closed+ERROR(*)'],
      },
      'sealed, one octet more': STAYS_OUT,
    },
    run: async trial => {
      const lands = async (...sizes: readonly number[]) => {
        const socket = await trial.open({ maxMessageSize: LIMIT_OCTETS });
        const parts = sizes.map(random);
        return landing(trial, socket, await trial.join(socket), message(...parts), parts);
      };
      return {
        'as much as the limit': await lands(LIMIT_OCTETS),
        'one octet more': await lands(LIMIT_OCTETS + 1),
        'twice the limit in two frames': await lands(LIMIT_OCTETS, LIMIT_OCTETS),
        'READY above a limit of 10': await readied(trial, await trial.open({ maxMessageSize: 10 })),
        ...(trial.can('mech:CURVE') && {
          'as much as the limit, sealed': await sealed(trial, SEALED_LIMIT_OCTETS),
          'sealed, one octet more': await sealed(trial, SEALED_LIMIT_OCTETS + 1),
        }),
      };
    },
  }),

  defineCase({
    id: 'robust/3',
    judge: {
      HTTP: STAYS_OUT,
      TLS: STAYS_OUT,
      SSH: STAYS_OUT,
      noise: STAYS_OUT,
      'noise with a signature': STAYS_OUT,
    },
    run: async trial => {
      const fate = (octets: Uint8Array) => metStranger(trial, octets);
      const [http, tls, ssh, noise, signed] = await Promise.all([
        fate(STRANGERS.HTTP),
        fate(STRANGERS.TLS),
        fate(STRANGERS.SSH),
        fate(STRANGERS.noise),
        fate(STRANGERS['noise with a signature']),
      ]);
      return { HTTP: http, TLS: tls, SSH: ssh, noise, 'noise with a signature': signed };
    },
  }),

  defineCase({
    id: 'robust/4',
    roles: ['connect'],
    types: ['PAIR'],
    judge: { echo: { rfc: ['delivered', 'closed', 'closed+ERROR(*)'] } },
    run: async trial => {
      const socket = await trial.open();
      const peer = await trial.meet(socket);
      const echoing = echo(peer);
      const body = ascii('hello, myself');
      await socket.send({ parts: [body] });
      const back = await arrival(trial, socket, peer);
      peer.destroy();
      await echoing;
      if (typeof back === 'string') return { echo: peer.closedAt === undefined ? 'mute' : peer.closed() };
      return { echo: holds(socket.type, back, [body]) ? 'delivered' : 'altered' };
    },
  }),

  defineCase({
    id: 'robust/5',
    roles: ['bind'],
    judge: { 'a good peer': { rfc: ['open'] } },
    run: async trial => {
      const socket = await trial.open();
      const begin = async () => {
        const peer = await trial.meet(socket);
        peer.write(greeting().subarray(0, 32), 'half a greeting');
      };
      await Promise.all(Array.from({ length: 50 }, begin));
      return { 'a good peer': await exchange(trial, socket, await joinToTalk(trial, socket)) };
    },
  }),

  defineCase({
    id: 'robust/6',
    judge: { 'READY of 5 MB': STAYS_OUT },
    run: async trial => {
      const others = property('X-Filler', filled(5_000_000, 0x78));
      return { 'READY of 5 MB': await readied(trial, await trial.open(), others) };
    },
  }),

  defineCase({
    id: 'robust/7',
    needs: ['handshake-limit'],
    judge: { 'slow body': DELIVERS },
    run: async trial => {
      // The handshake must be done within this limit even if the machine is busy; the body takes a little longer.
      const socket = await trial.open({ handshakeMs: trial.stepMs });
      const peer = await trial.join(socket);
      const body = ascii('slowly, slow');
      peer.write(frame(body).subarray(0, 2), 'the head of a frame');
      await peer.writeSlowly(body, trial.stepMs / 10, 'its body, octet by octet');
      return { 'slow body': await landing(trial, socket, peer, new Uint8Array(0), [body]) };
    },
  }),

  defineCase({
    id: 'robust/8',
    needs: ['handshake-limit', 'fallback:2.0'],
    judge: { 'idle peer of 2.0': DELIVERS },
    run: async trial => {
      const socket = await trial.open({ handshakeMs: trial.stepMs / 2 });
      const { peer } = await greetV2(trial, socket);
      if ((await peer.ending(trial.stepMs * 0.8)) === 'closed') return { 'idle peer of 2.0': 'closed' };
      const body = ascii('awake');
      return { 'idle peer of 2.0': await landing(trial, socket, peer, message(body), [body]) };
    },
  }),
];

/** What becomes of a connection on which our READY may be too much. */
async function readied(trial: Trial, socket: TargetSocket, others?: Uint8Array) {
  const peer = await trial.meet(socket);
  await peer.greet();
  peer.write(ready(trial.metadataOf(socket.type, others === undefined ? {} : { others })), 'READY');
  const theirs = await peer.command('READY');
  return theirs === 'closed' ? peer.closed() : trial.fate(peer);
}

/** What becomes of a message of this size under CURVE. */
async function sealed(trial: Trial, size: number): Promise<Token> {
  const options = { maxMessageSize: SEALED_LIMIT_OCTETS };
  const joined = await curveJoin(trial, curveSockets(trial, 'server', options));
  const body = random(size);
  joined.session.message(body);
  return taken(trial, joined, body);
}

async function echo(peer: RawPeer): Promise<void> {
  for (;;) {
    const first = await peer.octets(1);
    if (typeof first === 'string') return;
    const rest = await peer.octets(peer.unread.length);
    if (typeof rest === 'string') return;
    peer.write(join(first, rest), 'the same');
  }
}
