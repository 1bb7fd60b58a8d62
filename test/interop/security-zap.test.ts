// @deadline 90
/** Who is asked about a peer, what, and what comes of the answer: ours as libzmq, which is asked the same. */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AuthenticationRequest, Pull, Push, Reply, Router } from '../../src/index.ts';
import type { Part } from '../support/peers/peer-socket.ts';
import { startPeer } from '../support/peers/peer.ts';
import { dialRaw } from '../support/peers/raw-stream.ts';
import { ZAP_ENDPOINT, zapReply } from '../support/peers/zap-handler.ts';
import { begin, messageOn } from '../support/raw-zmtp.ts';
import { inTcpWorld } from '../support/tcp-world.ts';
import { Scratch } from '../support/unix-files.ts';
import { texts } from '../support/world.ts';
import { type End, type EndOptions, type Side, ours } from './end.ts';
import { Home } from './home.ts';
import { assertSame } from './pair.ts';
import {
  CLIENT,
  CURVE_SERVER,
  DOMAIN,
  MECHANISMS,
  PLAIN_SERVER,
  curveClient,
  fairAnswer,
  plainClient,
} from './security.ts';

const [npm, python] = await Promise.all([startPeer('npm'), startPeer('python')]);
const scratch = new Scratch();

const zap = suite('ZAP, ours and libzmq');

// what is asked

const PLACES = {
  IPv4: { endpoint: () => 'tcp://127.0.0.1:*', options: {} },
  IPv6: { endpoint: () => 'tcp://[::1]:*', options: { ipv6: true } },
  ipc: { endpoint: () => `ipc://${scratch.path()}`, options: {} },
} as const;

/** What the server's handler is asked about one client, as text. */
async function asked(
  client: Side,
  server: Side,
  mechanism: keyof typeof MECHANISMS,
  place: keyof typeof PLACES,
  handler: 'REP' | 'ROUTER',
): Promise<string[][]> {
  const [here, there] = [new Home(client), new Home(server)];
  try {
    const { requests } = await there.handler(fairAnswer, handler);
    const { endpoint, options } = PLACES[place];
    const roles = MECHANISMS[mechanism];
    const bound = await there.open('DEALER', { ...roles.server, ...options, routingId: 'of the server' });
    const connecting = await here.open('DEALER', { ...roles.client, ...options, routingId: 'of the client' });
    await connecting.connect(await bound.bind(endpoint()));
    await connecting.send(['hello']);
    assertSame(await bound.receive(), ['hello'], 'what the client says');
    return requests.map(frames => frames.map(frame => frame.toString('latin1')));
  } finally {
    await here.clear();
    await there.clear();
  }
}

for (const [client, model] of [
  [npm, python],
  [python, npm],
] as const) {
  for (const mechanism of ['NULL', 'PLAIN', 'CURVE'] as const) {
    for (const place of ['IPv4', 'IPv6'] as const) {
      zap(
        `${mechanism}, ${client.name} comes by ${place}: our REP and ROUTER are asked what ${model.name}'s is`,
        async () => {
          const requests = await asked(client, model, mechanism, place, 'ROUTER');
          assert.is(requests.length, 1);
          for (const type of ['REP', 'ROUTER'] as const) {
            assert.equal(await asked(client, ours, mechanism, place, type), requests);
          }
          assert.equal(await asked(ours, model, mechanism, place, 'REP'), requests);
        },
      );
    }

    // libzmq says who is at the other end of a Unix socket, which Node cannot know
    zap(
      `${mechanism}, ${client.name} comes by ipc: we are asked what ${model.name} is, but for the numbers`,
      async () => {
        const requests = await asked(client, model, mechanism, 'ipc', 'ROUTER');
        const short = requests.map(frames =>
          frames.map(frame => frame.replace(/^localhost:\d+:\d+:\d+$/, 'localhost')),
        );
        assert.is.not(JSON.stringify(short), JSON.stringify(requests));
        assert.equal(await asked(client, ours, mechanism, 'ipc', 'ROUTER'), short);
      },
    );
  }
}

