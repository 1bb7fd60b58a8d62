/** What came of octets that a case has written: into a handshake, or into traffic. */
import type { Token } from '../catalogue/case.ts';
import { message } from '../raw/frame.ts';
import { random } from '../raw/octets.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import type { Trial } from './trial.ts';

/** Who lets go of a connection, with or without a word. */
export const CLOSED: readonly ['closed', 'closed+ERROR(*)'] = ['closed', 'closed+ERROR(*)'];

/**
 * Whether our handshake, written just now, has let us in. The target's READY is awaited before anything else is written:
 * what overtakes it would be a question of its own.
 */
export async function entry(trial: Trial, peer: RawPeer): Promise<Token> {
  const theirs = await peer.command('READY');
  if (theirs === 'closed') return peer.closed();
  return theirs === 'silent' ? 'mute' : trial.fate(peer);
}

/** Whether the target lives on, and the next thing its application gets is a message written now. */
export async function onwards(trial: Trial, socket: TargetSocket, peer: RawPeer): Promise<Token> {
  const word = random(12);
  peer.write(message(word), 'a good message');
  const fate = await trial.fate(peer);
  if (fate !== 'open') return fate;
  const delivery = await trial.delivery(socket, [word]);
  return delivery === 'delivered' ? 'open' : delivery === 'altered' ? 'altered' : 'mute';
}

/** Whether octets, written just now, were kept from the application: the message behind them comes first. */
export async function keptOut(trial: Trial, socket: TargetSocket, peer: RawPeer): Promise<Token> {
  const token = await onwards(trial, socket, peer);
  if (token === 'open') return 'dropped';
  return token === 'altered' ? 'delivered' : token;
}

/** The id a ROUTER's application has for a peer: the first part of its message, which is written here. */
export async function idOf(socket: TargetSocket, peer: RawPeer): Promise<Uint8Array> {
  peer.write(message(random(12)), 'a message, to see its id');
  const { parts } = await socket.expectMessage();
  const [id] = parts;
  if (id === undefined || parts.length !== 2) throw new Unreached('a message without an id in front');
  return id;
}
