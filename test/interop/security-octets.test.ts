/** A wire between two that are secure: frame by frame ours has the same flags, sizes and nonces as libzmq's. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { subscription } from '../support/peers/peer-socket.ts';
import { startPeer } from '../support/peers/peer.ts';
import { type Tap, tap } from '../support/peers/tap.ts';
import { GREETING_LENGTH, nameOf } from '../support/peers/wire-frames.ts';
import { type RawFrame, framesOf } from '../support/raw-zmtp.ts';
import { type End, type EndOptions, type Side, ours } from './end.ts';
import { Home } from './home.ts';
import { body } from './matrix.ts';
import { assertSame } from './pair.ts';
import { MECHANISMS, type Mechanism, fairAnswer } from './security.ts';
import type { ClassicType } from '../../src/zmtp/socket-type.ts';

const [npm, python] = await Promise.all([startPeer('npm'), startPeer('python')]);

const octets = suite('octets of security, ours and libzmq');

/** What two sockets say to each other; the server binds. */
interface Talk {
  readonly client: ClassicType;
  readonly server: ClassicType;
  /** Ends when each has heard the last of the other. */
  play(client: End, server: End): Promise<void>;
  readonly options?: EndOptions;
}

/** From 223 octets of payload on a MESSAGE is a long frame. */
const SIZES = [0, 1, 100, 221, 222, 223, 224, 255, 256, 65_537];

const TALKS: Readonly<Record<string, Talk>> = {
  'two DEALERs': {
    client: 'DEALER',
    server: 'DEALER',
    play: async (client, server) => {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        const messages = [...SIZES.map(size => [body(size)]), ['', 'two', ''], [body(222), body(223), '']];
        for (const message of messages) {
          await from.send(message);
          assertSame(await to.receive(), message, 'on the other side');
        }
      }
    },
  },
  'a REQ with an id, and a ROUTER': {
    client: 'REQ',
    server: 'ROUTER',
    options: { routingId: 'an id' },
    play: async (client, server) => {
      await client.send(['question']);
      assertSame(await server.receive(), ['an id', '', 'question'], 'the question');
      await server.send(['an id', '', 'answer', '']);
      assertSame(await client.receive(), ['answer', ''], 'the answer');
    },
  },
  'a SUB and an XPUB': { client: 'SUB', server: 'XPUB', play: (client, server) => subscribe(client, server) },
  'an XPUB and a SUB': { client: 'XPUB', server: 'SUB', play: (client, server) => subscribe(server, client) },
};

async function subscribe(subscriber: End, publisher: End): Promise<void> {
  const long = 't'.repeat(200);
  for (const topic of ['a', long]) {
    await subscriber.subscribe(topic);
    assertSame(await publisher.receive(), [subscription(1, topic)], 'a subscription');
  }
  await publisher.send(['a', 'news']);
  assertSame(await subscriber.receive(), ['a', 'news'], 'the news');
  await subscriber.unsubscribe('a');
  assertSame(await publisher.receive(), [subscription(0, 'a')], 'a cancellation');
}

for (const [name, talk] of Object.entries(TALKS)) {
  for (const mechanism of ['CURVE', 'PLAIN', 'NULL'] as const) {
    for (const [peer, other] of [
      [npm, python],
      [python, npm],
    ] as const) {
      octets(`${mechanism}, ${name}: ours is a client of ${peer.name} as ${other.name} is`, async () => {
        const model = await traced(other, peer, mechanism, talk);
        assert.equal(await traced(ours, peer, mechanism, talk), model);
      });

      octets(`${mechanism}, ${name}: ours is a server of ${peer.name} as ${other.name} is`, async () => {
        const model = await traced(peer, other, mechanism, talk);
        assert.equal(await traced(peer, ours, mechanism, talk), model);
      });
    }
  }
}