for (const peer of [npm, python]) {
  inTcpWorld(zap, `our function is asked about clients of ${peer.name} in words`, async world => {
    const requests: AuthenticationRequest[] = [];
    world.context.authenticator = request => {
      requests.push(request);
      return { status: 200 };
    };
    const server = { zapDomain: DOMAIN, routingId: 'of the server' };
    for (const mechanism of ['NULL', 'PLAIN', 'CURVE'] as const) {
      const pull = world.open(Router, { ...server, ...MECHANISMS[mechanism].server });
      const push = await peer.open('DEALER', { ...MECHANISMS[mechanism].client, routingId: 'of the client' });
      await push.connect(await world.bind(pull));
      await push.send(['x']);
      assert.equal(texts(await pull.receive()), ['of the client', 'x']);
      await push.close();
    }
    for (const request of requests) {
      assert.equal(
        [request.domain, request.address, String(Buffer.from(request.routingId))],
        [DOMAIN, '127.0.0.1', 'of the server'],
      );
    }
    const [none, plain, curve] = requests;
    assert.is(none?.mechanism, 'NULL');
    assert.ok(plain?.mechanism === 'PLAIN' && plain.username === 'a user' && plain.password === 'a secret');
    assert.ok(curve?.mechanism === 'CURVE' && curve.publicKey === CLIENT.publicKey);
    assert.is(requests.length, 3);
  });

  inTcpWorld(zap, `our function lets clients of ${peer.name} in, or not`, async world => {
    world.context.authenticator = async request => {
      await Promise.resolve();
      if (request.mechanism !== 'PLAIN') throw new Error('nobody knows');
      return { status: request.password === 'a secret' ? 200 : 400 };
    };
    for (const [server, good, bad, told] of [
      [PLAIN_SERVER, plainClient(), plainClient('wrong'), '400'],
      [CURVE_SERVER, undefined, curveClient(), '300'],
    ] as const) {
      const pull = world.open(Pull, server);
      const failure = world.event(pull, 'handshake:error:auth');
      const endpoint = await world.bind(pull);
      const refused = await peer.open('PUSH', bad);
      await refused.connect(endpoint);
      refused.send(['never']).catch(() => undefined);
      assert.is(String((await failure).error.status), told);
      await refused.untilEvent('disconnect');
      if (good !== undefined) {
        const push = await peer.open('PUSH', good);
        await push.connect(endpoint);
        await push.send(['x']);
        assert.equal(texts(await pull.receive()), ['x']);
        await push.close();
      }
      await refused.close();
      assert.is(pull.stats().queued.receive, 0);
    }
  });
}

// whether anybody is asked

/** Whether a client comes in, and how often a handler was asked that would refuse it. */
async function admitted(
  client: Side,
  server: Side,
  { mechanism, options, handled }: Circumstances,
): Promise<{ readonly isIn: boolean; readonly asked: number }> {
  const [here, there] = [new Home(client), new Home(server)];
  try {
    const handler = handled ? await there.handler(() => zapReply({ status: 400 })) : undefined;
    const roles = { NULL: [{}, {}], CURVE: [CURVE_SERVER, curveClient()] }[mechanism];
    const pull = await there.open('PULL', { ...roles[0], ...options });
    const push = await here.open('PUSH', { ...roles[1], reconnectInterval: 20, handshakeInterval: 300 });
    await push.connect(await pull.bind());
    const isIn = await fate(push);
    return { isIn, asked: handler?.requests.length ?? 0 };
  } finally {
    await here.clear();
    await there.clear();
  }
}

/** Whether the handshake is done before the connection has ended. */
async function fate(end: End): Promise<boolean> {
  await end.untilEvent('connect');
  while (end.count('handshake') + end.count('disconnect') === 0) await delay(PAUSE_MS);
  return end.count('handshake') > 0;
}

const PAUSE_MS = 2;

interface Circumstances {
  readonly mechanism: 'NULL' | 'CURVE';
  readonly options: EndOptions;
  readonly handled: boolean;
}

