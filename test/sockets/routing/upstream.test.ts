import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../../src/message.ts';
import { Upstream } from '../../../src/sockets/routing/upstream.ts';
import { FakePeer } from '../../support/fake-peer.ts';
import { Turns } from '../../support/turns.ts';

const upstreams = suite('upstream');

const topic = (name: string): Uint8Array => Buffer.from(name);
const plain = { verboseUnsubscribe: false };

/** What a publisher has been told: `+topic` and `-topic`. */
function told(message: Message | undefined): string {
  const [part = Buffer.alloc(0)] = message ?? [];
  return (part[0] === 1 ? '+' : '-') + Buffer.from(part).toString('utf8', 1);
}

function readNow(peer: FakePeer): string[] {
  const all: string[] = [];
  for (let message = peer.outbound.read(); message !== undefined; message = peer.outbound.read())
    all.push(told(message));
  return all;
}

function upstreamOf(count: number): { upstream: Upstream; turns: Turns; readAll: (peer: FakePeer) => string[] } {
  const turns = new Turns();
  const upstream = new Upstream(plain, turns);
  for (let i = 0; i < count; i += 1) upstream.subscribe(topic(`t${i}`));
  const readAll = (peer: FakePeer): string[] => {
    const all = readNow(peer);
    while (turns.next()) all.push(...readNow(peer));
    return all;
  };
  return { upstream, turns, readAll };
}

upstreams('tells a publisher that comes a few topics at a time, and few in one turn of the event loop', () => {
  const { upstream, turns } = upstreamOf(100_000);
  const peer = new FakePeer(1, { highWaterMark: 10 });
  upstream.connected(peer);
  let most = 0;
  const topics = new Set<string>();
  do {
    const before = topics.size;
    for (let message = peer.outbound.read(); message !== undefined; message = peer.outbound.read()) {
      topics.add(told(message));
      most = Math.max(most, peer.outbound.size);
    }
    assert.ok(topics.size - before <= 1100, `${topics.size - before} in one turn`);
  } while (turns.next());
  assert.is(topics.size, 100_000);
  assert.ok(most <= 64, `${most} waited`);
});

upstreams('knows exactly what is subscribed to', () => {
  const { upstream } = upstreamOf(2);
  upstream.subscribe(topic('t0'));
  assert.equal(
    ['t', 't0', 't1', 't2', 't00', ''].filter(name => upstream.has(topic(name))),
    ['t0', 't1'],
  );
  upstream.cancel(topic('t0'));
  upstream.cancel(topic('t1'));
  assert.equal([upstream.has(topic('t0')), upstream.has(topic('t1'))], [true, false], 'counted');
});

upstreams('shares the turn between publishers that come together', () => {
  const { upstream, turns } = upstreamOf(5000);
  const peers = Array.from({ length: 10 }, (_, i) => new FakePeer(i));
  for (const peer of peers) upstream.connected(peer);
  const counts = peers.map(() => 0);
  do {
    let inTurn = 0;
    for (const [i, peer] of peers.entries()) {
      const got = readNow(peer).length;
      counts[i] = (counts[i] ?? 0) + got;
      inTurn += got;
    }
    assert.ok(inTurn <= 2000, `${inTurn} in one turn`);
  } while (turns.next());
  assert.ok(counts.every(count => count === 5000));
});

upstreams('goes on when what waits is read as a list', () => {
  const { upstream, turns } = upstreamOf(2000);
  const peer = new FakePeer(1);
  upstream.connected(peer);
  const topics = new Set<string>();
  do {
    for (let list = peer.outbound.readMany(50); list.length > 0; list = peer.outbound.readMany(50)) {
      for (const message of list) topics.add(told(message));
    }
  } while (turns.next());
  assert.is(topics.size, 2000);
});

upstreams('tells each topic once to whoever reads at once', () => {
  const { upstream, turns } = upstreamOf(5000);
  const peer = new FakePeer(1);
  const got: string[] = [];
  peer.outbound.onReadable = () => {
    peer.outbound.onReadable = (): void => {}; // a reader at work is not called again
    got.push(...readNow(peer));
  };
  upstream.connected(peer);
  do got.push(...readNow(peer));
  while (turns.next());
  assert.is(got.length, 5000);
  assert.is(new Set(got).size, 5000);
});

upstreams('stops when the publisher goes, and begins anew when it is back', () => {
  const { upstream, readAll } = upstreamOf(1000);
  const peer = new FakePeer(1);
  upstream.connected(peer);
  for (let i = 0; i < 100; i += 1) peer.outbound.read();
  upstream.disconnected(peer);
  readAll(peer);
  assert.is(peer.outbound.size, 0);
  upstream.connected(peer);
  const again = readAll(peer);
  assert.is(again.length, 1000);
  assert.is(new Set(again).size, 1000);
});

