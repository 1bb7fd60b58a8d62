import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import {
  Channel,
  Client,
  Dealer,
  Gather,
  Pair,
  Peer,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Scatter,
  Server,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../src/index.ts';

const options = suite('options');

const ALL = {
  Channel,
  Client,
  Dealer,
  Gather,
  Pair,
  Peer,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Scatter,
  Server,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
};

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
  assert.is(refusal(Scatter, { receiveTimeout: 1 }).code, 'EINVAL');
  assert.is(refusal(Gather, { sendTimeout: 1 }).code, 'EINVAL');
  assert.is(refusal(Client, { disconnectMessage: '' }).code, 'EINVAL');
  assert.is(refusal(Server, { hiccupMessage: '' }).code, 'EINVAL');
  assert.is(refusal(Channel, { helloMessage: '' }).code, 'EINVAL');
  for (const Type of [Client, Server, Peer, Channel, Scatter, Gather]) {
    for (const name of ['routingId', 'conflate', 'probeRouter', 'mandatory']) {
      assert.is(refusal(Type, { [name]: name === 'routingId' ? 'x' : true }).code, 'EINVAL');
    }
  }
});

options('do not change what a socket says it is', () => {
  const names = Object.values(ALL).map(Type => new Type().type);
  const expected =
    'CHANNEL CLIENT DEALER GATHER PAIR PEER PUB PULL PUSH REP REQ ROUTER SCATTER SERVER STREAM SUB XPUB XSUB';
  assert.is(names.join(' '), expected);
});

options('what is no options at all is refused', () => {
  for (const given of [null, 'x', 5, true, () => ({})]) assert.is(refusal(Push, given).code, 'EINVAL', typeof given);
});

options('flags of all types are true or false and nothing else', () => {
  const flags = [
    [Router, ['immediate', 'probeRouter', 'notifyConnect', 'notifyDisconnect']],
    [Dealer, ['conflate', 'probeRouter']],
    [Stream, ['notify']],
    [Request, ['correlate', 'relaxed', 'probeRouter']],
    [XPublisher, ['noDrop', 'invertMatching', 'onlyFirstSubscribe', 'manual', 'manualLastValue']],
    [Publisher, ['noDrop', 'invertMatching', 'onlyFirstSubscribe', 'conflate']],
    [Subscriber, ['invertMatching', 'conflate']],
    [XSubscriber, ['onlyFirstSubscribe', 'verboseUnsubscribe']],
    [Push, ['conflate']],
    [Pull, ['conflate']],
  ] as const;
  for (const [Type, names] of flags) {
    for (const name of names) {
      for (const value of [true, false]) assert.is(Reflect.get(new Type({ [name]: value }).options, name), value, name);
      for (const value of [0, 1, 'true', null, undefined]) assert.is(refusal(Type, { [name]: value }).code, 'EINVAL');
    }
  }
});

options('messages are text, octets or null, and copied', () => {
  const octets = Buffer.from('hi');
  const { options: values } = new Router({ helloMessage: octets, disconnectMessage: 'bye' });
  octets[0] = 0;
  assert.equal([values.helloMessage?.toString(), values.disconnectMessage?.toString()], ['hi', 'bye']);
  assert.is(new Dealer({ hiccupMessage: null }).options.hiccupMessage, null);
  assert.is(new XPublisher({ welcomeMessage: '' }).options.welcomeMessage?.length, 0);
  for (const value of [5, undefined, {}, ['a'], true]) {
    assert.is(refusal(Router, { helloMessage: value }).code, 'EINVAL');
  }
});

options('metadata has names that begin with X-, and texts', () => {
  assert.equal(
    { ...new Push({ metadata: { 'X-Key': 'value', 'X-b': 'c' } }).options.metadata },
    { 'X-Key': 'value', 'X-b': 'c' },
  );
  const longest = `X-${'n'.repeat(253)}`;
  assert.is(new Push({ metadata: { [longest]: 'v' } }).options.metadata[longest], 'v');
  const refused = [
    { Key: 'v' },
    { 'X-': 'v' },
    { 'X-k': '' },
    { 'X-k': 1 },
    { [`${longest}n`]: 'v' },
    { 'X-é': 'v' },
    null,
    'X-k:v',
  ];
  for (const metadata of refused) assert.is(refusal(Push, { metadata }).code, 'EINVAL', JSON.stringify(metadata));
});