const CIRCUMSTANCES: readonly Circumstances[] = (['NULL', 'CURVE'] as const).flatMap(mechanism =>
  [{}, { zapEnforceDomain: true }, { zapDomain: DOMAIN }, { zapDomain: DOMAIN, zapEnforceDomain: true }].flatMap(
    options => [true, false].map(handled => ({ mechanism, options, handled })),
  ),
);

for (const [client, model] of [
  [npm, python],
  [python, npm],
] as const) {
  for (const circumstances of CIRCUMSTANCES) {
    const { mechanism, options, handled } = circumstances;
    const name = `${mechanism}, ${JSON.stringify(options)}, ${handled ? 'a handler that refuses' : 'no handler'}`;
    zap(`${name}: ${client.name} fares with ours as with ${model.name}`, async () => {
      assert.equal(await admitted(client, ours, circumstances), await admitted(client, model, circumstances));
    });
  }

  zap(
    `${client.name} comes by IPv4 to a listener of IPv6: ${model.name} is told of an IPv6 address, ours of IPv4`,
    async () => {
      const addresses = new Map<Side, string | undefined>();
      for (const side of [ours, model]) {
        const home = new Home(side);
        const { requests } = await home.handler(fairAnswer);
        const pull = await home.open('PULL', { ...PLAIN_SERVER, ipv6: true });
        const push = await client.open('PUSH', plainClient());
        const endpoint = await pull.bind('tcp://[::]:*');
        await push.connect(`tcp://127.0.0.1:${endpoint.slice(endpoint.lastIndexOf(':') + 1)}`);
        await push.send(['x']);
        assertSame(await pull.receive(), ['x'], 'what the client says');
        addresses.set(side, requests[0]?.[3]?.toString());
        await push.close();
        await home.clear();
      }
      assert.equal([addresses.get(model), addresses.get(ours)], ['::ffff:127.0.0.1', '127.0.0.1']);
    },
  );
}

// who answers

for (const [client, server] of [
  [npm, ours],
  [python, ours],
  [npm, python],
  [python, npm],
] as const) {
  zap(`answers out of order find their questions: ${client.name} comes to ${server.name}`, async () => {
    const [here, there] = [new Home(client), new Home(server)];
    try {
      const handler = await there.open('ROUTER', {});
      await handler.bind(ZAP_ENDPOINT);
      const router = await there.open('ROUTER', PLAIN_SERVER);
      const endpoint = await router.bind();
      const names = ['a', 'b', 'c', 'd'];
      for (const routingId of names) {
        const dealer = await here.open('DEALER', { plainUsername: routingId, plainPassword: 'x', routingId });
        await dealer.connect(endpoint);
        dealer.send([`from ${routingId}`]).catch(() => undefined);
      }
      const questions = await handler.receiveAll(names.length);
      for (const question of questions.reverse()) {
        const status = String(question[8]) === 'b' ? 400 : 200;
        await handler.send([...question.slice(0, 2), ...zapReply({ status })]);
      }
      const heard = (await router.receiveAll(names.length - 1)).map(message => texts(message).join());
      assert.equal(heard.sort(), ['a,from a', 'c,from c', 'd,from d']);
    } finally {
      await here.clear();
      await there.clear();
    }
  });

  zap(`a handler that goes lets nobody in, and the next one does: ${client.name} comes to ${server.name}`, async () => {
    const [here, there] = [new Home(client), new Home(server)];
    try {
      const handler = await there.open('ROUTER', {});
      await handler.bind(ZAP_ENDPOINT);
      const options = { handshakeInterval: 300, reconnectInterval: 20 };
      const bound = await there.open('PULL', { ...PLAIN_SERVER, ...options });
      const push = await here.open('PUSH', { ...plainClient(), ...options });
      await push.connect(await bound.bind());
      await handler.receive();
      await there.lose(handler);
      await push.untilEvent('disconnect');
      assert.equal([push.count('handshake'), bound.count('handshake')], [0, 0]);
      // libzmq waits until the handshake has taken too long, we need not
      if (server === ours) assert.is(bound.details('handshake:error:other')[0], 'ERR_ZAP_HANDLER_GONE');
      await bindAgain(there);
      await push.send(['x']);
      assertSame(await bound.receive(), ['x'], 'what the client says');
    } finally {
      await here.clear();
      await there.clear();
    }
  });
}

