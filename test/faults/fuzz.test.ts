/**
 * Octets nobody would send on purpose. Whatever comes, a connection gives events or ends, a socket goes on serving others,
 * and nothing is left of it.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProtocolError, ZmtpError } from '../../src/errors.ts';
import type { Socket } from '../../src/sockets/socket.ts';
import {
  Channel,
  Client,
  Dealer,
  Gather,
  Peer,
  Scatter,
  Server,
  Dish,
  Pair,
  Publisher,
  Pull,
  Push,
  Radio,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../src/index.ts';
import { NullMechanism, SOCKET_TYPES, ZmtpConnection, type SocketType } from '../../src/zmtp/index.ts';
import { command, error, frame, greeting, longHead, message, ping, ready } from '../support/raw-zmtp.ts';
import { eventsOf, World } from '../support/world.ts';
import { PARTNERS } from '../support/zmtp-side.ts';
import { mayShow } from '../support/zmtp-types.ts';

const fuzz = suite('fuzz');

/** What a peer may say, sound or not quite. */
const phrase = fc.oneof(
  fc.constantFrom(greeting(), greeting({ minor: 0 }), greeting({ mechanism: 'PLAIN' }), greeting({ minor: 255 })),
  fc.constantFrom(...SOCKET_TYPES).map(type => ready(type)),
  fc.uint8Array({ maxLength: 300 }).map(identity => ready('DEALER', identity)),
  fc.uint8Array({ maxLength: 40 }).map(properties => command('READY', properties)),
  fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 4 }).map(parts => message(...parts)),
  fc
    .record({
      name: fc.constantFrom('SUBSCRIBE', 'CANCEL', 'JOIN', 'LEAVE', 'PING', 'PONG', 'ERROR', 'HELLO', 'x'),
      data: fc.uint8Array({ maxLength: 20 }),
    })
    .map(({ name, data }) => command(name, data)),
  fc.nat({ max: 300 }).map(length => message(Buffer.alloc(length), 'to a group, if it is not too long')),
  fc.nat({ max: 300 }).map(length => command('JOIN', Buffer.alloc(length))),
  fc.constantFrom(error('400'), error('300'), error(''), ping(0), ping(1, 'context'), ping(65_535)),
  fc.tuple(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 20 })).map(([flags, body]) => frame(flags & ~2, body)),
  fc
    .tuple(fc.nat({ max: 255 }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
    .map(([flags, size]) => longHead(flags, size)),
  fc.uint8Array({ maxLength: 80 }).map(octets => Buffer.from(octets)),
);

/** Phrases, perhaps behind a sound handshake, with some octets changed, cut into chunks anyhow. */
function speech(peer: SocketType): fc.Arbitrary<Buffer[]> {
  return fc
    .record({
      phrases: fc.array(phrase, { maxLength: 12 }),
      polite: fc.boolean(),
      changes: fc.array(fc.record({ at: fc.nat(), octet: fc.nat({ max: 255 }) }), { maxLength: 3 }),
      cuts: fc.array(fc.nat({ max: 100 }), { maxLength: 20 }),
    })
    .map(({ phrases, polite, changes, cuts }) => {
      const octets = Buffer.concat([...(polite ? [greeting(), ready(peer)] : []), ...phrases]);
      for (const { at, octet } of changes) if (octets.length > 0) octets[at % octets.length] = octet;
      const chunks: Buffer[] = [];
      let rest = octets;
      for (const cut of cuts) {
        chunks.push(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      return [...chunks, rest];
    });
}

for (const own of SOCKET_TYPES) {
  fuzz(`a ${own} connection gives events, then at most one end, and never throws`, () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant(PARTNERS[own]), fc.constantFrom(...SOCKET_TYPES)).chain(speech), chunks => {
        const connection = new ZmtpConnection(
          {
            socketType: own,
            mechanism: new NullMechanism([{ name: 'Socket-Type', value: Buffer.from(own) }]),
            heartbeat: { intervalMs: 100, timeoutMs: 100, ttlDeciseconds: 1 },
            maxMessageBytes: 1000,
            handshakeTimeoutMs: 500,
          },
          0,
        );
        let now = 0;
        let handshakes = 0;
        let over = false;
        for (const chunk of chunks) {
          now += 20;
          connection.receive(Uint8Array.from(chunk), now);
          for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
            assert.not.ok(over, 'nothing follows the end');
            if (event.kind === 'handshake') handshakes += 1;
            if (event.kind === 'messages') {
              assert.is(handshakes, 1);
              assert.ok(event.messages.length > 0 || (event.discarded ?? 0) > 0);
              for (const message of event.messages) {
                assert.ok(mayShow(own, message), `${message.length} parts`);
                assert.ok(message.reduce((sum, part) => sum + part.length, 0) <= 70_000);
              }
            }
            if (event.kind === 'over') {
              over = true;
              assert.instance(event.error, ProtocolError);
            }
          }
          const deadline = connection.deadline();
          if (deadline !== undefined && deadline <= now) connection.tick(now);
          assert.ok(connection.outputBytes < 100_000);
          connection.takeOutput();
        }
        assert.ok(handshakes <= 1);
      }),
      { numRuns: 500, includeErrorInReport: true },
    );
  });
}