options('lists and texts are what they must be', () => {
  assert.equal(new Push({ tcpAcceptFilter: '10.0.0.0/8' }).options.tcpAcceptFilter, ['10.0.0.0/8']);
  assert.equal(new Push({ tcpAcceptFilter: ['::1', '127.0.0.1'] }).options.tcpAcceptFilter, ['::1', '127.0.0.1']);
  assert.equal(new Push({ tcpAcceptFilter: null }).options.tcpAcceptFilter, []);
  assert.equal(new Push({ reconnectStop: ['refused'] }).options.reconnectStop, ['refused']);
  assert.is(new Push({ socksProxy: '[::1]:1080' }).options.socksProxy, '[::1]:1080');
  assert.is(new XPublisher({ verbosity: 'allSubs' }).options.verbosity, 'allSubs');
  const refused: [new (given: never) => object, object][] = [
    [Push, { tcpAcceptFilter: 5 }],
    [Push, { tcpAcceptFilter: [''] }],
    [Push, { tcpAcceptFilter: ['x'.repeat(256)] }],
    [Push, { reconnectStop: 'refused' }],
    [Push, { reconnectStop: ['later'] }],
    [Push, { socksProxy: 'host' }],
    [Push, { socksProxy: 'host:0' }],
    [Push, { socksProxy: 'host:65536' }],
    [Push, { socksProxy: ':1080' }],
    [Push, { socksUsername: '' }],
    [Push, { socksPassword: 'x'.repeat(256) }],
    [XPublisher, { verbosity: 'all' }],
  ];
  for (const [Type, given] of refused) assert.is(refusal(Type, given).code, 'EINVAL', JSON.stringify(given));
});

options('those of libzmq that take native code are refused, with the reason', () => {
  for (const name of [
    'affinity',
    'sendBufferSize',
    'typeOfService',
    'interface',
    'tcpKeepaliveCount',
    'gssapiServer',
  ]) {
    const error = refusal(Push, { [name]: 1 });
    assert.is(error.code, 'ENOTSUP');
    assert.match(error.message, new RegExp(`${name} is not to be had: .{10}`));
  }
});

options('can be set later, with the same checks', () => {
  const push = new Push();
  push.options.sendTimeout = 0;
  assert.is(push.options.sendTimeout, 0);
  const codeOf = (name: string, value: unknown): string => {
    try {
      Reflect.set(push.options, name, value);
    } catch (error) {
      if (error instanceof UsageError) return error.code;
      throw error;
    }
    return 'taken';
  };
  assert.is(codeOf('sendTimeout', -2), 'EINVAL');
  assert.is(codeOf('receiveTimeout', 0), 'EINVAL');
  assert.is(codeOf('lingerr', 0), 'EINVAL');
  assert.is(codeOf('typeOfService', 0), 'ENOTSUP');
  assert.not.ok(Reflect.deleteProperty(push.options, 'linger'));
  assert.not.ok(Reflect.defineProperty(push.options, 'linger', { value: 5 }));
  assert.equal([push.options.sendTimeout, push.options.linger], [0, 1000]);
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
      reconnectStop: [],
      immediate: false,
      tcpAcceptFilter: [],
      socksProxy: null,
      socksUsername: null,
      maxHandshakes: 4096,
      metadata: {},
      plainServer: false,
      plainUsername: null,
      curveServer: false,
      curvePublicKey: null,
      curveServerKey: null,
      zapDomain: null,
      zapEnforceDomain: false,
      probeRouter: false,
      conflate: false,
      helloMessage: null,
      correlate: false,
      relaxed: false,
      notifyConnect: false,
      notifyDisconnect: false,
      disconnectMessage: null,
      hiccupMessage: null,
      noDrop: false,
      invertMatching: false,
      onlyFirstSubscribe: false,
      verbosity: null,
      manual: false,
      manualLastValue: false,
      welcomeMessage: null,
      verboseUnsubscribe: false,
      notify: true,
    },
  );
  assert.equal([router.socksPassword, router.plainPassword, router.curveSecretKey], [null, null, null]);
  assert.equal([new Subscriber().options.linger, new XSubscriber().options.linger], [0, 0]);
  assert.is(new Subscriber({ linger: 5 }).options.linger, 5);
});

options('shows no secret to whoever prints, copies or serializes them all', () => {
  const curveSecretKey = 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs';
  const socket = new Router({ plainPassword: 'pa55word', socksPassword: 's0cks', curveSecretKey });
  const shown = [inspect(socket, { depth: 9 }), inspect(socket.options), JSON.stringify(socket.options)];
  shown.push(JSON.stringify({ ...socket.options }));
  for (const text of shown) for (const secret of ['pa55word', 's0cks', curveSecretKey]) assert.not.match(text, secret);
  assert.is(socket.options.curveSecretKey, curveSecretKey);
  assert.is(socket.options.plainPassword, 'pa55word');
});

options('shows no secret that it refuses', () => {
  for (const wrong of ['D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c', 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c~']) {
    assert.throws(
      () => new Router({ curveSecretKey: wrong }),
      (error: Error) => !inspect(error).includes('Q[IlAW'),
    );
  }
});

options.run();
