/** What libzmq's own tests ask of publishers and proxies, over inproc and the real tcp and ipc (its names are in brackets). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Proxy, Publisher, Subscriber, XPublisher, XSubscriber, type Socket } from '../../src/index.ts';
import { inTcpWorld, type TcpWorld } from '../support/tcp-world.ts';
import { Scratch } from '../support/unix-files.ts';
import { drain, fateOf, fill, inWorld, texts, type World } from '../support/world.ts';

const scratch = new Scratch();
const NAME = 'inproc://name';

// high-water marks

const marks = suite('marks of publishers over every transport [hwm_pubsub, xpub_nodrop]');

const TRANSPORTS = {
  tcp: () => 'tcp://127.0.0.1:*',
  ipc: () => `ipc://${scratch.path()}`,
  inproc: () => NAME,
};

/** A subscriber to everything, of whom the publisher knows. */
async function subscribed(
  world: TcpWorld,
  publisher: XPublisher,
  endpoint: string,
  receiveHighWaterMark: number,
): Promise<Subscriber> {
  await publisher.bind(endpoint);
  const subscriber = world.open(Subscriber, { receiveHighWaterMark });
  subscriber.subscribe('');
  subscriber.connect(publisher.lastEndpoint ?? '');
  assert.equal(texts(await publisher.receive()), ['\x01']);
  return subscriber;
}

async function receiveNumbers(subscriber: Subscriber, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 1) assert.equal(texts(await subscriber.receive()), [`${i}`]);
}

for (const [name, endpoint] of Object.entries(TRANSPORTS)) {
  for (const mark of [1000, 100]) {
    inTcpWorld(
      marks,
      `${name}: a mark of ${mark} that is set late lets as many pass, and drops the rest`,
      async world => {
        const publisher = world.open(XPublisher);
        // over inproc both marks count
        const subscriber = await subscribed(world, publisher, endpoint(), name === 'inproc' ? 1 : 0);
        publisher.options.sendHighWaterMark = mark;
        for (let i = 0; i < 2 * mark; i += 1) assert.ok(publisher.trySend(`${i}`));
        const passed = name === 'inproc' ? mark + 1 : mark;
        await receiveNumbers(subscriber, 0, passed);
        await publisher.send('end');
        assert.equal(texts(await subscriber.receive()), ['end'], 'there is room again, and nothing between');
      },
    );
  }

  inTcpWorld(marks, `${name}: with noDrop 6,000 messages arrive by asking again`, async world => {
    const publisher = world.open(XPublisher, { noDrop: true, sendHighWaterMark: 2000 });
    const subscriber = await subscribed(world, publisher, endpoint(), 2000);
    const receiving = receiveNumbers(subscriber, 0, 6000);
    let refused = 0;
    for (let sent = 0; sent < 6000;) {
      if (publisher.trySend(`${sent}`)) sent += 1;
      else {
        refused += 1;
        await new Promise(resolve => setImmediate(resolve));
      }
    }
    await receiving;
    assert.ok(refused > 0);
  });

  inTcpWorld(marks, `${name}: with noDrop all that was taken for a reader who is late arrives`, async world => {
    const publisher = world.open(XPublisher, { noDrop: true, sendHighWaterMark: 2000 });
    const subscriber = await subscribed(world, publisher, endpoint(), 2000);
    const taken = fill({ trySend: text => Number(text) < 10_000 && publisher.trySend(text) });
    assert.is(taken, name === 'inproc' ? 4000 : 2000);
    const waiting = fateOf(publisher.send('end'));
    await receiveNumbers(subscriber, 0, taken);
    assert.equal(texts(await subscriber.receive()), ['end']);
    assert.is(waiting.now, 'fulfilled');
  });

  inTcpWorld(marks, `${name}: a mark of 11,024 lets 9,999 pass, and 1,100 more when they were read`, async world => {
    const publisher = world.open(XPublisher, { sendHighWaterMark: 11_024 });
    const subscriber = await subscribed(world, publisher, endpoint(), 11_024);
    for (let i = 0; i < 9999; i += 1) assert.ok(publisher.trySend(`${i}`));
    await receiveNumbers(subscriber, 0, 9999);
    for (let i = 9999; i < 11_099; i += 1) assert.ok(publisher.trySend(`${i}`));
    await receiveNumbers(subscriber, 9999, 11_099);
    assert.is(subscriber.tryReceive(), undefined);
  });
}

// proxies

const proxies = suite('proxies of publishers');

const HWM = 10;

