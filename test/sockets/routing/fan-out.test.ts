import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FanOut } from '../../../src/sockets/routing/fan-out.ts';
import { FakePeer, text } from '../../support/fake-peer.ts';

const fanOut = suite('fan-out');

const topic = (name: string): Uint8Array => Buffer.from(name);

/** A fan-out with connected peers, and how often its senders were woken. */
function fanOutTo(...peers: FakePeer[]): {
  out: FanOut;
  options: { noDrop: boolean; invertMatching: boolean };
  wakes: () => number;
} {
  const options = { noDrop: false, invertMatching: false };
  let wakes = 0;
  const out = new FanOut(options, () => (wakes += 1));
  for (const peer of peers) out.add(peer);
  wakes = 0;
  return { out, options, wakes: () => wakes };
}

const peerOf = (id: number, highWaterMark = 0): FakePeer => new FakePeer(id, { highWaterMark });
const sizes = (...peers: FakePeer[]): number[] => peers.map(({ outbound }) => outbound.size);

fanOut('gives one and the same message to all that want it, once each', () => {
  const [a, b, c] = [peerOf(1), peerOf(2), peerOf(3)];
  const { out } = fanOutTo(a, b, c);
  out.subscribe(topic('n'), a);
  out.subscribe(topic(''), a);
  out.subscribe(topic('news'), b);
  out.subscribe(topic('other'), c);
  const message = text('news today');
  assert.ok(out.trySend(message));
  assert.equal(sizes(a, b, c), [1, 1, 0]);
  assert.is(a.outbound.read(), message);
  assert.is(b.outbound.read(), message);
});

fanOut('lets a mute peer miss the message, and nobody else', () => {
  const [mute, other] = [peerOf(1, 1), peerOf(2)];
  const { out } = fanOutTo(mute, other);
  for (const peer of [mute, other]) out.subscribe(topic(''), peer);
  assert.ok(out.trySend(text('1')));
  assert.ok(out.trySend(text('2')));
  assert.equal(sizes(mute, other), [1, 2]);
  assert.ok(out.writable);
});

fanOut('matches a message without octets with the empty topic only', () => {
  const [all, some] = [peerOf(1), peerOf(2)];
  const { out } = fanOutTo(all, some);
  out.subscribe(topic(''), all);
  out.subscribe(topic('a'), some);
  out.trySend(text(''));
  assert.equal(sizes(all, some), [1, 0]);
});

fanOut('tells of topics that nobody wants any more when it has swept behind a peer', () => {
  const [one, two] = [peerOf(1), peerOf(2)];
  const { out } = fanOutTo(one, two);
  out.subscribe(topic('shared'), one);
  out.subscribe(topic('own'), one);
  out.subscribe(topic('shared'), two);
  const gone: string[] = [];
  out.remove(one, (topic, last) => gone.push(`${Buffer.from(topic).toString()} ${last}`));
  assert.equal(gone, [], 'that takes its time');
  out.trySend(text('shared'));
  out.trySend(text('own'));
  assert.equal(sizes(one, two), [0, 1], 'but it gets nothing any more');
  assert.is(out.sweep(1), 1);
  assert.is(out.sweep(9), 1);
  assert.is(out.sweep(9), 0);
  assert.equal(gone, ['shared false', 'own true']);
  assert.is(out.topicsCount, 1);
});

fanOut('refuses a peer that subscribes to more than a million topics', () => {
  const [greedy, other] = [peerOf(1), peerOf(2)];
  const { out } = fanOutTo(greedy, other);
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
  const [greedy, other] = [peerOf(1), peerOf(2)];
  const { out } = fanOutTo(greedy, other);
  out.subscribe(topic('kept'), other);
  assert.is(out.subscribe(new Uint8Array(2 ** 31), greedy), 'present'); // memory that is never touched
  assert.equal(
    greedy.refusals.map(({ code }) => code),
    ['ERR_ZMTP_TOO_MANY_SUBSCRIPTIONS'],
  );
  assert.is(out.subscribe(topic('another'), other), 'first');
  out.remove(greedy);
  assert.is(out.sweep(9), 0);
  out.trySend(text('kept'));
  out.trySend(text('another'));
  assert.is(other.outbound.size, 2);
});

fanOut('without drops: gives a message to nobody while one that matches has no room', () => {
  const [mute, other, stranger] = [peerOf(1, 2), peerOf(2), peerOf(3, 1)];
  const { out, options, wakes } = fanOutTo(mute, other, stranger);
  options.noDrop = true;
  for (const peer of [mute, other]) out.subscribe(topic('a'), peer);
  stranger.outbound.write(text('full'));
  assert.ok(out.writable, 'who has not subscribed to anything stands in nobody’s way');
  assert.ok(out.trySend(text('a1')));
  assert.ok(out.trySend(text('a2')));
  const before = wakes();
  assert.not.ok(out.trySend(text('a3')));
  assert.equal(sizes(mute, other), [2, 2]);
  assert.not.ok(out.writable);
  assert.ok(out.trySend(text('b')), 'which is for nobody');
  mute.outbound.read();
  assert.is(wakes(), before + 1, 'half of it has been read');
  assert.ok(out.trySend(text('a3')));
  assert.equal(sizes(mute, other), [2, 3]);
});

