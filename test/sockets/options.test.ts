import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../src/index.ts';

const options = suite('options');

const ALL = { Dealer, Pair, Publisher, Pull, Push, Reply, Request, Router, Subscriber, XPublisher, XSubscriber };

/** The error of a constructor that is given what no TypeScript would let pass. */
function refusal(Type: new (options: never) => object, given: unknown): UsageError {
  try {
    new Type(given as never);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const MAX = 2 ** 31 - 1;
const RANGES: Record<string, { least: number; most: number }> = {
  linger: { least: -1, most: MAX },
  reconnectInterval: { least: -1, most: MAX },
  reconnectMaxInterval: { least: 0, most: MAX },
  backlog: { least: 0, most: MAX },
  maxMessageSize: { least: -1, most: Number.MAX_SAFE_INTEGER },
  connectTimeout: { least: 0, most: MAX },
  handshakeInterval: { least: 0, most: MAX },
  heartbeatInterval: { least: 0, most: MAX },
  heartbeatTimeout: { least: -1, most: MAX },
  heartbeatTimeToLive: { least: 0, most: 6_553_500 },
  tcpKeepalive: { least: -1, most: 1 },
  tcpKeepaliveIdle: { least: -1, most: MAX },
  sendHighWaterMark: { least: 0, most: MAX },
  sendTimeout: { least: -1, most: MAX },
  receiveHighWaterMark: { least: 0, most: MAX },
  receiveTimeout: { least: -1, most: MAX },
};

for (const [name, { least, most }] of Object.entries(RANGES)) {
  options(`${name} goes from ${least} to ${most}, in whole numbers`, () => {
    for (const value of [least, most]) assert.is(Reflect.get(new Dealer({ [name]: value }).options, name), value);
    for (const value of [least - 1, most + 1, least + 0.5, NaN, Infinity, -Infinity]) {
      const error = refusal(Dealer, { [name]: value });
      assert.is(error.code, 'EINVAL');
      assert.is(error.errno, 22);
      for (const said of [name, String(value), String(least), String(most)]) assert.match(error.message, said);
    }
    for (const value of ['1', null, undefined, true, {}, 1n, [1]]) {
      const error = refusal(Dealer, { [name]: value });
      assert.is(error.code, 'EINVAL');
      assert.match(error.message, name);
    }
  });
}

options('flags are true or false and nothing else', () => {
  for (const name of ['ipv6', 'mandatory', 'handover']) {
    for (const value of [true, false]) assert.is(Reflect.get(new Router({ [name]: value }).options, name), value);
    for (const value of [0, 1, 'true', null, undefined]) assert.is(refusal(Router, { [name]: value }).code, 'EINVAL');
  }
});

options('a routing id has 1 to 255 octets, the first not zero', () => {
  for (const id of ['a', 'é', 'x'.repeat(255), Buffer.from([1, 0]), new Uint8Array(255).fill(255)]) {
    assert.is(Buffer.compare(new Request({ routingId: id }).options.routingId, Buffer.from(id)), 0);
  }
  for (const id of [
    '',
    'x'.repeat(256),
    'é'.repeat(128),
    Buffer.of(0),
    Buffer.of(0, 1),
    5,
    null,
    ['a'],
    new DataView(new ArrayBuffer(1)),
  ]) {
    const error = refusal(Request, { routingId: id });
    assert.is(error.code, 'EINVAL');
    assert.match(error.message, /routingId.*1 to 255/);
  }
});

options('a routing id is copied', () => {
  const id = Buffer.from('abc');
  const request = new Request({ routingId: id });
  id[0] = 0;
  assert.is(Buffer.from(request.options.routingId).toString(), 'abc');
});

options('an option that does not exist, or not on this type, is refused by name', () => {
  for (const Type of Object.values(ALL)) {
    for (const name of ['lingerr', 'LINGER', 'toString', '__proto__x', 'constructor', '']) {
      assert.is(refusal(Type, { [name]: 1 }).code, 'EINVAL');
    }
    assert.match(refusal(Type, { lingerr: 1 }).message, 'lingerr');
  }
  assert.is(refusal(Push, { receiveTimeout: 1 }).code, 'EINVAL');
  assert.is(refusal(Pull, { sendTimeout: 1 }).code, 'EINVAL');
  assert.is(refusal(Publisher, { receiveHighWaterMark: 1 }).code, 'EINVAL');
  assert.is(refusal(Subscriber, { sendHighWaterMark: 1 }).code, 'EINVAL');
  assert.is(refusal(Dealer, { mandatory: true }).code, 'EINVAL');
  assert.is(refusal(Push, { routingId: 'x' }).code, 'EINVAL');
});

options('do not change what a socket says it is', () => {
  const names = Object.values(ALL).map(Type => new Type().type);
  const expected = ['DEALER', 'PAIR', 'PUB', 'PULL', 'PUSH', 'REP', 'REQ', 'ROUTER', 'SUB', 'XPUB', 'XSUB'];
  assert.equal(names, expected);
});

options('what is no options at all is refused', () => {
  for (const given of [null, 'x', 5, true, () => ({})]) assert.is(refusal(Push, given).code, 'EINVAL', typeof given);
});

options('a context that is none is refused', () => {
  for (const given of [{}, 'shared', 5, true])
    assert.is(refusal(Push, { context: given }).code, 'EINVAL', typeof given);
});

options("defaults are libzmq's, but for linger", () => {
  const { options: router } = new Router();
  assert.equal(
    { ...router, routingId: Array.from(router.routingId) },
    {
      linger: 1000,
      reconnectInterval: 100,
      reconnectMaxInterval: 0,
      backlog: 100,
      maxMessageSize: -1,
      ipv6: false,
      connectTimeout: 0,
      handshakeInterval: 30_000,
      heartbeatInterval: 0,
      heartbeatTimeout: -1,
      heartbeatTimeToLive: 0,
      tcpKeepalive: -1,
      tcpKeepaliveIdle: -1,
      sendHighWaterMark: 1000,
      sendTimeout: -1,
      receiveHighWaterMark: 1000,
      receiveTimeout: -1,
      routingId: [],
      mandatory: false,
      handover: false,
    },
  );
  assert.equal([new Subscriber().options.linger, new XSubscriber().options.linger], [0, 0]);
  assert.is(new Subscriber({ linger: 5 }).options.linger, 5);
});

options.run();
