/**
 * What every transport has to keep of `src/transports/transport.ts`, written once: `transportContract({ … })` in a
 * transport's test file runs it all.
 */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError, isErrnoCode } from '../../src/errors.ts';
import { parseEndpoint } from '../../src/transports/endpoint.ts';
import type { Duplex, Transport } from '../../src/transports/transport.ts';
import {
  asTransportError,
  netSuite,
  openHandles,
  PatternStream,
  rejection,
  start,
  thrown,
  turns,
  untilHandles,
  type NetContext,
  type TestNet,
} from './test-net.ts';

/** The transport under test. */
export interface ContractSubject {
  readonly name: string;
  transport(): Transport;
  /** An address that is free to be bound, without its scheme; the listener's endpoint tells where it really is. */
  bindAddress(): string;
  /** Addresses that `check` refuses. */
  readonly malformed: { readonly bind: string; readonly connect: string };
  /** Where connections are not the system's, its handles tell nothing. */
  readonly invented?: true;
}

const MIB = 2 ** 20;
/** More than the system's buffers between two ends can hold. */
const FLOOD_MIB = 64;

/** Writes more than fits between two ends of which one does not read; the last answer. */
function flood(duplex: Duplex, stream: PatternStream): boolean {
  let answer = true;
  for (let each = 0; each < FLOOD_MIB; each += 1) answer = duplex.write([stream.take(MIB)]);
  return answer;
}

/** Registers and runs the tests that every transport has to pass. */
export function transportContract(subject: ContractSubject): void {
  const test = netSuite(`${subject.name} keeps the contract of transports`, () => subject.transport());
  stream(test, subject);
  backpressure(test, subject);
  endings(test, subject);
  listening(test, subject);
  dialling(test, subject);
  test.run();
}

function stream(test: Test<NetContext>, subject: ContractSubject): void {
  test('octets arrive in order whatever their sizes, both ways', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    const sizes = [1, 0, 2, 255, 256, 16384, 65535, 65536, 65537, MIB, 3, MIB, 1];
    const total = sizes.reduce((sum, size) => sum + size, 0);
    for (const { duplex } of [near, far]) {
      const pattern = new PatternStream();
      for (const size of sizes) duplex.write([pattern.take(size)]);
    }
    for (const { sink } of [near, far]) {
      await sink.untilReceived(total);
      assert.is(sink.size, total);
      assert.ok(new PatternStream().matches(sink.chunks));
    }
  });

  test('the chunks of one write arrive in order, however many', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    const pattern = new PatternStream();
    const batches = [0, 1, 2, 3, 5000].map(count =>
      Array.from({ length: count }, (_, index) => pattern.take(index % 50)),
    );
    for (const batch of batches) near.duplex.write(batch);
    const total = batches.flat().reduce((sum, chunk) => sum + chunk.length, 0);
    await far.sink.untilReceived(total);
    assert.is(far.sink.size, total);
    assert.ok(new PatternStream().matches(far.sink.chunks));
  });

  test('what was received never changes afterwards', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    const kept: { readonly chunk: Uint8Array; readonly copy: Buffer }[] = [];
    far.sink.onReceived = () => {
      const chunk = far.sink.chunks.at(-1) ?? new Uint8Array();
      kept.push({ chunk, copy: Buffer.from(chunk) });
    };
    const pattern = new PatternStream();
    for (let round = 1; round <= 50; round += 1) {
      near.duplex.write([pattern.take(1000)]);
      await far.sink.untilReceived(round * 1000);
    }
    assert.ok(kept.every(({ chunk, copy }) => copy.equals(chunk)));
  });

  test('a duplex is quiet until it is started, and nothing is lost by that', async ({ net }) => {
    const { near, far } = await net.join(subject.bindAddress());
    near.write([Buffer.from('early')]);
    await turns();
    const { sink } = start(far);
    assert.equal(sink.calls, []);
    await sink.untilReceived(5);
    assert.is(sink.bytes.toString(), 'early');
  });

  test('the ends have the names of endpoints', async ({ net }) => {
    const { near, far } = await net.join(subject.bindAddress());
    for (const text of [near.localAddress, near.remoteAddress, far.localAddress, far.remoteAddress]) {
      assert.is(parseEndpoint(text).scheme, net.transport.scheme);
    }
  });
}

