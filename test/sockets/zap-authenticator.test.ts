/** A function of the context that decides who may come in. */
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Context } from '../../src/sockets/context.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Router } from '../../src/sockets/router.ts';
import type { AuthenticationRequest, Authenticator } from '../../src/sockets/zap/authenticator.ts';
import { authenticationRequest } from '../../src/sockets/zap/authenticator.ts';
import { encodeZ85 } from '../../src/zmtp/z85.ts';
import { all, answer, handle, meet, outcomes, SIDES, type Mechanism } from '../support/zap-world.ts';
import { inWorld, type World } from '../support/world.ts';

const MECHANISMS = Object.keys(SIDES).filter((name): name is Mechanism => name in SIDES);

/** An authenticator that a test answers for by hand. */
class ByHand {
  readonly requests: AuthenticationRequest[] = [];
  readonly signals: AbortSignal[] = [];
  readonly answers: ((reply: unknown) => void)[] = [];
  readonly failures: ((error: unknown) => void)[] = [];

  constructor(world: World) {
    world.context.authenticator = (request, { signal }) => {
      this.requests.push(request);
      this.signals.push(signal);
      return new Promise((resolve, reject) => {
        this.answers.push(resolve as (reply: unknown) => void); // a test answers whatever it likes
        this.failures.push(reject);
      });
    };
  }
}

/** What no type would let through. */
function answering(world: World, reply: unknown): void {
  world.context.authenticator = (() => reply) as Authenticator;
}

const authenticator = suite('context.authenticator');

authenticator('is given to the context, or set later, or taken back', () => {
  const yes: Authenticator = () => ({ status: 200 });
  const context = new Context({ authenticator: yes });
  assert.is(context.authenticator, yes);
  context.authenticator = null;
  assert.is(context.authenticator, null);
  assert.is(new Context({ authenticator: null }).authenticator, null);
});

