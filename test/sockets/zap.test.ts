/** The handler of RFC 27 on `inproc`, and what becomes of those it is asked about. */
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { begin, command, greeting, ready } from '../support/raw-zmtp.ts';
import { all, answer, handle, meet, outcomes, SIDES, ZAP, type Mechanism } from '../support/zap-world.ts';
import { drain, eventsOf, inWorld, texts } from '../support/world.ts';
import { Heap } from '../support/zmtp-heap.ts';
import { hex } from '../support/zmtp-hex.ts';

const MECHANISMS = Object.keys(SIDES).filter((name): name is Mechanism => name in SIDES);
const HANDLERS = [
  ['REP', Reply],
  ['ROUTER', Router],
] as const;

const asked = suite('who is asked');

for (const [type, Type] of HANDLERS) {
  for (const mechanism of MECHANISMS) {
    inWorld(asked, `is a ${type}, which gets the frames of RFC 27 for ${mechanism}`, async world => {
      const handler = await handle(world, Type, () => answer(200));
      const { server, client, at, from } = await meet(world, mechanism, {
        server: { routingId: 'srv' },
        client: { routingId: 'cli' },
      });
      const credentials = mechanism === 'PLAIN' ? ['admin', 'secret'] : [];
      assert.equal(handler.questions, [['1.0', '1', 'global', 'hub?dialer', 'srv', mechanism, ...credentials]]);
      assert.equal([outcomes(at), outcomes(from)], [['handshake'], ['handshake']]);
      await client.send('hello');
      await world.settle();
      assert.equal(drain(server), [['cli', 'hello']]);
    });

    for (const [status, here, there] of [
      [300, 'auth 300', 'other ERR_ZMTP_HANDSHAKE_CLOSED'],
      [400, 'auth 400', 'auth 400'],
      [500, 'auth 500', 'auth 500'],
    ] as const) {
      inWorld(asked, `is a ${type}, which refuses a client of ${mechanism} with ${status}`, async world => {
        await handle(world, Type, () => answer(status));
        const { server, at, from } = await meet(world, mechanism);
        assert.equal([outcomes(at), outcomes(from)], [[here], [there]]);
        assert.equal(all(at, 'disconnect').length, 1);
        assert.match(all(at, 'handshake:error:auth')[0]?.error.message ?? '', 'because');
        assert.equal(server.peers(), []);
        const comesBack = status === 300;
        assert.equal(
          [all(from, 'connect:retry').length, all(from, 'connect:stop').length],
          comesBack ? [1, 0] : [0, 1],
        );
      });
    }

    for (const [name, reply, outcome] of [
      ['too few frames', answer(200).slice(0, 5), 'protocol ERR_ZAP_MALFORMED_REPLY'],
      ['too many frames', [...answer(200), ''], 'protocol ERR_ZAP_MALFORMED_REPLY'],
      ['too many octets', answer(200, 'x'.repeat(70_000)), 'protocol ERR_ZAP_MALFORMED_REPLY'],
      ['version 2.0', ['2.0', ...answer(200).slice(1)], 'protocol ERR_ZAP_BAD_VERSION'],
      ['no version', ['', ...answer(200).slice(1)], 'protocol ERR_ZAP_BAD_VERSION'],
      ['another request id', ['1.0', '2', ...answer(200).slice(2)], 'protocol ERR_ZAP_BAD_REQUEST_ID'],
      ['no request id', ['1.0', '', ...answer(200).slice(2)], 'protocol ERR_ZAP_BAD_REQUEST_ID'],
      ['status 201', answer(201), 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
      ['status 2000', answer(2000), 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
      ['status 20', answer(20), 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
      ['no status', answer(''), 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
      ['status " 200"', answer(' 200'), 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
      ['metadata cut short', answer(200, '', hex("01 'a' 00000002 'b'")), 'protocol ERR_ZAP_INVALID_METADATA'],
      ['metadata of one octet', answer(200, '', hex('01')), 'protocol ERR_ZAP_INVALID_METADATA'],
      ['metadata without a name', answer(200, '', hex('00 00000000')), 'protocol ERR_ZAP_INVALID_METADATA'],
      [
        'a Socket-Type that does not fit',
        answer(200, '', hex("0B 'socket-type' 00000003 'PUB'")),
        'protocol ERR_ZAP_INVALID_METADATA',
      ],
      ['broken metadata in a refusal', answer(400, '', hex('01')), 'protocol ERR_ZAP_INVALID_METADATA'],
    ] as const) {
      inWorld(asked, `is a ${type}, whose answer with ${name} lets nobody of ${mechanism} in`, async world => {
        await handle(world, Type, () => reply);
        const { server, at, from } = await meet(world, mechanism);
        assert.equal([outcomes(at), outcomes(from)], [[outcome], ['other ERR_ZMTP_HANDSHAKE_CLOSED']]);
        assert.equal([server.peers(), all(from, 'connect:retry').length], [[], 1]);
      });
    }
  }
}

inWorld(asked, 'may say something in front of the empty frame, or nothing at all, and lets nobody in', async world => {
  const handler = world.open(Router);
  await handler.bind(ZAP);
  const { at } = await meet(world, 'PLAIN');
  const [id = Buffer.alloc(0)] = await handler.receive();
  await handler.send([id, 'x', ...answer(200)]);
  await world.settle();
  assert.equal(outcomes(at), ['protocol ERR_ZAP_MALFORMED_REPLY']);
  await world.advance(200);
  const [next = Buffer.alloc(0)] = await handler.receive();
  await handler.send([next, '']);
  await world.settle();
  assert.equal(outcomes(at), ['protocol ERR_ZAP_MALFORMED_REPLY', 'protocol ERR_ZAP_MALFORMED_REPLY']);
});

inWorld(asked, 'is told an empty domain of a PLAIN server that has none', async world => {
  const handler = await handle(world, Router, () => answer(200));
  await meet(world, 'PLAIN', { server: { zapDomain: null } });
  assert.equal(handler.questions, [['1.0', '1', '', 'hub?dialer', '', 'PLAIN', 'admin', 'secret']]);
});

inWorld(asked, 'is nobody with NULL and no domain', async world => {
  const handler = await handle(world, Router, () => answer(400));
  const { at } = await meet(world, 'NULL', { server: { zapDomain: null } });
  assert.equal([outcomes(at), handler.questions], [['handshake'], []]);
});

inWorld(asked, 'gets name and password in any octets, as they came', async world => {
  const handler = await handle(world, Router, () => answer(200));
  await world.open(Router, SIDES.PLAIN.server).bind('mem://hub');
  const [username, password] = ['\x00\x0a\xff\x80', ''];
  const hello = `${String.fromCharCode(username.length)}${username}${String.fromCharCode(password.length)}${password}`;
  const raw = await world.dialRaw('mem://hub');
  raw.write(greeting({ mechanism: 'PLAIN' }), command('HELLO', Buffer.from(hello, 'latin1')));
  await world.settle();
  assert.equal(
    handler.questions.map(question => question.slice(6)),
    [[username, password]],
  );
});

inWorld(asked, 'answers many at once, in any order, each its own', async world => {
  const handler = world.open(Router);
  await handler.bind(ZAP);
  const server = world.open(Router, SIDES.PLAIN.server);
  const at = eventsOf(server);
  await server.bind('mem://hub');
  const names = Array.from({ length: 20 }, (_, i) => `user ${i}`);
  for (const plainUsername of names) {
    world.open(Dealer, { plainUsername, plainPassword: 'x', routingId: plainUsername }).connect('mem://hub');
  }
  await world.settle();
  const questions = names.map(() => handler.tryReceive() ?? []).reverse();
  for (const [id = Buffer.alloc(0), , , , , , , , name = Buffer.alloc(0)] of questions) {
    const odd = Number(name.toString().slice(5)) % 2;
    await handler.send([id, '', ...answer(odd ? 400 : 200, name.toString())]);
  }
  await world.settle();
  const known = all(at, 'handshake').map(({ peer }) => [peer.userId, Buffer.from(peer.routingId).toString()]);
  assert.equal(known.sort(), names.filter((_, i) => i % 2 === 0).map(name => [name, name]).sort()); // prettier-ignore
  assert.is(all(at, 'handshake:error:auth').length, 10);
});

inWorld(asked, 'is asked again for each connection, whichever side binds', async world => {
  for (const mechanism of MECHANISMS) {
    for (const binds of ['server', 'client'] as const) {
      const handler = await handle(world, Reply, () => answer(200, 'me'));
      const { server, client, at } = await meet(world, mechanism, { binds });
      for (let round = 1; round <= 3; round += 1) {
        assert.is(handler.questions.length, round, `${mechanism}, the ${binds} binds`);
        assert.is(all(at, 'handshake').length, round);
        assert.equal(handler.socket.peers(), [], 'every question has left');
        await client.send('x');
        await world.settle();
        const received = server.tryReceiveFrom();
        assert.is(received?.peer?.userId, 'me');
        for (const link of [...world.network.links]) link.cut();
        await world.advance(200);
      }
      for (const socket of [server, client, handler.socket]) await world.close(socket, 0);
    }
  }
});

asked.run();

const absent = suite('a handler');

for (const mechanism of MECHANISMS) {
  inWorld(absent, `that is absent: ${mechanism} with an enforced domain lets nobody in`, async world => {
    const { at, from, server } = await meet(world, mechanism, { server: { zapEnforceDomain: true } });
    assert.equal(outcomes(at), ['other ERR_ZAP_NO_HANDLER']);
    assert.equal(outcomes(from), ['other ERR_ZMTP_HANDSHAKE_CLOSED']);
    assert.equal(server.stats().handshakeFailures, { ERR_ZAP_NO_HANDLER: 1 });
  });

  inWorld(absent, `that is late is asked when the client of ${mechanism} comes back`, async world => {
    const { at } = await meet(world, mechanism, { server: { zapEnforceDomain: true } });
    await handle(world, Reply, () => answer(200));
    await world.advance(200);
    assert.equal(outcomes(at), ['other ERR_ZAP_NO_HANDLER', 'handshake']);
  });

  for (const Type of [Dealer, Pull, Push, Request]) {
    inWorld(absent, `that is a ${Type.name} is none, and lets nobody of ${mechanism} in`, async world => {
      const mistaken = world.open<Dealer | Pull | Push | Request, object>(Type);
      await mistaken.bind(ZAP);
      const { at } = await meet(world, mechanism);
      assert.equal(outcomes(at), ['other ERR_ZAP_NO_HANDLER']);
      assert.equal(mistaken.peers(), []);
    });
  }

  for (const [type, Type] of HANDLERS) {
    inWorld(absent, `that is a ${type} and dies with questions of ${mechanism} open ends them at once`, async world => {
      const { socket, questions } = await handle(world, Type, () => undefined);
      const { at, from, server } = await meet(world, mechanism);
      assert.equal([questions.length, outcomes(at)], [1, []]);
      await world.close(socket, 0);
      await world.settle();
      assert.equal(outcomes(at), ['other ERR_ZAP_HANDLER_GONE']);
      assert.equal(outcomes(from), ['other ERR_ZMTP_HANDSHAKE_CLOSED']);
      assert.equal(server.peers(), []);
    });

    inWorld(absent, `that is a ${type} and never reads the question of ${mechanism} is waited for`, async world => {
      const handler = world.open<Reply | Router, object>(Type);
      await handler.bind(ZAP);
      const { at, from, server } = await meet(world, mechanism, { server: { handshakeInterval: 1000 } });
      await world.advance(999);
      assert.equal(outcomes(at), []);
      await world.advance(1);
      assert.equal(outcomes(at), ['other ERR_ZMTP_HANDSHAKE_TIMEOUT']);
      assert.equal(outcomes(from), ['other ERR_ZMTP_HANDSHAKE_CLOSED']);
      await world.close(server, 0);
      await world.settle();
      const question = await handler.receive(); // it is still there, and disturbs nobody
      const id = question[0] ?? Buffer.alloc(0);
      await world.settle();
      assert.equal(handler.peers(), []);
      await handler.send(handler instanceof Router ? [id, '', ...answer(200)] : answer(200));
      const { dropped, queued } = handler.stats();
      assert.equal([dropped.disconnected + dropped.noRoute, queued], [1, { send: 0, receive: 0 }]);
    });

    inWorld(absent, `that is a ${type} and answers about ${mechanism} too late changes nothing`, async world => {
      const handler = world.open<Reply | Router, object>(Type);
      await handler.bind(ZAP);
      const { at, server } = await meet(world, mechanism, { server: { handshakeInterval: 1000 } });
      const question = await handler.receive();
      await world.advance(1000);
      assert.equal(outcomes(at), ['other ERR_ZMTP_HANDSHAKE_TIMEOUT']);
      assert.equal(handler.peers(), [], 'the question has been withdrawn');
      const id = question[0] ?? Buffer.alloc(0);
      await handler.send(handler instanceof Router ? [id, '', ...answer(200)] : answer(200));
      await world.settle();
      assert.equal(outcomes(at), ['other ERR_ZMTP_HANDSHAKE_TIMEOUT']);
      assert.equal(server.peers(), []);
    });
  }

  inWorld(absent, `is not waited for when the client of ${mechanism} has gone`, async world => {
    const { questions, socket } = await handle(world, Router, () => undefined);
    const { client, at, server } = await meet(world, mechanism);
    assert.is(questions.length, 1);
    await world.close(client, 0);
    await world.settle();
    assert.equal(outcomes(at), ['other ERR_ZMTP_HANDSHAKE_CLOSED']);
    assert.equal([socket.peers(), server.peers()], [[], []]);
  });

  inWorld(absent, `leaves nothing behind when the server of ${mechanism} is closed while it thinks`, async world => {
    const { socket } = await handle(world, Router, () => undefined);
    const { server, at } = await meet(world, mechanism);
    assert.is(socket.peers().length, 1);
    await world.close(server, 0);
    await world.settle();
    assert.equal([socket.peers(), outcomes(at)], [[], []]);
  });
}

inWorld(absent, 'that is absent: NULL comes in unless the domain is enforced', async world => {
  const { at, from } = await meet(world, 'NULL');
  assert.equal([outcomes(at), outcomes(from)], [['handshake'], ['handshake']]);
});

inWorld(absent, 'that is absent: PLAIN never comes in, and comes back', async world => {
  const { at, from } = await meet(world, 'PLAIN');
  assert.equal(outcomes(at), ['other ERR_ZAP_NO_HANDLER']);
  assert.is(all(from, 'connect:retry').length, 1);
});

inWorld(absent, 'sees each question as a REQ that has connected, and leaves when it is answered', async world => {
  const handler = world.open(Router);
  const events = eventsOf(handler);
  await handler.bind(ZAP);
  await meet(world, 'PLAIN');
  const [state, ...others] = handler.peers();
  assert.equal(
    [state?.socketType, state?.direction, state?.address, state?.routingId.length, others],
    ['REQ', 'bound', ZAP, 0, []],
  );
  const { message, peer } = await handler.receiveFrom();
  assert.equal([peer?.socketType, peer?.userId, peer?.metadata.size], ['REQ', undefined, 0]);
  await handler.send([message[0] ?? '', '', ...answer(200)]);
  await world.settle();
  assert.equal(handler.peers(), []);
  assert.equal(events.map(({ type }) => type).join(' '), 'bind accept handshake disconnect');
});

inWorld(absent, 'does not find questions without end when it has slept', async world => {
  const handler = world.open(Router);
  await handler.bind(ZAP);
  const server = world.open(Router, { ...SIDES.NULL.server, maxHandshakes: 10_000 });
  const at = eventsOf(server);
  await server.bind('mem://hub');
  for (let i = 0; i < 1500; i += 1) (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  await world.settle();
  assert.is(handler.peers().length, 1000);
  for (const link of [...world.network.links]) link.cut();
  await world.settle();
  const waiting = await world.dialRaw('mem://hub');
  waiting.shakeHands('DEALER', { identity: 'last' });
  await world.settle();
  assert.is(handler.peers().length, 1000);
  let questions = 0;
  for (let question = handler.tryReceive(); question !== undefined; question = handler.tryReceive()) {
    questions += 1;
    await handler.send([question[0] ?? '', '', ...answer(200)]);
    await world.settle();
  }
  assert.is(questions, 1001, 'those that were withdrawn before it could see them are not among them');
  assert.equal([handler.peers(), all(at, 'handshake').length], [[], 1]);
});

inWorld(absent, 'that dies tells those who wait for their turn, too', async world => {
  const handler = world.open(Router);
  await handler.bind(ZAP);
  const server = world.open(Router, SIDES.NULL.server);
  await server.bind('mem://hub');
  for (let i = 0; i < 1100; i += 1) (await world.dialRaw('mem://hub')).shakeHands('DEALER');
  await world.settle();
  await world.close(handler, 0);
  await world.settle();
  assert.equal(server.stats().handshakeFailures, { ERR_ZAP_HANDLER_GONE: 1100 });
});

inWorld(absent, 'keeps its questions when it frees its name', async world => {
  const handler = world.open(Router);
  await handler.bind(ZAP);
  const { at } = await meet(world, 'PLAIN');
  await handler.unbind(ZAP);
  const [id = Buffer.alloc(0)] = await handler.receive();
  await handler.send([id, '', ...answer(200)]);
  await world.settle();
  assert.equal(outcomes(at), ['handshake']);
});

inWorld(absent, 'gets parts of its own, which no end of a connection changes', async world => {
  const { socket } = await handle(world, Router, () => undefined);
  await world.close(socket, 0);
  const handler = world.open(Router);
  await handler.bind(ZAP);
  const { client } = await meet(world, 'PLAIN');
  const question = await handler.receive();
  await world.close(client, 0);
  await world.settle();
  assert.equal(texts(question).slice(-2), ['admin', 'secret']);
  assert.ok(question.every(part => part instanceof Buffer));
});

inWorld(absent, 'keeps nothing of those it was asked about', async world => {
  const heap = new Heap();
  const { socket } = await handle(world, Router, ([, , , , , , , password]) =>
    password === 'silence' ? undefined : answer(password === 'yes' ? 200 : 400),
  );
  const server = world.open(Router, SIDES.PLAIN.server);
  await server.bind('mem://hub');
  let links = 0;
  world.network.onLink = link => {
    links += 1;
    heap.watch(link.accepting);
  };
  await (async () => {
    for (const plainPassword of ['yes', 'no', 'silence']) {
      const client = new Dealer({ context: world.context, plainUsername: 'me', plainPassword });
      client.connect('mem://hub');
      await world.settle();
      await world.close(client, 0);
      await world.advance(1000);
    }
  })();
  assert.equal([await heap.survivors(), links, socket.peers()], [0, 3, []]);
});

inWorld(absent, 'is none of the matter of peers of older wires, which a domain keeps out', async world => {
  const handler = await handle(world, Router, () => answer(200));
  const server = world.open(Router, SIDES.NULL.server);
  const at = eventsOf(server);
  await server.bind('mem://hub');
  for (const wire of ['1.0', '1.0 behind a signature', '2.0'] as const) {
    (await world.dialRaw('mem://hub')).write(begin(wire, { identity: 'old' }));
    await world.settle();
  }
  assert.equal(outcomes(at), Array<string>(3).fill('protocol ERR_ZMTP_UNSUPPORTED_VERSION'));
  assert.equal(handler.questions, []);
});

absent.run();

const known = suite('what is known of a peer');

inWorld(known, 'is its user id and the metadata of the answer, then its own', async world => {
  const metadata = hex("04 'Role' 00000005 'admin' | 03 'X-a' 00000003 'zap' | 04 'rOLE' 00000001 'x'");
  await handle(world, Router, () => answer(200, 'ädmin', metadata));
  const { server, client, at, from } = await meet(world, 'PLAIN', {
    client: { metadata: { 'X-A': 'own', 'X-b': 'own' } },
  });
  await client.send('hello');
  await world.settle();
  const sender = server.tryReceiveFrom()?.peer;
  const [state] = server.peers();
  for (const who of [sender, state]) {
    assert.is(who?.userId, 'ädmin');
    assert.equal([...(who?.metadata ?? [])], [['Role', 'admin'], ['X-a', 'zap'], ['X-b', 'own']]); // prettier-ignore
    assert.equal([who?.metadata.get('ROLE'), who?.metadata.get('x-a'), who?.metadata.get('user-id')], ['admin', 'zap', undefined]); // prettier-ignore
  }
  assert.is(all(at, 'handshake')[0]?.peer.userId, 'ädmin');
  assert.is(all(from, 'handshake')[0]?.peer.userId, undefined, 'the client has asked nobody');
});

inWorld(known, 'has no user id when none was given', async world => {
  await handle(world, Router, () => answer(200));
  const { server, at } = await meet(world, 'PLAIN');
  assert.is(all(at, 'handshake')[0]?.peer.userId, undefined);
  assert.equal([server.peers()[0]?.userId, server.peers()[0]?.metadata.size], [undefined, 0]);
});

inWorld(known, 'cannot be forged by the peer', async world => {
  await handle(world, Router, () => answer(200));
  const server = world.open(Router, SIDES.NULL.server);
  await server.bind('mem://hub');
  const raw = await world.dialRaw('mem://hub');
  raw.write(greeting(), ready('DEALER', 'me', [['User-Id', 'root'], ['Role', 'admin'], ['X-c', '1']])); // prettier-ignore
  await world.settle();
  const [state] = server.peers();
  assert.equal([state?.userId, [...(state?.metadata ?? [])]], [undefined, [['X-c', '1']]]);
});

inWorld(known, 'does no harm to a REQ, whatever its user id', async world => {
  await handle(world, Router, () => answer(200, 'somebody'));
  const reply = world.open(Reply, SIDES.PLAIN.server);
  const request = world.open(Request, SIDES.PLAIN.client);
  await world.join(reply, request);
  for (let i = 0; i < 3; i += 1) {
    await request.send(`question ${i}`);
    assert.equal(texts(await reply.receive()), [`question ${i}`]);
    await reply.send(`answer ${i}`);
    assert.equal(texts(await request.receive()), [`answer ${i}`]);
  }
  // and the other way round: a REQ that asks about the REP it connects to
  const asking = world.open(Request, SIDES.PLAIN.server);
  const asked = world.open(Reply, SIDES.PLAIN.client);
  await world.join(asked, asking);
  await asking.send('q');
  assert.equal(texts(await asked.receive()), ['q']);
  await asked.send('a');
  const { message, peer } = await asking.receiveFrom();
  assert.equal([texts(message), peer?.userId], [['a'], 'somebody']);
});

inWorld(known, 'never shows a password, in events, errors or peers', async world => {
  await handle(world, Router, () => answer(400));
  const { server, client, at, from } = await meet(world, 'PLAIN');
  const shown = inspect([at, from, server, client, server.peers(), client.peers(), world.context], {
    depth: 12,
    showHidden: false,
  });
  assert.not.match(shown, 'secret');
  assert.not.match(JSON.stringify([at, from, server.options, client.options]), 'secret');
});

known.run();
