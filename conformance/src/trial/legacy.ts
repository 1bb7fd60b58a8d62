/** A trial's peers of ZMTP 2.0 and 1.0. */
import type { Token } from '../catalogue/case.ts';
import { frame } from '../raw/frame.ts';
import { SIGNATURE_SIZE } from '../raw/greeting.ts';
import {
  frameV1,
  GREETING_V2_SIZE,
  greetingV2,
  nextFrameV1,
  TYPE_NUMBERS,
  type GreetingV2Fields,
} from '../raw/legacy.ts';
import { ascii, join, same } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { SocketType } from '../target/protocol.ts';
import { Unsupported } from '../target/target-process.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { arrival } from './arrivals.ts';
import { PARTNER } from './pairs.ts';
import { optionsFor } from './security.ts';
import { freshIdentity, type Trial } from './trial.ts';

export interface PeerV2Fields extends Partial<GreetingV2Fields> {
  /** Default: random. */
  readonly identity?: Uint8Array;
  /** In place of the frame that holds the identity. */
  readonly identityFrame?: Uint8Array;
}

export interface JoinedV2 {
  readonly peer: RawPeer;
  readonly identity: Uint8Array;
}

/** Meets the target's socket as a peer of 2.0, up to traffic. */
export async function joinV2(trial: Trial, socket: TargetSocket, fields: PeerV2Fields = {}): Promise<JoinedV2> {
  const { peer, identity } = await greetV2(trial, socket, fields);
  await peer.expectOctets(GREETING_V2_SIZE, 'greeting of 2.0');
  await peer.expectFrame('identity');
  return { peer, identity };
}

/** Meets the target's socket and says all that a peer of 2.0 says before traffic. */
export async function greetV2(trial: Trial, socket: TargetSocket, fields: PeerV2Fields = {}): Promise<JoinedV2> {
  const { type = numberOf(PARTNER[socket.type]), revision = 1, identity = freshIdentity() } = fields;
  const peer = await trial.meet(socket);
  peer.write(join(greetingV2({ revision, type }), fields.identityFrame ?? frame(identity)), 'greeting of 2.0');
  return { peer, identity };
}

/** Meets a ROUTER as a peer of plain 1.0: what it writes first is the frame of its identity. */
export async function joinV1(
  trial: Trial,
  socket: TargetSocket,
  identityFrame: Uint8Array,
): Promise<{ readonly peer: RawPeer; readonly targetIdentity: Uint8Array }> {
  const peer = await trial.meet(socket);
  peer.write(identityFrame, 'identity of 1.0');
  const head = await peer.expectOctets(SIGNATURE_SIZE, 'head of the identity');
  const size = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(1));
  return { peer, targetIdentity: await peer.expectOctets(size - 1, 'identity') };
}

/** One message each way between a ROUTER and a peer of 1.0 that is in traffic. */
export async function converseV1(
  trial: Trial,
  socket: TargetSocket,
  peer: RawPeer,
): Promise<'open' | 'altered' | 'closed' | 'mute'> {
  const question = ascii('question');
  peer.write(frameV1(question), 'message');
  const arrived = await arrival(trial, socket, peer);
  if (typeof arrived === 'string') return arrived === 'closed' ? 'closed' : 'mute';
  const [id, body] = arrived.parts;
  if (id === undefined || body === undefined || !same(body, question)) return 'altered';
  await socket.send({ parts: [id, ascii('answer')] });
  const answer = await nextFrameV1(peer);
  if (answer === 'closed') return 'closed';
  if (answer === 'silent') return 'mute';
  return same(answer.body, ascii('answer')) && answer.flags === 0 ? 'open' : 'altered';
}

/** What a peer of this version gets from a target that has to look whom it lets in. */
export async function refusals(
  trial: Trial,
  opening: Uint8Array,
): Promise<Readonly<Partial<Record<'PLAIN' | 'CURVE' | 'NULL with a domain', Token>>>> {
  const meet = async (options: Parameters<Trial['open']>[0]): Promise<Token> => {
    const peer = await trial.meet(await trial.open(options));
    peer.write(opening, 'greeting');
    return peer.ending();
  };
  const side = trial.role === 'bind' ? 'server' : 'client';
  const seen: Partial<Record<'PLAIN' | 'CURVE' | 'NULL with a domain', Token>> = {};
  if (trial.can('mech:PLAIN')) seen.PLAIN = await meet(optionsFor('PLAIN', side));
  if (trial.can('mech:CURVE')) seen.CURVE = await meet(optionsFor('CURVE', side));
  if (trial.can('zap-host')) {
    await trial.zap({});
    seen['NULL with a domain'] = await meet({ zapDomain: 'global' });
  }
  if (Object.keys(seen).length === 0) throw new Unsupported('mech:PLAIN');
  return seen;
}

function numberOf(type: SocketType): number {
  const numbers: Partial<Readonly<Record<SocketType, number>>> = TYPE_NUMBERS;
  const number = numbers[type];
  if (number === undefined) throw new Error(`ZMTP 2.0 has no number for ${type}`);
  return number;
}