function backpressure(test: Test<NetContext>, subject: ContractSubject): void {
  test('a write that the system takes at once is no congestion', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    assert.is(near.duplex.write([Buffer.from('a'), Buffer.from('b')]), true);
    await far.sink.untilReceived(2);
    assert.is(near.duplex.unwrittenBytes, 0);
    assert.equal(near.sink.calls, []);
  });

  test('pausing holds the peer back, and resuming loses nothing', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    flood(near.duplex, new PatternStream());
    await turns();
    assert.equal(far.sink.calls, []);
    assert.ok(near.duplex.unwrittenBytes > 0);
    far.duplex.resume();
    await far.sink.untilReceived(FLOOD_MIB * MIB);
    assert.is(far.sink.size, FLOOD_MIB * MIB);
    assert.ok(new PatternStream().matches(far.sink.chunks));
    await near.sink.until(() => near.sink.count('drained') === 1);
    assert.is(near.duplex.unwrittenBytes, 0);
  });

  test('a pause from within received() holds from the next chunk on', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.sink.onReceived = () => far.duplex.pause();
    flood(near.duplex, new PatternStream());
    await far.sink.untilReceived(1);
    for (let chunks = 1; chunks <= 5; chunks += 1) {
      await far.sink.until(() => far.sink.chunks.length >= chunks);
      await turns(5);
      assert.is(far.sink.chunks.length, chunks);
      far.duplex.resume();
    }
    far.sink.onReceived = () => {};
    far.duplex.resume();
    await far.sink.untilReceived(FLOOD_MIB * MIB);
    assert.ok(new PatternStream().matches(far.sink.chunks));
  });

  test('a write returns false when the peer does not read, and drained comes once it does', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    assert.is(flood(near.duplex, new PatternStream()), false);
    await turns();
    assert.is(near.sink.count('drained'), 0);
    far.duplex.resume();
    await near.sink.until(() => near.sink.count('drained') === 1);
    assert.is(near.duplex.write([Buffer.from('again')]), true);
    await far.sink.untilReceived(FLOOD_MIB * MIB + 5);
    assert.is(near.sink.count('drained'), 1);
  });

  test('drained comes after every write that returned false, and only then', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    const pattern = new PatternStream();
    let congestions = 0;
    for (let round = 0; round < 200; round += 1) {
      if (near.duplex.write([pattern.take(200_000), pattern.take(round)])) continue;
      congestions += 1;
      await near.sink.until(() => near.sink.count('drained') === congestions);
    }
    await far.sink.untilReceived(200 * 200_000 + (199 * 200) / 2);
    assert.is(near.sink.count('drained'), congestions);
    assert.ok(new PatternStream().matches(far.sink.chunks));
  });

  test('small writes are congested too when enough of them wait, and drain', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    const pattern = new PatternStream();
    let written = 0;
    do written += 1000;
    while (near.duplex.write([pattern.take(1000)]));
    far.duplex.resume();
    await near.sink.until(() => near.sink.count('drained') === 1);
    await far.sink.untilReceived(written);
    assert.ok(new PatternStream().matches(far.sink.chunks));
  });

  test('a flood right behind start() is not called drained', async ({ net }) => {
    const { near } = await net.join(subject.bindAddress());
    const { sink } = start(near);
    assert.is(flood(near, new PatternStream()), false);
    await turns();
    assert.equal(sink.calls, []);
  });

  test('a sink that starts late still hears that its early write has drained', async ({ net }) => {
    const { near, far } = await net.join(subject.bindAddress());
    assert.is(flood(near, new PatternStream()), false);
    const reader = start(far);
    await reader.sink.untilReceived(FLOOD_MIB * MIB);
    await turns();
    const { sink } = start(near);
    await sink.until(() => sink.count('drained') === 1);
  });
}

