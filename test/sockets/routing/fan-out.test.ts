import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FanOut } from '../../../src/sockets/routing/fan-out.ts';
import { FakePeer, text } from '../../support/fake-peer.ts';

const fanOut = suite('fan-out');

const topic = (name: string): Uint8Array => Buffer.from(name);

fanOut('gives one and the same message to all that want it, once each', () => {
  const out = new FanOut();
  const [a, b, c] = [new FakePeer(1), new FakePeer(2), new FakePeer(3)];
  out.subscribe(topic('n'), a);
  out.subscribe(topic(''), a);
  out.subscribe(topic('news'), b);
  out.subscribe(topic('other'), c);
  const message = text('news today');
  out.send(message);
  assert.equal([a.outbound.size, b.outbound.size, c.outbound.size], [1, 1, 0]);
  assert.is(a.outbound.read(), message);
  assert.is(b.outbound.read(), message);
});

fanOut('lets a mute peer miss the message, and nobody else', () => {
  const out = new FanOut();
  const [mute, other] = [new FakePeer(1, { highWaterMark: 1 }), new FakePeer(2)];
  for (const peer of [mute, other]) out.subscribe(topic(''), peer);
  out.send(text('1'));
  out.send(text('2'));
  assert.equal([mute.outbound.size, other.outbound.size], [1, 2]);
});

fanOut('matches a message without octets with the empty topic only', () => {
  const out = new FanOut();
  const [all, some] = [new FakePeer(1), new FakePeer(2)];
  out.subscribe(topic(''), all);
  out.subscribe(topic('a'), some);
  out.send(text(''));
  assert.equal([all.outbound.size, some.outbound.size], [1, 0]);
});

fanOut('tells of topics that nobody wants any more when it forgets a peer', () => {
  const out = new FanOut();
  const [one, two] = [new FakePeer(1), new FakePeer(2)];
  out.subscribe(topic('shared'), one);
  out.subscribe(topic('own'), one);
  out.subscribe(topic('shared'), two);
  const gone: string[] = [];
  out.forget(one, topic => gone.push(Buffer.from(topic).toString()));
  assert.equal(gone, ['own']);
  out.send(text('shared'));
  assert.equal([one.outbound.size, two.outbound.size], [0, 1]);
});

fanOut('refuses a peer that subscribes to more than a million topics', () => {
  const out = new FanOut();
  const [greedy, other] = [new FakePeer(1), new FakePeer(2)];
  for (let i = 0; i < 1_000_000; i += 1) out.subscribe(topic(`${i};`), greedy);
  out.subscribe(topic('0;'), greedy);
  assert.is(greedy.refusals.length, 0);
  out.subscribe(topic('one more'), greedy);
  assert.equal(
    greedy.refusals.map(({ code }) => code),
    ['ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS'],
  );
  out.subscribe(topic('another'), other);
  assert.is(other.refusals.length, 0);
});

fanOut('refuses a peer whose topic is more than can be kept, and goes on', () => {
  const out = new FanOut();
  const [greedy, other] = [new FakePeer(1), new FakePeer(2)];
  out.subscribe(topic('kept'), other);
  assert.is(out.subscribe(new Uint8Array(2 ** 31), greedy), 'present'); // memory that is never touched
  assert.equal(
    greedy.refusals.map(({ code }) => code),
    ['ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS'],
  );
  assert.is(out.subscribe(topic('another'), other), 'first');
  out.forget(greedy, () => undefined);
  out.send(text('kept'));
  out.send(text('another'));
  assert.is(other.outbound.size, 2);
});

fanOut.run();
