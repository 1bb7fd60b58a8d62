/** What patterns are told: each peer is attached, connected, disconnected and detached once, in this order, on both sides. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SocketCounters } from '../../src/engine/counters.ts';
import { InprocEndpoints } from '../../src/engine/inproc-endpoints.ts';
import { InprocNames } from '../../src/engine/inproc-names.ts';
import { ProtocolError } from '../../src/errors.ts';
import type { Peer } from '../../src/pipe.ts';
import { Metadata } from '../../src/zmtp/metadata.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const inprocEndpoints = suite('inproc endpoints');

const NAME = 'name';

/** Sockets that note what their patterns are told: `a attach`. */
function stage(): { log: string[]; clock: VirtualClock; peers: Peer[]; open: (name: string) => InprocEndpoints } {
  const [log, peers]: [string[], Peer[]] = [[], []];
  const [clock, names] = [new VirtualClock(), new InprocNames()];
  let lastId = 0;
  const open = (name: string): InprocEndpoints => {
    const note = (what: string) => (peer: Peer) => {
      if (what === 'attach') peers.push(peer);
      log.push(`${name} ${what} ${peer.inbound.size}${Buffer.from(peer.routingId).toString()}`.trim());
    };
    const host = {
      attach: note('attach'),
      connected: note('connected'),
      disconnected: note('disconnected'),
      detach: note('detach'),
    };
    const socket = {
      type: 'PAIR' as const,
      profile: () => ({
        version: { major: 3, minor: 1 } as const,
        socketType: 'PAIR' as const,
        routingId: Buffer.from(name.toUpperCase()),
        metadata: new Metadata([]),
      }),
      conflation: () => ({ send: false, receive: false }),
      immediate: () => false,
      notices: () => ({ firstWords: () => [], arrival: () => [], departure: () => [] }),
      counters: new SocketCounters(),
      marks: { send: 1, receive: 2 },
      host,
      monitor: () => undefined,
      clock,
      nextId: () => (lastId += 1),
      asPart: (part: Uint8Array) => part,
    };
    return new InprocEndpoints(socket, names);
  };
  return { log, clock, peers, open };
}

/** What has been noted since the last call. */
function take(log: string[]): string {
  return log.splice(0).join(', ');
}

inprocEndpoints('attach and connect both sides at once when the name is bound', () => {
  const { log, open } = stage();
  const [a, b] = [open('a'), open('b')];
  b.bind(NAME);
  a.connect(NAME, undefined);
  assert.is(take(log), 'a attach 0, a connected 0B, b attach 0, b connected 0A');
});

inprocEndpoints('attach the connecting side before there is anybody', () => {
  const { log, open, peers } = stage();
  const [a, b] = [open('a'), open('b')];
  a.connect(NAME, undefined);
  assert.is(take(log), 'a attach 0');
  peers[0]?.outbound.write([Buffer.from('early')]);
  b.bind(NAME);
  assert.is(take(log), 'a connected 0B, b attach 0, b connected 0A', 'nothing is heard of a peer before that');
  assert.is(peers[1]?.inbound.size, 1);
  assert.equal([a.size, b.size], [1, 1]);
});

inprocEndpoints('call the peer what connect() said', () => {
  const { log, open } = stage();
  const [a, b] = [open('a'), open('b')];
  b.bind(NAME);
  a.connect(NAME, Buffer.from('other'));
  assert.match(take(log), /a connected 0other/);
});

for (const who of ['a', 'b'] as const) {
  inprocEndpoints(`detach both sides when ${who} ends, the other one after it is disconnected`, async () => {
    const { log, open, peers } = stage();
    const sockets = { a: open('a'), b: open('b') };
    sockets.b.bind(NAME);
    sockets.a.connect(NAME, undefined);
    for (const peer of peers) peer.outbound.write([Buffer.from('x')]);
    take(log);
    for (const end of sockets[who].end()) assert.is(await end.close(-1), 0);
    const expected = {
      a: 'a detach 1B, b disconnected 1A, b detach 1A',
      b: 'b detach 1A, a disconnected 1B, a detach 1B',
    };
    assert.is(take(log), expected[who]);
    assert.equal(
      peers.map(peer => peer.inbound.size),
      who === 'a' ? [0, 1] : [1, 0],
      'what was sent to the one that has ended is gone',
    );
    assert.is(sockets.a.size, 0);
    for (const socket of Object.values(sockets)) for (const end of socket.end()) await end.close(-1);
    assert.is(take(log), '');
  });
}

inprocEndpoints('end both sides when one refuses the other, a moment later and once', async () => {
  const { log, clock, open, peers } = stage();
  const [a, b] = [open('a'), open('b')];
  b.bind(NAME);
  a.connect(NAME, undefined);
  take(log);
  for (const peer of peers) peer.refuse(new ProtocolError('ERR_ZMTP_PAIR_TAKEN', 'for a test'));
  peers[0]?.refuse(new ProtocolError('ERR_ZMTP_PAIR_TAKEN', 'for a test'));
  assert.is(take(log), '');
  await clock.settle();
  assert.is(take(log), 'a disconnected 0B, a detach 0B, b disconnected 0A, b detach 0A');
});

inprocEndpoints('do nothing for a refusal when the peer has gone meanwhile', async () => {
  const { log, clock, open, peers } = stage();
  const [a, b] = [open('a'), open('b')];
  b.bind(NAME);
  a.connect(NAME, undefined);
  peers[1]?.refuse(new ProtocolError('ERR_ZMTP_PAIR_TAKEN', 'for a test'));
  for (const end of a.end()) await end.close(0);
  take(log);
  await clock.settle();
  assert.is(take(log), '');
});

inprocEndpoints('let the one that waited have its say, and nothing else, after it was closed', async () => {
  const { log, open, peers } = stage();
  const [a, b] = [open('a'), open('b')];
  a.connect(NAME, undefined);
  peers[0]?.outbound.write([Buffer.from('last words')]);
  const closing = a.end().map(end => end.close(1000));
  assert.is(take(log), 'a attach 0, a detach 0');
  b.bind(NAME);
  assert.is(take(log), 'b attach 0, b connected 0A, b disconnected 1A, b detach 1A');
  assert.equal(await Promise.all(closing), [0]);
});

inprocEndpoints('tell no pattern of room that is nobody’s any more', async () => {
  const { open, peers } = stage();
  const [a, b] = [open('a'), open('b')];
  b.bind(NAME);
  a.connect(NAME, undefined);
  let told = 0;
  for (const peer of peers) peer.outbound.onRoom = () => (told += 1);
  for (const peer of peers) while (peer.outbound.tryWrite([Buffer.from('x')]));
  for (const end of a.end()) await end.close(0);
  for (const peer of peers) while (peer.inbound.read() !== undefined);
  assert.is(told, 0);
});

inprocEndpoints.run();