inWorld(
  proxies,
  'take between two and four times the mark for a reader who is late, and lose none [proxy_hwm]',
  async world => {
    const marked = { sendHighWaterMark: HWM, receiveHighWaterMark: HWM };
    const [xsub, xpub] = [world.open(XSubscriber, marked), world.open(XPublisher, { ...marked, noDrop: true })];
    await xsub.bind('inproc://front');
    await xpub.bind('inproc://back');
    const publisher = world.open(XPublisher, { ...marked, noDrop: true });
    publisher.connect('inproc://front');
    const subscriber = world.open(Subscriber, { receiveHighWaterMark: HWM });
    subscriber.subscribe('');
    subscriber.connect('inproc://back');
    const proxy = new Proxy(xsub, xpub);
    const running = proxy.run();
    await world.settle();
    assert.equal(drain(publisher), [['\x01']]);
    let taken = 0;
    for (let before = -1; before !== taken;) {
      before = taken;
      while (taken < 100 * HWM && publisher.trySend(`${taken}`)) taken += 1;
      await world.settle();
    }
    assert.ok(taken >= 2 * HWM && taken <= 4 * HWM, `${taken} were taken`);
    const heard: string[] = [];
    for (let more = drain(subscriber); more.length > 0; more = drain(subscriber)) {
      heard.push(...more.flat());
      await world.settle();
    }
    assert.equal(
      heard,
      Array.from({ length: taken }, (_, i) => `${i}`),
    );
    assert.ok(publisher.trySend('there is room again'));
    proxy.terminate();
    await running;
  },
);

inWorld(proxies, 'live on when their publisher has gone, and end with the context [proxy_terminate]', async world => {
  const [front, back] = [world.open(Subscriber), world.open(Publisher)];
  const publisher = world.open(Publisher);
  await publisher.bind('mem://news');
  front.subscribe('');
  await world.connect(front, 'mem://news');
  await back.bind('mem://out');
  const subscriber = world.open(Subscriber);
  subscriber.subscribe('');
  await world.connect(subscriber, 'mem://out');
  const fate = fateOf(new Proxy(front, back).run());
  await publisher.send('x');
  await world.settle();
  assert.equal(drain(subscriber), [['x']]);
  await world.close(publisher);
  await world.advance(1000);
  assert.is(fate.now, 'pending');
  await world.until(world.context.close());
  await world.settle();
  assert.is(fate.now, 'fulfilled');
});

proxies.run();
marks.run();

// options of XPUB

const options = suite('options of XPUB over inproc');

/** What the application is shown, as `+topic` and `-topic`. */
function shown(xpub: XPublisher): string {
  return drain(xpub)
    .map(parts => parts.join('|').replace('\x01', '+').replace('\x00', '-'))
    .join(' ');
}

/** An XPUB, and XSUBs that are connected to it. */
async function withPeers(
  world: World,
  given: NonNullable<ConstructorParameters<typeof XPublisher>[0]>,
): Promise<{ xpub: XPublisher; first: XSubscriber; second: XSubscriber }> {
  const xpub = world.open(XPublisher, given);
  await xpub.bind(NAME);
  const [first, second] = [world.open(XSubscriber), world.open(XSubscriber)];
  for (const each of [first, second]) each.connect(NAME);
  return { xpub, first, second };
}

inWorld(
  options,
  'shown is the first of a topic and the end of its last; more on demand [xpub_verbose]',
  async world => {
    for (const [verbosity, expected] of [
      [null, '+A -A'],
      ['allSubs', '+A +A +A -A'],
      ['allSubsUnsubs', '+A +A +A -A -A'],
    ] as const) {
      const { xpub, first, second } = await withPeers(world, { verbosity });
      for (const each of [first, first, second]) await each.send('\x01A');
      for (const each of [first, first, second]) await each.send('\x00A');
      assert.is(shown(xpub), expected, String(verbosity));
      for (const socket of [xpub, first, second] as Socket[]) await world.close(socket);
    }
  },
);

inWorld(options, 'manual: another topic than the one asked for is given, and taken back [xpub_manual]', async world => {
  const { xpub, first, second } = await withPeers(world, { manual: true });
  await first.send('\x01A');
  assert.is(shown(xpub), '+A');
  xpub.subscribe('XA');
  await second.send('\x01B');
  assert.is(shown(xpub), '+B');
  xpub.subscribe('XB');
  for (const word of ['A', 'XA', 'B', 'XB']) await xpub.send(word);
  assert.equal([drain(first), drain(second)], [[['XA']], [['XB']]]);
  await first.send('\x00A');
  assert.is(shown(xpub), '-A');
  xpub.unsubscribe('XA');
  for (const word of ['XA', 'XB']) await xpub.send(word);
  assert.equal([drain(first), drain(second)], [[], [['XB']]]);
  await world.close(second);
  assert.is(shown(xpub), '-B', 'what it had asked for');
});

