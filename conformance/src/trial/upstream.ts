/** What a subscribing target (SUB, XSUB, DISH) tells a raw publisher of its subscriptions or groups. */
import type { Token } from '../catalogue/case.ts';
import { commandIn } from '../raw/command.ts';
import type { Frame } from '../raw/frame.ts';
import { ascii, freshName, join, same } from '../raw/octets.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';

export interface Told {
  readonly kind: 'SUBSCRIBE' | 'CANCEL' | 'JOIN' | 'LEAVE';
  readonly topic: Uint8Array;
  /** A command of ZMTP 3.1, and not a message as ZMTP 3.0 has it. */
  readonly command: boolean;
}

/** The application wants a topic or group, or no longer. An XSUB's writes it by itself. */
export async function ask(
  socket: TargetSocket,
  what: 'subscribe' | 'unsubscribe',
  topic: Uint8Array | string,
): Promise<void> {
  const octets = typeof topic === 'string' ? ascii(topic) : topic;
  const begins = what === 'subscribe';
  const answer = await (() => {
    switch (socket.type) {
      case 'XSUB':
        return socket.send({ parts: [join(Uint8Array.of(begins ? 1 : 0), octets)] });
      case 'DISH':
        return begins ? socket.join(octets) : socket.leave(octets);
      default:
        return begins ? socket.subscribe(octets) : socket.unsubscribe(octets);
    }
  })();
  if (answer !== 'sent') throw new Unreached(`to ${what} is refused: ${answer}`);
}

/** The next that it tells; everything else is skipped. Throws where nothing comes. */
export async function expectTold(peer: RawPeer, withinMs?: number): Promise<Told> {
  for (;;) {
    const told = toldIn(await peer.expectFrame('a subscription', withinMs));
    if (told !== undefined) return told;
  }
}

/** All that it tells, in order, up to now: in front of the end of a topic that the application asks for meanwhile. */
export async function toldUpToNow(socket: TargetSocket, peer: RawPeer): Promise<readonly Told[]> {
  const topic = ascii(freshName('~now-'));
  const all: Told[] = [];
  // The first may come among others that were there before, in whatever order; the second comes behind them all.
  for (const what of ['subscribe', 'unsubscribe'] as const) {
    await ask(socket, what, topic);
    for (let told = await expectTold(peer); !same(told.topic, topic); told = await expectTold(peer)) all.push(told);
  }
  return all;
}

export function toldIn(frame: Frame): Told | undefined {
  const found = commandIn(frame);
  switch (found?.name) {
    case 'SUBSCRIBE':
    case 'CANCEL':
    case 'JOIN':
    case 'LEAVE':
      return { kind: found.name, topic: found.data, command: true };
    default: {
      const first = frame.command || frame.more ? undefined : frame.body[0];
      if (first !== 0 && first !== 1) return undefined;
      return { kind: first === 1 ? 'SUBSCRIBE' : 'CANCEL', topic: frame.body.subarray(1), command: false };
    }
  }
}

/** Whether it was told as a command (or not), of this kind and with this topic. */
export function judgeTold(told: Told, wanted: { readonly [Key in keyof Told]: Told[Key] }): Token {
  if (told.kind !== wanted.kind) return `differs(${told.kind})`;
  if (!same(told.topic, wanted.topic)) return `differs(${told.topic.length} octets of topic)`;
  if (told.command !== wanted.command) return `differs(as a ${told.command ? 'command' : 'message'})`;
  return 'as-required';
}

export function countTold(told: readonly Told[], kind: Told['kind'], topic: string): number {
  return told.filter(one => one.kind === kind && same(one.topic, ascii(topic))).length;
}