function endings(test: Test<NetContext>, subject: ContractSubject): void {
  test('end() delivers everything before closed, which has no cause', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    const pattern = new PatternStream();
    for (let each = 0; each < 8; each += 1) near.duplex.write([pattern.take(MIB)]);
    near.duplex.end();
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    assert.is(far.sink.size, 8 * MIB);
    assert.ok(new PatternStream().matches(far.sink.chunks));
    assert.is(near.sink.cause, undefined);
    assert.is(far.sink.cause, undefined);
  });

  test('after end() drained tells that the rest has been taken', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    const pattern = new PatternStream();
    let answer = true;
    while (near.duplex.unwrittenBytes === 0) answer = near.duplex.write([pattern.take(1000)]);
    assert.is(answer, true); // so that nothing but end() asks for it
    near.duplex.end();
    await turns();
    assert.equal(near.sink.calls, []);
    far.duplex.resume();
    await near.sink.untilClosed();
    assert.equal(near.sink.calls, ['drained', 'closed']);
  });

  test('after end() a congestion is still resolved by drained', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    assert.is(flood(near.duplex, new PatternStream()), false);
    near.duplex.end();
    far.duplex.resume();
    await near.sink.untilClosed();
    assert.equal(near.sink.calls, ['drained', 'closed']);
  });

  test('both ends may end() with octets on their way in both directions', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    for (const { duplex } of [near, far]) {
      const pattern = new PatternStream();
      for (let each = 0; each < 8; each += 1) duplex.write([pattern.take(MIB)]);
      duplex.end();
    }
    for (const { sink } of [near, far]) {
      await sink.untilClosed();
      assert.is(sink.size, 8 * MIB);
      assert.is(sink.cause, undefined);
    }
  });

  test('destroy() closes both ends', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    near.duplex.destroy();
    assert.equal(near.sink.calls, []); // not from within the call
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    assert.is(near.sink.cause, undefined);
  });

  test('destroy() from within received() delivers nothing more', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.sink.onReceived = () => far.duplex.destroy();
    flood(near.duplex, new PatternStream());
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    assert.equal(far.sink.calls, ['received', 'closed']);
  });

  test('destroy() from within received() keeps back what had come before it, too', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    for (const word of ['first', 'second']) {
      near.duplex.write([Buffer.from(word)]);
      await turns();
    }
    far.sink.onReceived = () => far.duplex.destroy();
    far.duplex.resume();
    await far.sink.untilClosed();
    assert.equal(far.sink.calls, ['received', 'closed']);
  });

  test('an end that has written nothing more does not cut off the one that has', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    flood(near.duplex, new PatternStream());
    near.duplex.end();
    far.duplex.end();
    await turns();
    assert.equal(near.sink.calls, []);
    far.duplex.resume();
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    assert.is(far.sink.size, FLOOD_MIB * MIB);
    assert.is(near.sink.cause, undefined);
  });

  test('a write after end() is dropped and does no harm', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    near.duplex.write([Buffer.from('the end')]);
    near.duplex.end();
    assert.is(near.duplex.write([Buffer.from('too late')]), false);
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    assert.is(far.sink.bytes.toString(), 'the end');
    assert.equal(near.sink.calls, ['closed']);
    assert.is(near.sink.cause, undefined);
  });

  test('closed comes once and last, whatever is called around it', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    flood(near.duplex, new PatternStream());
    far.duplex.write([Buffer.from('hello')]);
    near.duplex.end();
    near.duplex.destroy();
    near.duplex.destroy();
    near.duplex.pause();
    near.duplex.resume();
    assert.is(near.duplex.write([Buffer.from('too late')]), false);
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    near.duplex.write([Buffer.from('later still')]);
    near.duplex.resume();
    near.duplex.end();
    near.duplex.destroy();
    await turns();
    for (const { sink } of [near, far]) {
      assert.is(sink.count('closed'), 1);
      assert.is(sink.calls.at(-1), 'closed');
    }
  });

  test('a duplex that was over before it was started tells so', async ({ net }) => {
    const { near, far } = await net.join(subject.bindAddress());
    near.destroy();
    await start(far).sink.untilClosed();
    const { sink } = start(near);
    assert.equal(sink.calls, []);
    await sink.untilClosed();
    assert.equal(sink.calls, ['closed']);
  });

  test('a peer that has gone while we were paused is told of after its octets', async ({ net }) => {
    const { near, far } = await net.open(subject.bindAddress());
    far.duplex.pause();
    near.duplex.write([Buffer.from('last words')]);
    near.duplex.end();
    await turns();
    assert.equal(far.sink.calls, []);
    far.duplex.resume();
    await far.sink.untilClosed();
    assert.is(far.sink.bytes.toString(), 'last words');
  });

  if (subject.invented) return;
  test('nothing stays open when all is closed', async ({ net, handles }) => {
    const { near, far, listener } = await net.open(subject.bindAddress());
    const attempt = net.dial(parseEndpoint(listener.endpoint).address);
    attempt.dial.cancel();
    assert.ok(openHandles() > handles);
    near.duplex.end();
    await listener.close();
    await Promise.all([near.sink.untilClosed(), far.sink.untilClosed()]);
    await untilHandles(handles);
  });
}

