/** Messages between the raw peer and the target's application, looked at whole: number of parts, order, octets. */
import type { Token } from '../catalogue/case.ts';
import { commandIn, ping } from '../raw/command.ts';
import { random, same } from '../raw/octets.ts';
import { sameParts } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { PeerFields, Trial } from './trial.ts';

/** What becomes of a message that the peer has written. */
export async function taken(
  socket: TargetSocket,
  expected: readonly Uint8Array[],
): Promise<'delivered' | 'altered' | 'dropped'> {
  const message = await socket.receive();
  if (message === undefined) return 'dropped';
  return sameParts(message.parts, expected) ? 'delivered' : 'altered';
}

/** What becomes of a message that the application has sent. */
export async function emitted(peer: RawPeer, expected: readonly Uint8Array[]): Promise<Token> {
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

/** How long a connection may live on before it is ended, where it is not the connection itself that finds the fault. */
const GRACE_MS = 200;

/** As `trial.fate`, but an end that follows shortly upon the PONG counts. */
export async function fateInTheEnd(trial: Trial, peer: RawPeer): Promise<Awaited<ReturnType<Trial['fate']>>> {
  const fate = await trial.fate(peer);
  return fate === 'open' ? peer.outcome(GRACE_MS) : fate;
}

/** The bodies of the message frames that come before the answer to a PING. */
export async function heardUntilPong(trial: Trial, peer: RawPeer): Promise<readonly Uint8Array[]> {
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

/** A message that the application must be able to send, or the steps behind it never come about. */
export async function mustSend(socket: TargetSocket, message: readonly Uint8Array[]): Promise<void> {
  const answer = await socket.send({ parts: message });
  if (answer !== 'sent') throw new Unreached(`the application is told ${answer} in place of sent`);
}