for (const mechanism of MECHANISMS) {
  inWorld(authenticator, `is asked about a client of ${mechanism}`, async world => {
    const hand = new ByHand(world);
    const { at, from, server } = await meet(world, mechanism, { server: { routingId: 'srv' } });
    const [request] = hand.requests;
    assert.is(hand.requests.length, 1);
    assert.equal(
      { ...request, routingId: Buffer.from(request?.routingId ?? []).toString() },
      {
        mechanism,
        domain: 'global',
        address: 'hub?dialer',
        routingId: 'srv',
        ...(mechanism === 'PLAIN' ? { username: 'admin' } : {}),
      },
    );
    if (request?.mechanism === 'PLAIN') assert.is(request.password, 'secret');
    const credentials = mechanism === 'PLAIN' ? ['admin', 'secret'] : [];
    assert.equal(
      request?.credentials.map(frame => Buffer.from(frame).toString()),
      credentials,
    );
    assert.equal(outcomes(at), []);
    hand.answers[0]?.({ status: 200, userId: 'me', metadata: { Role: 'ä' }, text: 'welcome' });
    await world.settle();
    assert.equal([outcomes(at), outcomes(from)], [['handshake'], ['handshake']]);
    const [state] = server.peers();
    assert.equal([state?.userId, state?.metadata.get('role')], ['me', 'ä']);
    assert.not(hand.signals[0]?.aborted);
    world.network.link.cut();
    await world.settle();
    assert.not(hand.signals[0]?.aborted, 'the answer has been given');
  });

  for (const [status, outcome] of [
    [300, ['auth 300', 'other ERR_ZMTP_HANDSHAKE_CLOSED']],
    [400, ['auth 400', 'auth 400']],
    [500, ['auth 500', 'auth 500']],
  ] as const) {
    inWorld(authenticator, `refuses a client of ${mechanism} with ${status}, at once or later`, async world => {
      answering(world, { status, text: 'no reason' });
      const { at, from, server } = await meet(world, mechanism);
      assert.equal([...outcomes(at), ...outcomes(from)], outcome);
      assert.equal([server.peers(), all(at, 'handshake:error:auth')[0]?.error.code], [[], 'ERR_ZAP_REFUSED']);
      assert.match(all(at, 'handshake:error:auth')[0]?.error.message ?? '', 'no reason');
    });
  }

  inWorld(authenticator, `that throws lets nobody of ${mechanism} in, and the event has the cause`, async world => {
    const cause = new Error('the database is down');
    const ways: Authenticator[] = [
      () => {
        throw cause;
      },
      () => Promise.reject(cause),
      () => Object.defineProperty({ status: 200 as const }, 'userId', { get: () => { throw cause; } }), // prettier-ignore
    ];
    for (const way of ways) {
      world.context.authenticator = way;
      const { at, from, server, client } = await meet(world, mechanism);
      assert.equal([outcomes(at), outcomes(from)], [['auth 300'], ['other ERR_ZMTP_HANDSHAKE_CLOSED']]);
      assert.is(all(at, 'handshake:error:auth')[0]?.error.cause, cause);
      for (const socket of [server, client]) await world.close(socket, 0);
    }
  });

  inWorld(authenticator, `is told when the client of ${mechanism} has gone`, async world => {
    const hand = new ByHand(world);
    const { client, at, server } = await meet(world, mechanism);
    await world.close(client, 0);
    await world.settle();
    assert.ok(hand.signals[0]?.aborted);
    hand.answers[0]?.({ status: 200 });
    await world.settle();
    assert.equal([outcomes(at), server.peers()], [['other ERR_ZMTP_HANDSHAKE_CLOSED'], []]);
  });

  inWorld(authenticator, `is told at the very end of the time for the handshake of ${mechanism}`, async world => {
    const hand = new ByHand(world);
    const { at, from } = await meet(world, mechanism, { server: { handshakeInterval: 500 } });
    await world.advance(499);
    assert.not(hand.signals[0]?.aborted);
    await world.advance(1);
    assert.ok(hand.signals[0]?.aborted, 'although the stream may still be being closed');
    hand.failures[0]?.(new Error('aborted')); // what most do with a signal: nobody may trip over it
    await world.settle();
    assert.equal(outcomes(at), ['other ERR_ZMTP_HANDSHAKE_TIMEOUT']);
    assert.equal(outcomes(from), ['other ERR_ZMTP_HANDSHAKE_CLOSED']);
  });

  inWorld(authenticator, `is not told of an end that it has brought about to a client of ${mechanism}`, async world => {
    const hand = new ByHand(world);
    const { at, server } = await meet(world, mechanism);
    hand.answers[0]?.({ status: 400 });
    await world.settle();
    await world.close(server, 0);
    assert.equal([outcomes(at), hand.signals[0]?.aborted], [['auth 400'], false]);
  });

  inWorld(authenticator, `is told when the server of ${mechanism} is closed`, async world => {
    const hand = new ByHand(world);
    const { server } = await meet(world, mechanism);
    await world.close(server, 0);
    await world.settle();
    assert.ok(hand.signals[0]?.aborted);
  });

  for (const [name, reply, outcome] of [
    ['nothing', undefined, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['null', null, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['true', true, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['a bare status', 200, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['an empty object', {}, 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
    ['status "200"', { status: '200' }, 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
    ['status 201', { status: 201 }, 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
    ['status true', { status: true }, 'protocol ERR_ZAP_INVALID_STATUS_CODE'],
    ['a text that is none', { status: 200, text: 1 }, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['a user id that is a number', { status: 200, userId: 7 }, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['a user id that is null', { status: 200, userId: null }, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['a user id of 70,000 octets', { status: 200, userId: 'x'.repeat(70_000) }, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['too much metadata', { status: 200, metadata: { a: 'ä'.repeat(33_000) } }, 'protocol ERR_ZAP_MALFORMED_REPLY'],
    ['metadata null', { status: 200, metadata: null }, 'protocol ERR_ZAP_INVALID_METADATA'],
    ['metadata as text', { status: 200, metadata: 'x' }, 'protocol ERR_ZAP_INVALID_METADATA'],
    ['metadata of numbers', { status: 200, metadata: { a: 1 } }, 'protocol ERR_ZAP_INVALID_METADATA'],
    ['metadata without a name', { status: 200, metadata: { '': 'a' } }, 'protocol ERR_ZAP_INVALID_METADATA'],
    ['a name of 256', { status: 200, metadata: { ['n'.repeat(256)]: '' } }, 'protocol ERR_ZAP_INVALID_METADATA'],
    ['a wrong Socket-Type', { status: 200, metadata: { 'socket-TYPE': 'PUB' } }, 'protocol ERR_ZAP_INVALID_METADATA'],
  ] as const) {
    inWorld(authenticator, `that answers ${name} lets nobody of ${mechanism} in`, async world => {
      answering(world, reply);
      const { at, from, server } = await meet(world, mechanism);
      assert.equal([outcomes(at), outcomes(from)], [[outcome], ['other ERR_ZMTP_HANDSHAKE_CLOSED']]);
      assert.equal(server.peers(), []);
    });
  }
}

inWorld(authenticator, 'goes before a handler on inproc, until it is taken back', async world => {
  const handler = await handle(world, Reply, () => answer(200));
  answering(world, { status: 400 });
  const { at } = await meet(world, 'PLAIN');
  assert.equal([outcomes(at), handler.questions.length], [['auth 400'], 0]);
  world.context.authenticator = null;
  const again = world.open(Router, SIDES.PLAIN.client);
  again.connect('mem://hub');
  await world.settle();
  assert.equal([outcomes(at), handler.questions.length], [['auth 400', 'handshake'], 1]);
});

inWorld(authenticator, 'is not asked with NULL and no domain', async world => {
  const hand = new ByHand(world);
  const { at } = await meet(world, 'NULL', { server: { zapDomain: null } });
  assert.equal([outcomes(at), hand.requests.length], [['handshake'], 0]);
});

inWorld(authenticator, 'is asked by a domain that was there when the endpoint was bound', async world => {
  const hand = new ByHand(world);
  const { server, at } = await meet(world, 'NULL', { server: { zapDomain: null } });
  server.options.zapDomain = 'later';
  const other = world.open(Router);
  other.connect('mem://hub');
  await world.settle();
  assert.equal([outcomes(at), hand.requests.length], [['handshake', 'handshake'], 0]);
});

inWorld(authenticator, 'never comes to an end without harm to those it lets in meanwhile', async world => {
  world.context.authenticator = request =>
    request.mechanism === 'PLAIN' && request.username === 'slow' ? new Promise(() => undefined) : { status: 200 };
  const { at } = await meet(world, 'PLAIN', { client: { plainUsername: 'slow' } });
  const quick = world.open(Router, SIDES.PLAIN.client);
  quick.connect('mem://hub');
  await world.settle();
  assert.equal(outcomes(at), ['handshake']);
});

authenticator.run();

const requests = suite('requests');

const BASE = { domain: 'd', address: '192.0.2.1', routingId: Uint8Array.of(1) };
const SHOWN = ['s3cret', encodeZ85(new Uint8Array(32).fill(7))];

requests('show no secret when they are printed, copied or serialized', () => {
  const frames = [Buffer.from('admin'), Buffer.from(SHOWN[0] ?? '')];
  const request = authenticationRequest({ ...BASE, credentials: { mechanism: 'PLAIN', frames } });
  for (const text of [
    inspect(request, { depth: 9 }),
    JSON.stringify(request),
    JSON.stringify({ ...request }),
    Object.values(request).join(),
    inspect(new Error('x', { cause: request }), { depth: 9 }),
  ]) {
    assert.not.match(text, 's3cret');
    assert.not.match(text, Buffer.from('s3cret').toString('hex'));
    assert.not.match(text, [...Buffer.from('s3cret')].join());
  }
  assert.is(request.mechanism === 'PLAIN' && request.password, 's3cret');
  assert.is(inspect(request.mechanism), "'PLAIN'");
});

requests('have octets of their own', () => {
  const frames = [Buffer.from('admin'), Buffer.from('s3cret')];
  const request = authenticationRequest({ ...BASE, credentials: { mechanism: 'PLAIN', frames } });
  frames[1]?.fill(0);
  assert.is(Buffer.from(request.credentials[1] ?? []).toString(), 's3cret');
  assert.throws(() => Object.assign(request, { domain: 'x' }), TypeError);
});

requests('have a public key as text', () => {
  const frames = [new Uint8Array(32).fill(7)];
  const request = authenticationRequest({ ...BASE, credentials: { mechanism: 'CURVE', frames } });
  assert.is(request.mechanism === 'CURVE' && request.publicKey, SHOWN[1]);
  assert.is(request.credentials[0]?.length, 32);
});

requests('have nothing to show with NULL', () => {
  const request = authenticationRequest({ ...BASE, credentials: { mechanism: 'NULL', frames: [] } });
  assert.equal([request.mechanism, request.credentials, request.address], ['NULL', [], '192.0.2.1']);
});

requests.run();
