/** Messages between the raw peer and the target's application, looked at whole: number of parts, order, octets. */
import type { Token } from '../catalogue/case.ts';
import { commandIn, ping } from '../raw/command.ts';
import { message } from '../raw/frame.ts';
import { ascii, random, same } from '../raw/octets.ts';
import { sameParts, type Parts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetMessage } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { landing, type Ended } from './arrivals.ts';
import type { PeerFields, Trial } from './trial.ts';

/** What becomes of a message that the peer has written. */
export async function taken(socket: TargetSocket, expected: Parts): Promise<'delivered' | 'altered' | 'dropped'> {
  const message = await socket.receive();
  if (message === undefined) return 'dropped';
  return sameParts(message.parts, expected) ? 'delivered' : 'altered';
}

/** What becomes of a message that the application has sent. */
export async function emitted(peer: RawPeer, expected: Parts): Promise<Token> {
  const message = await peer.message();
  if (message === 'silent') return 'dropped';
  if (message === 'closed') return peer.closed();
  return sameParts(message, expected) ? 'delivered' : 'altered';
}

/** Joins, and has a PING answered: from then on the target knows of the peer, however it learns of new ones. */
export async function settle(trial: Trial, socket: TargetSocket, fields: PeerFields = {}): Promise<RawPeer> {
  const peer = await trial.join(socket, fields);
  const fate = await trial.fate(peer);
  if (fate !== 'open') throw new Unreached(`${fate} in place of PONG`);
  return peer;
}

/** How often a look alternates with another attempt to send, in milliseconds. */
const LOOK_MS = 10;
/** How long a connection may live on before it is ended, where it is not the connection itself that finds the fault. */
const GRACE_MS = 200;

/** As `trial.fate`, but an end that follows shortly upon the PONG counts. */
export async function fateInTheEnd(trial: Trial, peer: RawPeer): Promise<Awaited<ReturnType<Trial['fate']>>> {
  const fate = await trial.fate(peer);
  return fate === 'open' ? peer.outcome(GRACE_MS) : fate;
}

/** How long a target of 3.0, which knows no PING, may take for a message that was asked of it before. */
const QUIET_MS = 300;

/** The bodies of the message frames that come before the answer to a PING; of a target of 3.0, before it falls silent. */
export async function heardUntilPong(trial: Trial, peer: RawPeer): Promise<readonly Uint8Array[]> {
  if (peer.minor === 0) return heardUntilSilence(peer);
  const context = random(8);
  peer.write(ping(context), 'PING: anything before?');
  const bodies: Uint8Array[] = [];
  for (;;) {
    const frame = await peer.expectFrame('PONG', trial.stepMs);
    const found = commandIn(frame);
    if (found?.name === 'PONG' && same(found.data, context)) return bodies;
    if (!frame.command) bodies.push(frame.body);
  }
}

async function heardUntilSilence(peer: RawPeer): Promise<readonly Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for (;;) {
    const frame = await peer.frame(QUIET_MS);
    if (frame === 'silent') return bodies;
    if (frame === 'closed') throw new Unreached('closed in place of silence');
    if (!frame.command) bodies.push(frame.body);
  }
}

/** A message that the application must be able to send, or the steps behind it never come about. */
export async function mustSend(socket: TargetSocket, message: Parts): Promise<void> {
  const answer = await socket.send({ parts: message });
  if (answer !== 'sent') throw new Unreached(`the application is told ${answer} in place of sent`);
}

/**
 * Sends again and again until the look finds something: a publisher does not tell when it has taken note of a
 * subscription.
 */
export async function sendUntil<T>(
  trial: Trial,
  socket: TargetSocket,
  message: TargetMessage,
  look: (withinMs: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + trial.stepMs;
  for (;;) {
    await socket.send(message);
    const found = await look(LOOK_MS);
    if (found !== 'silent' || performance.now() >= deadline) return found;
  }
}

/** A peer in traffic. */
export interface Talker {
  readonly peer: RawPeer;
  /** What the target's application puts in front of a message for it. */
  readonly to: readonly Uint8Array[];
}

/**
 * Joins. A ROUTER has also heard from the peer, since only then everyone's knows where to send; the id is what its
 * application was told, which after a reconnection may be that of the connection before.
 */
export async function joinToTalk(trial: Trial, socket: TargetSocket, fields: PeerFields = {}): Promise<Talker> {
  const peer = await trial.join(socket, fields);
  if (socket.type !== 'ROUTER') return { peer, to: [] };
  peer.write(message(ascii('here')), 'a first message');
  const { parts } = await socket.expectMessage();
  return { peer, to: parts.slice(0, 1) };
}

/** One message each way. `open`: both came whole. */
export async function exchange(
  trial: Trial,
  socket: TargetSocket,
  { peer, to }: Talker,
): Promise<'open' | 'altered' | 'mute' | Ended> {
  const parts = [ascii('one'), new Uint8Array(0), random(300)];
  const there = await landing(trial, socket, peer, message(...parts), parts);
  if (there === 'dropped') return 'mute';
  if (there !== 'delivered') return there;
  await mustSend(socket, [...to, ...parts]);
  const back = await peer.message();
  if (back === 'closed') return peer.closed();
  if (back === 'silent') return 'mute';
  return sameParts(back, parts) ? 'open' : 'altered';
}