fanOut('without drops: wakes senders when the one that has no room goes, or cancels', () => {
  for (const leave of ['remove', 'cancel'] as const) {
    const [mute, other] = [peerOf(1, 1), peerOf(2)];
    const { out, options, wakes } = fanOutTo(mute, other);
    options.noDrop = true;
    for (const peer of [mute, other]) out.subscribe(topic('a'), peer);
    out.trySend(text('a1'));
    assert.not.ok(out.trySend(text('a2')));
    const before = wakes();
    if (leave === 'remove') out.remove(mute);
    else out.cancel(topic('a'), mute);
    assert.is(wakes(), before + 1, leave);
    assert.ok(out.writable);
    assert.ok(out.trySend(text('a2')));
    assert.equal(sizes(mute, other), [1, 2]);
  }
});

fanOut('wakes nobody while a message is on its way', () => {
  const [hasty, other] = [peerOf(1, 1), peerOf(2)];
  const { out, wakes } = fanOutTo(hasty, other);
  for (const peer of [hasty, other]) out.subscribe(topic(''), peer);
  hasty.outbound.onReadable = () => hasty.outbound.read(); // as fast as it comes, from within
  out.trySend(text('1'));
  assert.is(wakes(), 0);
  assert.equal(sizes(hasty, other), [0, 1]);
});

fanOut('does not lose sight of a message when another one is sent from within', () => {
  const [talkative, other] = [peerOf(1), peerOf(2)];
  const { out } = fanOutTo(talkative, other);
  for (const peer of [talkative, other]) out.subscribe(topic(''), peer);
  talkative.outbound.onReadable = () => out.trySend(text('inner'));
  const outer = text('outer');
  out.trySend(outer);
  assert.is(other.outbound.size, 2);
  assert.equal(other.outbound.read()?.map(String), ['inner']);
  assert.is(other.outbound.read(), outer);
});

fanOut('inverted: gives a message to all connected peers that have not subscribed to it', () => {
  const [a, b, none] = [peerOf(1), peerOf(2), peerOf(3)];
  const { out, options } = fanOutTo(a, b, none);
  out.subscribe(topic('a'), a);
  out.subscribe(topic('ab'), b);
  options.invertMatching = true;
  out.trySend(text('abc'));
  assert.equal(sizes(a, b, none), [0, 0, 1]);
  out.trySend(text('ax'));
  assert.equal(sizes(a, b, none), [0, 1, 2]);
  out.remove(none);
  out.trySend(text('x'));
  assert.equal(sizes(a, b, none), [1, 2, 2]);
});

fanOut('inverted, without drops: who has not subscribed is waited for until it does', () => {
  const mute = peerOf(1, 1);
  const { out, options, wakes } = fanOutTo(mute);
  Object.assign(options, { noDrop: true, invertMatching: true });
  assert.ok(out.trySend(text('a')));
  assert.not.ok(out.trySend(text('a')));
  assert.not.ok(out.writable);
  out.subscribe(topic('a'), mute);
  assert.is(wakes(), 1);
  assert.ok(out.trySend(text('a')));
  assert.is(mute.outbound.size, 1);
});

fanOut('gives a message to one peer only when told so, if it matches', () => {
  const [one, other] = [peerOf(1), peerOf(2)];
  const { out, options } = fanOutTo(one, other);
  for (const peer of [one, other]) out.subscribe(topic('a'), peer);
  out.trySend(text('a'), one);
  out.trySend(text('b'), one);
  assert.equal(sizes(one, other), [1, 0]);
  options.invertMatching = true;
  out.trySend(text('a'), one);
  out.trySend(text('b'), one);
  assert.equal(sizes(one, other), [2, 0]);
});

fanOut('tells a cancel by the last from one by another, by a stranger, and of what nobody had', () => {
  const [one, two] = [peerOf(1), peerOf(2)];
  const { out } = fanOutTo(one, two);
  out.subscribe(topic('a'), one);
  assert.is(out.cancel(topic('a'), two), 'of others');
  out.subscribe(topic('a'), two);
  assert.is(out.cancel(topic('a'), two), 'removed');
  assert.is(out.cancel(topic('a'), one), 'last');
  assert.is(out.cancel(topic('a'), one), 'absent');
});

fanOut.run();