const SPEAKERS: Record<string, { open: (world: World) => Socket; peer: SocketType }> = {
  PAIR: { open: world => world.open(Pair), peer: 'PAIR' },
  PUB: { open: world => world.open(Publisher), peer: 'SUB' },
  SUB: { open: world => subscribed(world.open(Subscriber)), peer: 'PUB' },
  REQ: { open: world => world.open(Request), peer: 'ROUTER' },
  REP: { open: world => world.open(Reply), peer: 'DEALER' },
  DEALER: { open: world => world.open(Dealer), peer: 'ROUTER' },
  ROUTER: { open: world => world.open(Router), peer: 'DEALER' },
  PULL: { open: world => world.open(Pull), peer: 'PUSH' },
  PUSH: { open: world => world.open(Push), peer: 'PULL' },
  XPUB: { open: world => world.open(XPublisher), peer: 'XSUB' },
  XSUB: { open: world => world.open(XSubscriber), peer: 'XPUB' },
  RADIO: { open: world => world.open(Radio), peer: 'DISH' },
  CLIENT: { open: world => world.open(Client), peer: 'SERVER' },
  SERVER: { open: world => world.open(Server), peer: 'CLIENT' },
  PEER: { open: world => world.open(Peer), peer: 'PEER' },
  SCATTER: { open: world => world.open(Scatter), peer: 'GATHER' },
  GATHER: { open: world => world.open(Gather), peer: 'SCATTER' },
  CHANNEL: { open: world => world.open(Channel), peer: 'CHANNEL' },
  DISH: { open: world => joined(world.open(Dish)), peer: 'RADIO' },
};

function subscribed(subscriber: Subscriber): Subscriber {
  subscriber.subscribe('');
  return subscriber;
}

function joined(dish: Dish): Dish {
  dish.join('');
  return dish;
}

function answerAll(socket: Server | Peer): void {
  for (let got = socket.tryReceive(); got !== undefined; got = socket.tryReceive()) {
    try {
      socket.trySend(got[0], got[1]);
    } catch (error) {
      if (!(error instanceof ZmtpError) || error.code !== 'EHOSTUNREACH') throw error; // it has gone since
    }
  }
}

/** Uses whatever the socket can do, as a program would. */
function use(socket: Socket): void {
  try {
    if (socket instanceof Radio) socket.trySend('x', { group: '' });
    else if (socket instanceof Server || socket instanceof Peer) answerAll(socket);
    else if (socket instanceof Client || socket instanceof Scatter || socket instanceof Channel) socket.trySend('x');
    else if ('trySend' in socket) (socket as Dealer).trySend(['id', 'x']);
    if ('tryReceive' in socket) while ((socket as Pull).tryReceive() !== undefined);
  } catch (error) {
    if (!(error instanceof ZmtpError) || error.code !== 'EFSM') throw error; // out of turn: that is the program's
  }
}

for (const [name, { open, peer }] of Object.entries(SPEAKERS)) {
  fuzz(`a ${name} that hears nonsense, bound and connecting, throws nothing and leaves nothing`, async () => {
    await fc.assert(
      fc.asyncProperty(speech(peer), speech(peer), async (heard, answered) => {
        const world = new World();
        const socket = open(world);
        const events = eventsOf(socket);
        await socket.bind('mem://here');
        const { peers } = await world.listenRaw('mem://there');
        socket.connect('mem://there');
        const raw = await world.dialRaw('mem://here');
        await world.settle();
        for (let i = 0; i < Math.max(heard.length, answered.length); i += 1) {
          raw.write(heard[i] ?? Buffer.of());
          peers.at(-1)?.write(answered[i] ?? Buffer.of());
          await world.advance(10);
          use(socket);
        }
        await world.advance(500);
        const errors = events.flatMap(event => ('error' in event && event.error !== undefined ? [event.error] : []));
        for (const { code } of errors) assert.match(code, /^ERR_ZMTP_|^ECONNRESET$/);
        await world.end();
      }),
      { numRuns: 150, includeErrorInReport: true },
    );
  });
}

fuzz.run();
