// @deadline 120
/** STREAM of ours and of libzmq: alike among plain sockets, and with each other. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dealer } from '../../src/index.ts';
import { startPeer } from '../support/peers/peer.ts';
import { framesOf, greeting, message, messagesOf, ready } from '../support/raw-zmtp.ts';
import { texts } from '../support/world.ts';
import { addAlike } from './stream-alike.ts';
import { ourStreams, Scene, streamsOf, type StreamEnd } from './stream-end.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);

const alike = suite('STREAM is alike');
for (const side of [ourStreams, ...peers.map(streamsOf)]) addAlike(alike, side);

const together = suite('STREAM to STREAM');

for (const peer of peers) {
  const theirs = streamsOf(peer);
  const pairs = [
    [ourStreams, theirs],
    [theirs, ourStreams],
  ] as const;
  for (const [binding, connecting] of pairs) {
    together(`${binding.name} bound, ${connecting.name} connecting`, async () => {
      const [bound, dialer] = [new Scene(await binding.open()), new Scene(await connecting.open())];
      try {
        await dialer.connect(await bound.bind(), 'it');
        await dialer.send('it', 'hello');
        const id = await bound.notice();
        await bound.octets(5);
        await bound.send(id, Buffer.alloc(500_000));
        await dialer.notice();
        await dialer.octets(500_000);
        await bound.send(id, 'bye');
        await bound.send(id, '');
        await bound.untilUnknown(id);
        await dialer.octets(3);
        await dialer.notice(); // it is over …
        await dialer.notice(); // … and begins again
        await bound.notice();
        await dialer.send('it', '');
        await dialer.untilUnknown('it');
        await bound.notice();
        assert.equal(bound.seen, ['A notice', 'A hello', 'ok', 'ok', 'ok', 'B notice', 'B notice']);
        const heard = ['it notice', 'it 500000 octets', 'it bye', 'it notice', 'it notice', 'ok'];
        assert.equal(dialer.seen, ['ok', ...heard]);
      } finally {
        await bound.end();
        await dialer.end();
      }
    });
  }
}

const byHand = suite('STREAM plays a DEALER by hand');

/** ZMTP 3 with NULL, as octets, until so many messages have come. */
async function converse(stream: StreamEnd, endpoint: string, count: number): Promise<string[][]> {
  let octets = Buffer.of();
  const say = async (...words: readonly Uint8Array[]): Promise<void> => {
    for (const word of words) assert.is(await stream.attempt(['dealer', word]), 'ok');
  };
  const listen = async (heard: () => number, least: number): Promise<void> => {
    while (heard() < least) {
      const [, chunk = Buffer.of()] = await stream.receive();
      octets = Buffer.concat([octets, chunk]);
    }
  };
  await stream.connect(endpoint, 'dealer');
  await say(greeting({ minor: 0 }), ready('DEALER', ''));
  await listen(() => framesOf(octets).length, 1); // libzmq cuts off who goes on before it has heard READY
  await say(message('question', ''), message('2'));
  await listen(() => messagesOf(framesOf(octets)).length, count);
  return messagesOf(framesOf(octets));
}

for (const peer of peers) {
  byHand(`ours to a DEALER of ${peer.name}`, async () => {
    const [stream, dealer] = [await ourStreams.open(), await peer.open('DEALER')];
    const answers = converse(stream, await dealer.bind(), 2);
    assert.equal((await dealer.receiveAll(2)).map(texts), [['question', ''], ['2']]);
    await dealer.sendAll([['answer', 'x'], ['y'.repeat(1000)]]);
    assert.equal(await answers, [['answer', 'x'], ['y'.repeat(1000)]]);
    await Promise.all([stream.close(), dealer.close()]);
  });

  byHand(`that of ${peer.name} to our DEALER`, async () => {
    const [stream, dealer] = [await streamsOf(peer).open(), new Dealer()];
    await dealer.bind('tcp://127.0.0.1:*');
    const answers = converse(stream, dealer.lastEndpoint ?? '', 1);
    assert.equal([texts(await dealer.receive()), texts(await dealer.receive())], [['question', ''], ['2']]);
    await dealer.send(['answer', 'x']);
    assert.equal(await answers, [['answer', 'x']]);
    await Promise.all([stream.close(), dealer.close()]);
  });
}

byHand.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
alike.run();
together.run();
byHand.run();
