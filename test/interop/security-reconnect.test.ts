// @deadline 180
/** Behind CURVE, ours and libzmq lose each other: by a killed process, a closed socket, or a wire that goes dead. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { subscription } from '../support/peers/peer-socket.ts';
import { type Library, type Peer, startPeer } from '../support/peers/peer.ts';
import { type Tap, tap } from '../support/peers/tap.ts';
import { type Cell, addAtOnce } from './at-once.ts';
import { type End, type EndOptions, type Side, ours, withOptions } from './end.ts';
import { type Match, matches } from './matrix.ts';
import { assertSame } from './pair.ts';
import { Phoenix, loseLibzmq, loseOurs } from './reconnect.ts';
import { CURVE_SERVER, curveClient } from './security.ts';

const libraries = ['npm', 'python'] as const;
const peers = await Promise.all(libraries.map(library => startPeer(library)));

const reconnect = suite('behind CURVE, ours and libzmq lose each other');

const ROLES = { client: curveClient(), server: CURVE_SERVER };

/** Pairs in which one can see most: an envelope, a lock step, a stream, and who wants what. */
const PAIRS = ['REQ-REP', 'DEALER-ROUTER', 'PUSH-PULL', 'PUB-SUB', 'XPUB-XSUB'];

function someMatches(one: Side, other: Side): Match[] {
  return matches(one, other).filter(({ pair }) => PAIRS.includes(`${pair.left}-${pair.right}`));
}

function castings(theirs: Peer): { weAre: 'client' | 'server'; us: Side; them: Side }[] {
  return [
    {
      weAre: 'client',
      us: withOptions(ours, ROLES.client, 'client'),
      them: withOptions(theirs, ROLES.server, 'server'),
    },
    {
      weAre: 'server',
      us: withOptions(ours, ROLES.server, 'server'),
      them: withOptions(theirs, ROLES.client, 'client'),
    },
  ];
}

function killed(library: Library, peer: Peer): Cell[] {
  return castings(peer).flatMap(({ weAre, us, them }, parity) =>
    someMatches(us, them)
      .filter((_, i) => i % 2 === parity) // a process for each is slow: the roles take turns
      .map(match => ({
        name: `${match.name}, libzmq is killed and comes back`,
        play: async () => {
          const libzmq = new Phoenix(library, await startPeer(library));
          const theirs = withOptions(libzmq, ROLES[weAre === 'client' ? 'server' : 'client'], 'phoenix');
          try {
            const sides = match.left === us ? { left: us, right: theirs } : { left: theirs, right: us };
            await loseLibzmq({ ...match, ...sides }, { ours: us, theirs }, libzmq);
          } finally {
            await libzmq.kill();
          }
        },
      })),
  );
}

function closed(peer: Peer): Cell[] {
  return castings(peer).flatMap(({ weAre, us, them }) => {
    const theirs = withOptions(peer, ROLES[weAre === 'client' ? 'server' : 'client'], 'the same');
    return someMatches(us, them).map(match => ({
      name: `${match.name}, ours is closed and comes back`,
      play: () => {
        const sides = match.left === us ? { left: us, right: theirs } : { left: theirs, right: us };
        return loseOurs({ ...match, ...sides }, { ours: us, theirs });
      },
    }));
  });
}

const HEARTBEATS: EndOptions = {
  heartbeatInterval: 50,
  heartbeatTimeout: 300,
  heartbeatTimeToLive: 600,
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

function livingWire(peer: Peer): Cell[] {
  return both(peer).map(({ name, connecting, bound }) => ({
    name: `${name}: heartbeats that come every 50 ms keep the connection`,
    play: () =>
      overTap(
        connecting,
        bound,
        ['DEALER', 'DEALER'],
        { ...HEARTBEATS, heartbeatTimeout: 3000 },
        async (wire, ...ends) => {
          const [passed, octets] = [() => wire.passages.length, wire.sent('connecting').length];
          const before = passed();
          await wire.until(() => passed() > before + 40 && wire.sent('connecting').length > octets + 400);
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
  return castings(peer).flatMap(({ us, them }) => [
    { name: `${us.name} connects to ${them.name}`, connecting: us, bound: them },
    { name: `${them.name} connects to ${us.name}`, connecting: them, bound: us },
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