function listening(test: Test<NetContext>, subject: ContractSubject): void {
  test('a listener takes many peers, and each is its own', async ({ net }) => {
    const { peers, address } = await net.listen(subject.bindAddress());
    for (let each = 0; each < 20; each += 1) {
      const near = await net.connect(address);
      const far = start(await peers.next());
      near.write([Buffer.from(`peer ${String(each)}`)]);
      near.end();
      start(near);
      await far.sink.untilClosed();
      assert.is(far.sink.bytes.toString(), `peer ${String(each)}`);
    }
    assert.equal(peers.failures, []);
  });

  test('close() frees the address before it returns', async ({ net }) => {
    const { listener, address } = await net.listen(subject.bindAddress());
    const closing = listener.close();
    const again = net.listen(address); // in the same turn
    const { listener: second } = await again;
    assert.is(second.endpoint, listener.endpoint);
    await closing;
  });

  test('an address is free again while connections made through it live on', async ({ net }) => {
    const { near, far, listener } = await net.open(subject.bindAddress());
    await listener.close();
    await net.listen(parseEndpoint(listener.endpoint).address);
    near.duplex.write([Buffer.from('still here')]);
    await far.sink.untilReceived(10);
    assert.is(far.sink.bytes.toString(), 'still here');
  });

  test('closing a listener twice is closing it once', async ({ net }) => {
    const { listener, address } = await net.listen(subject.bindAddress());
    await listener.close();
    await net.listen(address);
    await listener.close();
    assert.not.instance(await net.dial(address).outcome, Error);
  });

  test('an address that is taken is EADDRINUSE, with the cause of the system and the endpoint', async ({ net }) => {
    const { listener, address } = await net.listen(subject.bindAddress());
    const { code, cause, address: named } = asTransportError(await rejection(net.listen(address)));
    assert.is(code, 'EADDRINUSE');
    assert.instance(cause, Error);
    assert.is(named, listener.endpoint);
  });

  test('a malformed address is refused as EINVAL, for bind and connect each', async ({ net }) => {
    const { bind, connect } = subject.malformed;
    const refusals = [
      await rejection(net.listen(bind)),
      thrown(() => net.transport.check(bind, 'bind')),
      thrown(() => net.transport.check(connect, 'connect')),
      thrown(() => net.dial(connect)),
    ];
    for (const error of refusals) {
      assert.instance(error, UsageError);
      assert.is((error as UsageError).code, 'EINVAL');
    }
  });

  test('an address in use passes the check, which asks the system nothing', async ({ net }) => {
    const { address } = await net.listen(subject.bindAddress());
    net.transport.check(address, 'bind');
    net.transport.check(address, 'connect');
  });
}

function dialling(test: Test<NetContext>, subject: ContractSubject): void {
  /** An address on which somebody listened a moment ago. */
  const nobody = async (net: TestNet): Promise<string> => {
    const { listener, address } = await net.listen(subject.bindAddress());
    await listener.close();
    return address;
  };

  test('the outcome is told once, and not before connect() has returned', async ({ net }) => {
    const { address } = await net.listen(subject.bindAddress());
    const { outcome, outcomes } = net.dial(address);
    assert.is(outcomes.length, 0);
    assert.not.instance(await outcome, Error);
    await turns();
    assert.is(outcomes.length, 1);
  });

  test('connecting to nobody fails once, with code, cause and endpoint', async ({ net }) => {
    const address = await nobody(net);
    const { outcome, outcomes } = net.dial(address);
    assert.is(outcomes.length, 0);
    const error = asTransportError(await outcome);
    assert.ok(isErrnoCode(error.code));
    assert.instance(error.cause, Error);
    assert.is(error.address, `${net.transport.scheme}://${address}`);
    await turns();
    assert.is(outcomes.length, 1);
  });

  test('a cancelled attempt tells nothing, were it to succeed or to fail', async ({ net }) => {
    const missing = await nobody(net);
    const { address } = await net.listen(subject.bindAddress());
    const attempts = [net.dial(missing), net.dial(address)];
    for (const { dial } of attempts) {
      dial.cancel();
      dial.cancel();
    }
    await net.connect(address);
    await turns();
    for (const { outcomes } of attempts) assert.equal(outcomes, []);
  });

  test('an attempt cancelled at any turn tells nothing afterwards', async ({ net }) => {
    const { address } = await net.listen(subject.bindAddress());
    for (let wait = 0; wait < 8; wait += 1) {
      const { dial, outcomes } = net.dial(address);
      await turns(wait);
      const before = outcomes.length;
      dial.cancel();
      await turns();
      assert.is(outcomes.length, before);
    }
  });

  test('an attempt cancelled when the peer has just accepted it tells nothing afterwards', async ({ net }) => {
    const { peers, address } = await net.listen(subject.bindAddress());
    const { dial, outcomes } = net.dial(address);
    let before = -1;
    peers.onAccepted = () => {
      before = outcomes.length;
      dial.cancel();
    };
    await peers.next();
    await turns();
    assert.is(outcomes.length, before);
  });

  test('to cancel an attempt that has succeeded leaves the connection alone', async ({ net }) => {
    const { peers, address } = await net.listen(subject.bindAddress());
    const { dial, outcome } = net.dial(address);
    const near = (await outcome) as Duplex;
    dial.cancel();
    near.write([Buffer.from('alive')]);
    const { sink } = start(await peers.next());
    await sink.untilReceived(5);
    assert.is(sink.bytes.toString(), 'alive');
  });
}
