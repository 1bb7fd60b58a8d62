/**
 * What becomes of queued messages when a socket is closed: every type, on either side of a connection, with a peer that
 * reads nothing, never comes or comes late, and each kind of linger.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import type { Socket } from '../../src/sockets/socket.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import type { Message } from '../../src/message.ts';
import { fateOf, inWorld, texts, type World } from '../support/world.ts';

interface Hearer extends Socket {
  tryReceive(): Message | undefined;
}

/** Who plays. */
interface Cast {
  readonly socket: Socket;
  readonly say: (word: string) => unknown;
  readonly peer: Socket;
  /** What must happen between the two before the socket can say anything. */
  readonly meet?: () => Promise<unknown>;
}

/** How one type comes to have messages for a peer. */
interface Case {
  /** The socket, what it queues a message with, and a fitting peer. */
  make(world: World): Cast;
  /** How many messages it can queue at all. */
  readonly most: number;
  /** Whether it queues for an endpoint where nobody has been yet. */
  readonly early: boolean;
  /** What the peer receives when all is sent; by default the words. */
  readonly heard?: (word: string) => string[];
}

const CASES: Record<string, Case> = {
  PUSH: {
    make: world => {
      const socket = world.open(Push);
      return { socket, say: word => socket.trySend(word), peer: world.open(Pull) };
    },
    most: 5,
    early: true,
  },
  PULL: { make: world => ({ socket: world.open(Pull), say: () => {}, peer: world.open(Push) }), most: 0, early: false },
  PAIR: {
    make: world => {
      const socket = world.open(Pair);
      return { socket, say: word => socket.trySend(word), peer: world.open(Pair) };
    },
    most: 5,
    early: true,
  },
  DEALER: {
    make: world => {
      const socket = world.open(Dealer);
      return { socket, say: word => socket.trySend(word), peer: world.open(Dealer) };
    },
    most: 5,
    early: true,
  },
  ROUTER: {
    make: world => {
      const socket = world.open(Router);
      return { socket, say: word => socket.trySend(['me', word]), peer: world.open(Dealer, { routingId: 'me' }) };
    },
    most: 5,
    early: false,
  },
  REQ: {
    make: world => {
      const socket = world.open(Request);
      return { socket, say: word => socket.trySend(word), peer: world.open(Reply) };
    },
    most: 1,
    early: true,
  },
  REP: {
    make: world => {
      const [socket, peer] = [world.open(Reply), world.open(Request)];
      const say = (word: string): boolean => socket.writable && socket.trySend(word);
      const meet = async (): Promise<unknown> => {
        await peer.send('question');
        return socket.receive();
      };
      return { socket, say, peer, meet };
    },
    most: 1,
    early: false,
  },
  PUB: {
    make: world => {
      const [socket, peer] = [world.open(Publisher), world.open(Subscriber)];
      peer.subscribe('');
      return { socket, say: word => socket.trySend(word), peer };
    },
    most: 5,
    early: false,
  },
  XPUB: {
    make: world => {
      const [socket, peer] = [world.open(XPublisher), world.open(Subscriber)];
      peer.subscribe('');
      return { socket, say: word => socket.trySend(word), peer };
    },
    most: 5,
    early: false,
  },
  SUB: {
    make: world => {
      const socket = world.open(Subscriber);
      return { socket, say: word => socket.subscribe(word), peer: world.open(XPublisher) };
    },
    most: 5,
    early: false,
    heard: word => [`\x01${word}`],
  },
  XSUB: {
    make: world => {
      const socket = world.open(XSubscriber);
      return { socket, say: word => socket.trySend(word), peer: world.open(XPublisher) };
    },
    most: 5,
    early: false,
  },
};

const WORDS = ['a', 'b', 'c', 'd', 'e'];
const LONG_MS = 3_600_000;

const tests = suite('linger');

