// @deadline 180
/** Behind CURVE, ours and libzmq lose each other: by a killed process, a closed socket, or a wire that goes dead. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type PeerSocket, subscription } from '../support/peers/peer-socket.ts';
import { type Library, type Peer, startPeer } from '../support/peers/peer.ts';
import { type Tap, tap } from '../support/peers/tap.ts';
import { type Cell, addAtOnce } from './at-once.ts';
import { type End, type EndOptions, type Side, ours, withOptions } from './end.ts';
import { type Match, matches } from './matrix.ts';
import { assertSame } from './pair.ts';
import { type OursAndTheirs, Phoenix, loseLibzmq, loseOurs } from './reconnect.ts';
import { CURVE_SERVER, curveClient } from './security.ts';

const libraries = ['npm', 'python'] as const;
const peers = await Promise.all(libraries.map(library => startPeer(library)));

const reconnect = suite('behind CURVE, ours and libzmq lose each other');

const ROLES = { client: curveClient(), server: CURVE_SERVER };

/** Pairs in which one can see most: an envelope, a lock step, a stream, and who wants what. */
const PAIRS = ['REQ-REP', 'DEALER-ROUTER', 'PUSH-PULL', 'PUB-SUB', 'XPUB-XSUB'];

function someMatches(sides: OursAndTheirs): Match[] {
  return matches(sides.ours, sides.theirs).filter(({ pair }) => PAIRS.includes(`${pair.left}-${pair.right}`));
}

/** Ours and that libzmq, in both roles. */
function castings(libzmq: Side<PeerSocket>): OursAndTheirs[] {
  return (['client', 'server'] as const).map(role => {
    const other = role === 'client' ? 'server' : 'client';
    return { ours: withOptions(ours, ROLES[role], role), theirs: withOptions(libzmq, ROLES[other], other) };
  });
}

function killed(library: Library, peer: Peer): Cell[] {
  return castings(peer).flatMap((names, casting) =>
    someMatches(names)
      .map((match, i) => ({ match, i }))
      .filter(({ i }) => i % 2 === casting) // a process for each is slow: the roles take turns
      .map(({ match, i }) => ({
        name: `${match.name}, libzmq is killed and comes back`,
        play: async () => {
          const libzmq = new Phoenix(library, await startPeer(library));
          const sides = castings(libzmq)[casting] ?? names;
          try {
            await loseLibzmq(someMatches(sides)[i] ?? match, sides, libzmq);
          } finally {
            await libzmq.kill();
          }
        },
      })),
  );
}

function closed(peer: Peer): Cell[] {
  return castings(peer).flatMap(sides =>
    someMatches(sides).map(match => ({
      name: `${match.name}, ours is closed and comes back`,
      play: () => loseOurs(match, sides),
    })),
  );
}

const HEARTBEATS: EndOptions = {
  heartbeatInterval: 50,
  heartbeatTimeout: 600,
  heartbeatTimeToLive: 1000,
  reconnectInterval: 20,
};

function deadWire(peer: Peer): Cell[] {
  return both(peer).map(({ name, connecting, bound }) => ({
    name: `${name}: both give up a dead wire, and meet again`,
    play: () =>
      overTap(connecting, bound, ['DEALER', 'DEALER'], HEARTBEATS, async (wire, connectingEnd, boundEnd) => {
        await connectingEnd.send(['before']);
        assertSame(await boundEnd.receive(), ['before'], 'before');
        wire.silence();
        await Promise.all([connectingEnd.untilEvent('disconnect'), boundEnd.untilEvent('disconnect')]);
        wire.resume();
        await connectingEnd.send(['after']);
        assertSame(await boundEnd.receive(), ['after'], 'after');
      }),
  }));
}

/** Head, MESSAGE around it, name and time to live. */
const PING_OCTETS = 2 + 33 + 5 + 2;

function livingWire(peer: Peer): Cell[] {
  return both(peer).map(({ name, connecting, bound }) => ({
    name: `${name}: heartbeats that come every 50 ms keep the connection`,
    play: () =>
      overTap(
        connecting,
        bound,
        ['DEALER', 'DEALER'],
        { ...HEARTBEATS, heartbeatTimeout: 3000, heartbeatTimeToLive: 3000 },
        async (wire, ...ends) => {
          const pinged = (): number => Math.min(wire.sent('connecting').length, wire.sent('bound').length);
          const before = pinged();
          await wire.until(() => pinged() > before + 10 * PING_OCTETS);
          assert.equal(
            ends.map(end => end.count('disconnect')),
            [0, 0],
          );
        },
      ),
  }));
}

function subscriptions(peer: Peer): Cell[] {
  return both(peer).flatMap(({ name, connecting, bound }) =>
    (['SUB', 'XSUB'] as const).map(type => ({
      name: `${name}: an ${type} asks again for what it still wants, and for no more`,
      play: () =>
        overTap(connecting, bound, [type, 'XPUB'], { reconnectInterval: 20 }, async (wire, subscriber, publisher) => {
          const notices = async (...expected: readonly Uint8Array[]): Promise<void> => {
            for (const notice of expected) assertSame(await publisher.receive(), [notice], 'a notice');
          };
          await subscriber.subscribe('a', 'b');
          await subscriber.unsubscribe('a');
          await notices(subscription(1, 'a'), subscription(1, 'b'), subscription(0, 'a'));
          wire.resume(); // cuts
          await notices(subscription(0, 'b'), subscription(1, 'b'));
          await subscriber.subscribe('c');
          await notices(subscription(1, 'c'));
          for (const topic of ['a', 'b', 'c']) await publisher.send([topic, '1']);
          assertSame(await subscriber.receive(), ['b', '1'], 'the first');
          assertSame(await subscriber.receive(), ['c', '1'], 'the second');
          await subscriber.unsubscribe('b');
          await notices(subscription(0, 'b'));
          for (const topic of ['b', 'c']) await publisher.send([topic, '2']);
          assertSame(await subscriber.receive(), ['c', '2'], 'the third');
        }),
    })),
  );
}

function both(peer: Peer): { name: string; connecting: Side; bound: Side }[] {
  return castings(peer).flatMap(sides => [
    { name: `${sides.ours.name} connects to ${sides.theirs.name}`, connecting: sides.ours, bound: sides.theirs },
    { name: `${sides.theirs.name} connects to ${sides.ours.name}`, connecting: sides.theirs, bound: sides.ours },
  ]);
}

async function overTap(
  connecting: Side,
  bound: Side,
  [type, boundType]: readonly ['DEALER' | 'SUB' | 'XSUB', 'DEALER' | 'XPUB'],
  options: EndOptions,
  play: (wire: Tap, connectingEnd: End, boundEnd: End) => Promise<void>,
): Promise<void> {
  const connectingEnd = await connecting.open(type, options);
  const boundEnd = await bound.open(boundType, options);
  const wire = await tap(await boundEnd.bind());
  try {
    await connectingEnd.connect(wire.endpoint);
    await Promise.all([connectingEnd.untilEvent('handshake'), boundEnd.untilEvent('handshake')]);
    await play(wire, connectingEnd, boundEnd);
  } finally {
    await Promise.all([connectingEnd.close(), boundEnd.close()]);
    await wire.close();
  }
}

addAtOnce(
  reconnect,
  peers.flatMap((peer, i) => [
    ...killed(libraries[i] ?? 'npm', peer),
    ...closed(peer),
    ...deadWire(peer),
    ...livingWire(peer),
    ...subscriptions(peer),
  ]),
);

reconnect.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
reconnect.run();