for (const peer of [npm, python]) {
  for (const [client, server] of [
    [ours, peer],
    [peer, ours],
  ] as const) {
    octets(`CURVE: ${client.name} pings ${server.name} and is pinged, as libzmq is`, async () => {
      const model = await pings(npm, python);
      assert.equal(await pings(client, server), model);
    });
  }
}

octets.after(async () => {
  await Promise.all([npm.kill(), python.kill()]);
});
octets.run();

interface Trace {
  readonly client: readonly string[];
  readonly server: readonly string[];
}

async function traced(clientSide: Side, serverSide: Side, mechanism: Mechanism, talk: Talk): Promise<Trace> {
  return overTap(clientSide, serverSide, mechanism, talk, async (wire, client, server) => {
    await talk.play(client, server);
    const describe = mechanism === 'CURVE' ? sealed : clear;
    return {
      client: [greeting(wire.sent('connecting'), 'client'), ...framesOf(wire.sent('connecting')).map(describe)],
      server: [greeting(wire.sent('bound'), 'server'), ...framesOf(wire.sent('bound')).map(describe)],
    };
  });
}

const HEARTBEATS: EndOptions = { heartbeatInterval: 50, heartbeatTimeout: 5000, heartbeatTimeToLive: 5000 };

/** What either side has sent besides its handshake, each kind of frame once. */
async function pings(clientSide: Side, serverSide: Side): Promise<Trace> {
  const talk = { client: 'DEALER', server: 'DEALER', options: HEARTBEATS } as const;
  return overTap(clientSide, serverSide, 'CURVE', talk, async wire => {
    const sizes = (from: 'connecting' | 'bound'): string[] => {
      const messages = framesOf(wire.sent(from)).filter(({ body }) => nameOf(body) === 'MESSAGE');
      return [...new Set(messages.map(({ flags, body }) => `${flags} ${body.length}`))].sort();
    };
    await wire.until(() => sizes('connecting').length === 2 && sizes('bound').length === 2);
    return { client: sizes('connecting'), server: sizes('bound') };
  });
}

async function overTap<T>(
  clientSide: Side,
  serverSide: Side,
  mechanism: Mechanism,
  { client: clientType, server: serverType, options }: Omit<Talk, 'play'>,
  play: (wire: Tap, client: End, server: End) => Promise<T>,
): Promise<T> {
  const [here, there] = [new Home(clientSide), new Home(serverSide)];
  const roles = MECHANISMS[mechanism];
  await there.handler(fairAnswer);
  const server = await there.open(serverType, { ...roles.server, ...(clientType === 'REQ' ? {} : options) });
  const wire = await tap(await server.bind());
  try {
    const client = await here.open(clientType, { ...roles.client, ...options });
    await client.connect(wire.endpoint);
    return await play(wire, client, server);
  } finally {
    await here.clear();
    await there.clear();
    await wire.close();
  }
}

const AS_SERVER_AT = 32;

/** As-server is what its name says with ours, and always 0 with libzmq, which does not look at it either. */
function greeting(sent: Uint8Array, role: 'client' | 'server'): string {
  const greeted = Buffer.from(sent.subarray(0, GREETING_LENGTH));
  if (role === 'server') greeted[AS_SERVER_AT] = 0;
  return greeted.toString('hex');
}

function clear({ flags, body: sent }: RawFrame): string {
  return `flags ${flags}, ${sent.length} octets: ${sent.toString('hex', 0, 300)}`;
}

/** Where each command of CURVE has its counter. */
const COUNTER_AT: Readonly<Record<string, number>> = { HELLO: 112, INITIATE: 105, READY: 6, MESSAGE: 8 };

function sealed({ flags, body: sent }: RawFrame): string {
  const name = nameOf(sent);
  const counterAt = COUNTER_AT[name];
  const counter = counterAt === undefined ? '' : ` number ${sent.readBigUInt64BE(counterAt)}`;
  return `${name}${counter}: flags ${flags}, ${sent.length} octets`;
}