inWorld(
  options,
  'manualLastValue: the newest subscriber alone is sent the next [xpub_manual_last_value]',
  async world => {
    const { xpub, first, second } = await withPeers(world, { manualLastValue: true });
    for (const [each, word] of [
      [first, 'one'],
      [second, 'two'],
    ] as const) {
      await each.send('\x01A');
      assert.is(shown(xpub), '+A');
      xpub.subscribe('A');
      await xpub.send(['A', `for ${word}`]);
    }
    await xpub.send(['A', 'for all']);
    assert.equal(drain(first), [
      ['A', 'for one'],
      ['A', 'for all'],
    ]);
    assert.equal(drain(second), [
      ['A', 'for two'],
      ['A', 'for all'],
    ]);
  },
);

inWorld(options, 'onlyFirstSubscribe: later parts stay data [xpub_manual]', async world => {
  const { xpub, first } = await withPeers(world, { onlyFirstSubscribe: true });
  await first.send(['data', '\x02no subscription', '']);
  first.options.onlyFirstSubscribe = true;
  await first.send(['data', '\x01B']);
  assert.equal(drain(xpub), [
    ['data', '\x02no subscription', ''],
    ['data', '\x01B'],
  ]);
  assert.is(xpub.topicsCount, 0);
});

inWorld(options, 'welcomeMessage: comes first to who wants it [xpub_welcome_msg]', async world => {
  const xpub = world.open(XPublisher, { welcomeMessage: 'W' });
  await xpub.bind(NAME);
  const [wants, other] = [world.open(Subscriber), world.open(Subscriber)];
  wants.subscribe('W');
  other.subscribe('x');
  for (const each of [wants, other]) each.connect(NAME);
  await world.settle();
  assert.equal([drain(wants), drain(other)], [[['W']], []]);
  assert.is(shown(xpub), '+W +x');
});

inWorld(options, 'topics of 245 and 246 octets come and go [xpub_topic]', async world => {
  const xpub = world.open(XPublisher);
  await xpub.bind(NAME);
  const subscriber = world.open(Subscriber);
  subscriber.connect(NAME);
  for (const length of [245, 246]) {
    const topic = 't'.repeat(length);
    subscriber.subscribe(topic);
    assert.is(shown(xpub), `+${topic}`);
    await xpub.send(`${topic}!`);
    assert.equal(drain(subscriber), [[`${topic}!`]]);
    subscriber.unsubscribe(topic);
    assert.is(shown(xpub), `-${topic}`);
  }
});

inWorld(
  options,
  'every cancel is passed on with verboseUnsubscribe, an unknown one too [xsub_verbose]',
  async world => {
    const xpub = world.open(XPublisher, { verbosity: 'allSubsUnsubs' });
    await xpub.bind(NAME);
    const xsub = world.open(XSubscriber);
    xsub.connect(NAME);
    const unknown = async (): Promise<string> => {
      await xsub.send('\x00never');
      return shown(xpub);
    };
    assert.is(await unknown(), '');
    xsub.options.verboseUnsubscribe = true;
    assert.is(await unknown(), '-never');
  },
);

inWorld(options, 'invertMatching: who does not match receives [pub_invert_matching]', async world => {
  const publisher = world.open(Publisher, { invertMatching: true });
  await publisher.bind(NAME);
  const subscribers = ['A', 'B'].map(topic => {
    const subscriber = world.open(Subscriber, { invertMatching: true });
    subscriber.subscribe(topic);
    subscriber.connect(NAME);
    return subscriber;
  });
  for (const word of ['A', 'B', 'C']) await publisher.send(word);
  assert.equal(
    subscribers.map(each => drain(each).flat()),
    [
      ['B', 'C'],
      ['A', 'C'],
    ],
  );
});

inWorld(options, 'topicsCount: distinct topics on either side, nested ones too [pubsub_topics_count]', async world => {
  const publisher = world.open(Publisher);
  await publisher.bind(NAME);
  const subscribers = [world.open(Subscriber), world.open(Subscriber)];
  const counts = (): number[] => [publisher, ...subscribers].map(each => each.topicsCount);
  for (const each of subscribers) each.connect(NAME);
  const [one, other] = subscribers;
  for (const topic of ['topic1', 'topic1', 'topic10', '']) one?.subscribe(topic);
  other?.subscribe('topic1');
  assert.equal(counts(), [3, 3, 1]);
  one?.unsubscribe('topic10');
  one?.unsubscribe('topic1');
  assert.equal(counts(), [2, 2, 1]);
});

options.run();