upstreams('tells nothing more to a publisher that has gone in the midst of it', () => {
  const { upstream, turns } = upstreamOf(5000);
  const peer = new FakePeer(1);
  upstream.connected(peer);
  readNow(peer);
  upstream.disconnected(peer);
  while (turns.next());
  assert.is(peer.outbound.size, 0);
  upstream.subscribe(topic('late'));
  assert.is(peer.outbound.size, 0);
});

upstreams('tells each of several publishers at its own pace', () => {
  const { upstream, readAll } = upstreamOf(300);
  const [slow, quick] = [new FakePeer(1), new FakePeer(2)];
  upstream.connected(slow);
  upstream.connected(quick);
  assert.is(readAll(quick).length, 300);
  upstream.cancel(topic('t299'));
  upstream.subscribe(topic('late'));
  assert.equal(readAll(quick), ['-t299', '+late']);
  const atLast = readAll(slow);
  assert.equal([atLast.includes('+late'), atLast.includes('+t299'), atLast.includes('-t299')], [true, false, false]);
  assert.is(atLast.length, 300);
});

upstreams('passes on every cancel with verboseUnsubscribe, known or not', () => {
  const options = { verboseUnsubscribe: false };
  const upstream = new Upstream(options, new Turns());
  const readAll = readNow;
  const peer = new FakePeer(1);
  upstream.connected(peer);
  for (let i = 0; i < 3; i += 1) upstream.subscribe(topic('a'));
  readAll(peer);
  upstream.cancel(topic('a'));
  upstream.cancel(topic('x'));
  assert.equal(readAll(peer), []);
  options.verboseUnsubscribe = true;
  upstream.cancel(topic('a'));
  upstream.cancel(topic('x'));
  upstream.cancel(topic('a'));
  assert.equal(readAll(peer), ['-a', '-x', '-a']);
});

upstreams('counts distinct topics', () => {
  const { upstream } = upstreamOf(0);
  for (const name of ['a', 'a', 'ab', '']) upstream.subscribe(topic(name));
  assert.is(upstream.topicsCount, 3);
  upstream.cancel(topic('a'));
  upstream.cancel(topic(''));
  assert.is(upstream.topicsCount, 2);
});

/** Steps of an application and of a connection, in any order. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom('subscribe', 'cancel'), fc.integer({ min: 0, max: 250 })) },
    { weight: 3, arbitrary: fc.tuple(fc.constant('read'), fc.integer({ min: 1, max: 100 })) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('reconnect', 'turn', 'turn'), fc.constant(0)) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('subscribe all', 'cancel all'), fc.constant(0)) },
  ),
  { maxLength: 120 },
);

upstreams('whatever changes meanwhile, a publisher ends up with what is wanted and is never told nonsense', () => {
  fc.assert(
    fc.property(steps, script => {
      const { upstream, turns } = upstreamOf(200);
      const counts = new Map(Array.from({ length: 200 }, (_, i) => [`t${i}`, 1]));
      const peer = new FakePeer(1);
      let known = new Set<string>();
      let repetitions = 0; // that the application asked for since the connection began
      const read = (most: number): void => {
        for (let i = 0; i < most; i += 1) {
          const message = peer.outbound.read();
          if (message === undefined) return;
          const name = told(message);
          if (name.startsWith('-')) assert.ok(known.delete(name.slice(1)), `${name}, which was not told before`);
          else if (known.has(name.slice(1))) repetitions -= 1;
          else known.add(name.slice(1));
        }
      };
      const subscribe = (name: string): void => {
        upstream.subscribe(topic(name));
        counts.set(name, (counts.get(name) ?? 0) + 1);
        repetitions += 1;
      };
      const cancel = (name: string): void => {
        upstream.cancel(topic(name));
        const left = (counts.get(name) ?? 0) - 1;
        if (left > 0) counts.set(name, left);
        else counts.delete(name);
      };
      upstream.connected(peer);
      for (const [what, n] of script) {
        if (what === 'subscribe') subscribe(`t${n}`);
        else if (what === 'cancel') cancel(`t${n}`);
        else if (what === 'read') read(n);
        else if (what === 'turn') turns.next();
        else if (what === 'subscribe all') for (let i = 0; i < 250; i += 1) subscribe(`t${i}`);
        else if (what === 'cancel all')
          for (const [name, count] of [...counts]) for (let i = 0; i < count; i += 1) cancel(name);
        else {
          upstream.disconnected(peer);
          known = new Set();
          repetitions = 0;
          upstream.connected(peer);
        }
      }
      do read(Infinity);
      while (turns.next());
      assert.equal([...known].sort(), [...counts.keys()].sort());
      assert.ok(repetitions >= 0, 'nothing is repeated that the application has not repeated');
      assert.is(upstream.topicsCount, counts.size);
    }),
    { numRuns: 300 },
  );
});

upstreams.run();
