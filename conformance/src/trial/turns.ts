/** In whose turn messages go out and come in, where several peers have a part in it. A peer is the first letter of its messages. */
import type { Token } from '../catalogue/case.ts';
import type { Arrival } from '../raw/inbox.ts';
import { ascii, toAscii } from '../raw/octets.ts';
import { told } from '../raw/parts.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';

/**
 * For messages that all were there from the beginning: whether nobody was served three times running while another
 * waited. Twice may be: the first one may have been taken before the other's were there.
 */
export function fairly(order: readonly string[]): Token {
  const owners = order.map(text => text.charAt(0));
  const unfair = owners.some((owner, i) => {
    const run = owners.slice(i, i + 3);
    return run.length === 3 && run.every(one => one === owner) && owners.slice(i + 3).some(one => one !== owner);
  });
  if (unfair) return `differs(${order.join(' ')})`;
  const sorted = [...new Set(owners)].every(owner => {
    const own = order.filter(text => text.startsWith(owner));
    return own.join() === own.toSorted().join();
  });
  return sorted ? 'as-required' : `differs(${order.join(' ')})`;
}

/** Whether this many messages, sent one after the other to two peers, reached them in turn. Each ends in a part of its own. */
export async function inTurn(
  inbox: { readonly next: (withinMs: number) => Promise<Arrival | undefined> },
  sent: readonly string[],
  withinMs: number,
): Promise<Token> {
  const got: [string[], string[]] = [[], []];
  for (const _ of sent) {
    const arrival = await inbox.next(withinMs);
    if (arrival === undefined) throw new Unreached('not all that was sent arrived');
    got[arrival.peer === 0 ? 0 : 1].push(told(arrival.parts));
  }
  const even = sent.filter((_, i) => i % 2 === 0).join(' ');
  const odd = sent.filter((_, i) => i % 2 === 1).join(' ');
  const [first, second] = got.map(texts => texts.join(' '));
  const alternate = (first === even && second === odd) || (first === odd && second === even);
  return alternate ? 'as-required' : `differs(${first ?? ''} / ${second ?? ''})`;
}

/** Sends four messages to two peers. As required where each gets every other one. */
export async function takesTurns(socket: TargetSocket, peers: readonly [RawPeer, RawPeer]): Promise<Token> {
  if (!(await eachHasOne(socket, peers))) return 'differs(all to one)';
  const sent = ['m1', 'm2', 'm3', 'm4'];
  for (const body of sent) {
    const answer = await socket.send({ parts: [ascii(body)] });
    if (answer !== 'sent') return 'refused';
  }
  await Promise.all(peers.map(() => socket.send({ parts: [ascii('end')] })));
  const [one, other] = await Promise.all(peers.map(gotBeforeEnd));
  const shares = [one ?? '', other ?? ''].sort();
  return shares.join(' / ') === 'm1,m3 / m2,m4' ? 'as-required' : `differs(${shares.join(' / ')})`;
}

/** A peer that has shaken hands need not be known to the socket yet: this goes on until each has got a message. */
async function eachHasOne(socket: TargetSocket, peers: readonly RawPeer[]): Promise<boolean> {
  const waiting = new Set(peers);
  for (let i = 0; i < 50; i += 1) {
    await socket.send({ parts: [ascii('mark')] });
    for (const peer of waiting) if (typeof (await peer.message(10)) !== 'string') waiting.delete(peer);
    if (waiting.size === 0) return true;
  }
  return false;
}

/** What one peer gets in front of its `end`, joined by commas; markers are nothing. */
async function gotBeforeEnd(peer: RawPeer): Promise<string> {
  const got: string[] = [];
  for (;;) {
    const message = await peer.expectMessage('the end');
    const body = message.map(toAscii).join('+');
    if (body === 'end') return got.join();
    if (body !== 'mark') got.push(body);
  }
}