for (const [type, { make, most, early, heard = (word: string) => [word] }] of Object.entries(CASES)) {
  const expected = WORDS.slice(0, most).map(heard);

  /** Two who have met, and of whom the socket has words for the other that do not get through. */
  const stuck = async (world: World, side: string): Promise<{ socket: Socket; peer: Socket; thaw: () => void }> => {
    const { socket, say, peer, meet } = make(world);
    const link = await (side === 'bound' ? world.join(socket, peer) : world.join(peer, socket));
    await meet?.();
    await world.settle();
    const lane = side === 'bound' ? link.back : link.forth;
    lane.freeze();
    for (const word of WORDS.slice(0, most)) {
      say(word);
      if (word === 'a') await world.settle(); // this one leaves the queue and gets no further
    }
    return { socket, peer, thaw: () => lane.release() };
  };

  for (const side of ['bound', 'connecting']) {
    inWorld(tests, `of 0 drops at once what a ${side} ${type} has for a slow peer`, async world => {
      const { socket } = await stuck(world, side);
      const closed = socket.close({ linger: 0 });
      const fate = fateOf(closed);
      await world.settle();
      assert.is(fate.now, 'fulfilled');
      assert.equal([await closed, socket.stats().dropped.linger], [{ dropped: most }, most]);
    });

    inWorld(tests, `of a while lets a ${side} ${type} wait that long for a slow peer`, async world => {
      const { socket } = await stuck(world, side);
      const closed = socket.close({ linger: 500 });
      const fate = fateOf(closed);
      await world.advance(499);
      if (most > 0) assert.is(fate.now, 'pending'); // who has nothing to send may still say goodbye
      await world.advance(1);
      assert.is(fate.now, 'fulfilled');
      assert.equal(await closed, { dropped: most });
    });

    for (const linger of [500, -1]) {
      inWorld(tests, `of ${linger} sends what a ${side} ${type} has when the slow peer goes on`, async world => {
        const { socket, peer, thaw } = await stuck(world, side);
        const closed = socket.close({ linger });
        const fate = fateOf(closed);
        await world.advance(linger === -1 ? LONG_MS : 400);
        if (most > 0) assert.is(fate.now, 'pending');
        thaw();
        assert.equal(await world.until(closed, 99), { dropped: 0 });
        if (most > 0) assert.equal(heardBy(peer, most), expected);
      });
    }
  }

  const waiting = early ? most : 0;

  inWorld(tests, `lets a ${type} wait for a peer that never comes as long as it says`, async world => {
    for (const linger of [0, 500]) {
      const { socket, say } = make(world);
      socket.connect('mem://nobody');
      for (const word of WORDS.slice(0, most)) say(word);
      const closed = socket.close({ linger });
      const fate = fateOf(closed);
      if (linger > 0) await world.advance(linger - 1);
      if (linger > 0) assert.is(fate.now, waiting === 0 ? 'fulfilled' : 'pending');
      await world.advance(1);
      assert.is(fate.now, 'fulfilled');
      assert.equal(await closed, { dropped: waiting });
    }
  });

  for (const linger of [-1, LONG_MS]) {
    inWorld(tests, `of ${linger} sends what a ${type} has when the peer comes late`, async world => {
      const { socket, say, peer } = make(world);
      socket.connect('mem://late');
      for (const word of WORDS.slice(0, most)) say(word);
      const closed = socket.close({ linger });
      const fate = fateOf(closed);
      await world.advance(LONG_MS / 2);
      assert.is(fate.now, waiting === 0 ? 'fulfilled' : 'pending');
      await peer.bind('mem://late');
      assert.equal(await world.until(closed, 1000), { dropped: 0 });
      if (waiting > 0) assert.equal(heardBy(peer, most), expected);
    });
  }

  inWorld(tests, `counts for what a ${type} has when one end of it is let go`, async world => {
    for (const side of ['bound', 'connecting']) {
      const { socket, peer, thaw } = await stuck(world, side);
      socket.options.linger = -1;
      if (side === 'bound') await socket.unbind(socket.lastEndpoint ?? '');
      else socket.disconnect(socket.lastEndpoint ?? '');
      await world.advance(LONG_MS);
      thaw();
      await world.settle();
      if (most > 0) assert.equal(heardBy(peer, most), expected);
      assert.equal(await world.close(socket), { dropped: 0 });
      await world.close(peer, 0);
    }
  });
}

/** The first messages of a peer; an XPUB hears of the end of subscriptions besides, a REP cannot go on before it answers. */
function heardBy(peer: Socket, most: number): string[][] {
  const heard: string[][] = [];
  while (heard.length < most && peer.readable) heard.push(texts((peer as Hearer).tryReceive() ?? []));
  return heard;
}

tests.run();
