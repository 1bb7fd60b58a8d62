/** A sender that takes its peers in turn. */
import type { Token } from '../catalogue/case.ts';
import { ascii, toAscii } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';

/** Sends four messages to two peers. As required where each gets every other one. */
export async function inTurn(socket: TargetSocket, peers: readonly [RawPeer, RawPeer]): Promise<Token> {
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