/** libzmq closes a socket some time after the call that closes it has returned. */
async function bindAgain(home: Home): Promise<void> {
  for (;;) {
    try {
      await home.handler(fairAnswer);
      return;
    } catch (error) {
      if (!String(error).includes('in use')) throw error;
    }
  }
}

// what comes of it

const PROPERTIES = ['User-Id', 'X-Zap', 'X-Both', 'X-Client', 'Socket-Type', 'Identity', 'Free', 'Umlaut'];

/** What a handler has to say of a client that says X-Both and X-Client itself. */
const ANSWER: readonly Part[] = zapReply({
  status: 200,
  userId: 'user Ä',
  metadata: { 'X-Zap': 'from the handler', 'X-Both': 'of the handler', Free: 'without an X', Umlaut: 'ö' },
});

for (const mechanism of ['NULL', 'PLAIN', 'CURVE'] as const) {
  inTcpWorld(zap, `${mechanism}: what is known of a client is what ${python.name} knows`, async world => {
    const metadata = { 'X-Both': 'of the client', 'X-Client': 'from the client' };
    const { client, server } = MECHANISMS[mechanism];
    const theirs = await python.open('PULL', { ...server, context: `known ${mechanism}` });
    const handler = await python.open('REP', { context: `known ${mechanism}` });
    await handler.bind(ZAP_ENDPOINT);
    const push = world.open(Push, { ...client, metadata });
    push.connect(await theirs.bind());
    await push.send('x');
    await handler.receive();
    await handler.send(ANSWER);
    const known = await theirs.receiveProperties(...PROPERTIES);
    const inOrder = [
      'user Ä',
      'from the handler',
      'of the handler',
      'from the client',
      'PUSH',
      null,
      'without an X',
      'ö',
    ];
    assert.equal(known, inOrder);

    const pull = world.open(Pull, server);
    const reply = world.open(Reply);
    await reply.bind(ZAP_ENDPOINT);
    const connecting = await python.open('PUSH', { ...client, metadata });
    await connecting.connect(await world.bind(pull));
    await connecting.send(['x']);
    await reply.receive();
    await reply.send([...ANSWER]);
    const { peer } = await pull.receiveFrom();
    const value = (name: string): string | null => peer?.metadata.get(name) ?? null;
    assert.equal(
      [
        peer?.userId,
        ...['X-Zap', 'X-Both', 'X-Client'].map(value),
        peer?.socketType,
        null,
        ...['Free', 'Umlaut'].map(value),
      ],
      inOrder,
    );
    for (const socket of [theirs, handler, connecting]) await socket.close();
  });
}

// older peers, who can prove nothing

for (const [name, server] of [
  ['CURVE', MECHANISMS.CURVE.server],
  ['PLAIN', MECHANISMS.PLAIN.server],
  ['NULL in a domain', MECHANISMS.NULL.server],
] as const) {
  for (const side of [ours, npm, python]) {
    zap(`${name}: ${side.name} takes nothing from peers of ZMTP 1.0 and 2.0`, async () => {
      const home = new Home(side);
      try {
        await home.handler(() => zapReply({ status: 200 }));
        const pull = await home.open('PULL', server);
        const endpoint = await pull.bind();
        const heard = pull.next();
        for (const wire of ['1.0', '1.0 behind a signature', '2.0'] as const) {
          const raw = await dialRaw(endpoint);
          await raw.write(Buffer.concat([begin(wire, { type: 8 }), messageOn(wire, 'sneaky')]));
          await raw.until(() => raw.ended, 'end');
        }
        assert.is(pull.count('handshake'), 0);
        await home.lose(pull);
        assert.is(await heard, undefined);
      } finally {
        await home.clear();
      }
    });
  }
}

zap.after(async () => {
  await Promise.all([npm.kill(), python.kill()]);
});
zap.run();
