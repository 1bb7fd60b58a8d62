/** Contracts: every type of socket talks, in both roles, and messages are what they were. */
import * as assert from 'uvu/assert';
import { BOTH_ROLES } from '../../../conformance/src/catalogue/case.ts';
import { ascii, filled } from '../../../conformance/src/raw/octets.ts';
import type { Role, SocketType, TargetMessage } from '../../../conformance/src/target/protocol.ts';
import { Unsupported } from '../../../conformance/src/target/target-process.ts';
import { join, sendUntilReceived, type Bench, type Contract } from './bench.ts';

/** Who talks to whom: the type that is tried, its partner, and whether it sends, and hears. */
const PAIRS: readonly (readonly [SocketType, SocketType, 'sends' | 'hears' | 'both'])[] = [
  ['PAIR', 'PAIR', 'both'],
  ['PUB', 'SUB', 'sends'],
  ['SUB', 'PUB', 'hears'],
  ['XPUB', 'SUB', 'sends'],
  ['XSUB', 'PUB', 'hears'],
  ['REQ', 'REP', 'both'],
  ['DEALER', 'DEALER', 'both'],
  ['PULL', 'PUSH', 'hears'],
  ['PUSH', 'PULL', 'sends'],
  ['CLIENT', 'SERVER', 'both'],
  ['RADIO', 'DISH', 'sends'],
  ['DISH', 'RADIO', 'hears'],
  ['GATHER', 'SCATTER', 'hears'],
  ['SCATTER', 'GATHER', 'sends'],
  ['CHANNEL', 'CHANNEL', 'both'],
];

const GROUP = ascii('g');
const SUBSCRIBERS: ReadonlySet<string> = new Set(['SUB', 'XSUB']);
const ALL_TOPICS = Uint8Array.of(1); // what an XSUB sends to subscribe to everything

const pairs: readonly Contract[] = PAIRS.map(([type, partner, what]) => ({
  name: `${type} talks to ${partner}, bound and connected`,
  needs: [`type:${type}`],
  run: async bench => {
    for (const role of BOTH_ROLES) await talk(bench, type, partner, what, role);
  },
}));

async function talk(bench: Bench, type: SocketType, partner: SocketType, what: string, role: Role): Promise<void> {
  const [socket, peer] = await join(bench, [type, role], [partner]);
  const wanted = { parts: [ascii(`of ${type} ${role}`)] };
  for (const end of [socket, peer]) {
    if (end.type === 'SUB') assert.is(await end.subscribe(ascii('')), 'sent');
    if (end.type === 'XSUB') assert.is(await end.send({ parts: [ALL_TOPICS] }), 'sent');
    if (end.type === 'DISH') assert.is(await end.join(GROUP), 'sent');
  }
  const [from, to] = what === 'hears' ? [peer, socket] : [socket, peer];
  const message: TargetMessage = from.type === 'RADIO' ? { ...wanted, group: GROUP } : wanted;
  const publishes = SUBSCRIBERS.has(to.type) || to.type === 'DISH';
  if (!publishes) assert.is(await from.send(message), 'sent');
  const received = publishes ? await sendUntilReceived(() => from.send(message), to) : await to.expectMessage();
  assert.equal(plain(received), plain(message));
  if (what !== 'both') return;
  const answer = { parts: [ascii('back')] };
  assert.is(await to.send({ ...answer, ...(received.routingId === undefined ? {} : received), ...answer }), 'sent');
  assert.equal(plain(await from.expectMessage()), plain(answer));
}

/** What a message has that depends on nobody. */
function plain({ parts, group }: TargetMessage): unknown {
  return { parts: parts.map(part => [...part]), group: group === undefined ? undefined : [...group] };
}

export const talkContracts: readonly Contract[] = [
  ...pairs,

  {
    name: 'REP hears a request and answers it',
    needs: ['type:REP'],
    run: async bench => {
      for (const role of BOTH_ROLES) {
        const [rep, req] = await join(bench, ['REP', role], ['REQ']);
        assert.is(await req.send({ parts: [ascii('a'), ascii('b')] }), 'sent');
        assert.equal((await rep.expectMessage()).parts, [ascii('a'), ascii('b')]);
        assert.is(await rep.send({ parts: [ascii('c')] }), 'sent');
        assert.equal((await req.expectMessage()).parts, [ascii('c')]);
      }
    },
  },

  {
    name: 'ROUTER sees who sends, and answers to that one alone',
    needs: ['type:ROUTER'],
    run: async bench => {
      for (const role of BOTH_ROLES) {
        const [router, dealer] = await join(bench, ['ROUTER', role], ['DEALER', { identity: ascii('dealer') }]);
        assert.is(await dealer.send({ parts: [ascii('hello')] }), 'sent');
        assert.equal((await router.expectMessage()).parts, [ascii('dealer'), ascii('hello')]);
        assert.is(await router.send({ parts: [ascii('dealer'), ascii('back')] }), 'sent');
        assert.equal((await dealer.expectMessage()).parts, [ascii('back')]);
      }
    },
  },

  {
    name: 'an identity is announced to who connects and to who is connected to',
    needs: ['type:DEALER'],
    run: async bench => {
      const identity = Uint8Array.of(0x69, 0, 0xff);
      for (const role of BOTH_ROLES) {
        const [dealer, router] = await join(bench, ['DEALER', role, { identity }], ['ROUTER']);
        assert.is(await dealer.send({ parts: [ascii('x')] }), 'sent');
        assert.equal((await router.expectMessage()).parts[0], identity);
      }
    },
  },

  {
    name: 'parts keep their number, order and size, whichever way they go',
    needs: ['type:DEALER'],
    run: async bench => {
      const [dealer, peer] = await join(bench, ['DEALER', 'bind'], ['DEALER']);
      const parts = [ascii(''), filled(255, 1), filled(256, 2), ascii(''), filled(70_000, 3)];
      assert.is(await peer.send({ parts }), 'sent');
      assert.equal((await dealer.expectMessage()).parts, parts);
      assert.is(await dealer.send({ parts }), 'sent');
      assert.equal((await peer.expectMessage()).parts, parts);
    },
  },

  {
    name: 'parts that are sent one by one are one message',
    needs: ['type:DEALER'],
    run: async bench => {
      const [dealer, peer] = await join(bench, ['DEALER', 'bind'], ['DEALER']);
      assert.is(await peer.send({ parts: [ascii('so that there is somebody')] }), 'sent');
      await dealer.expectMessage();
      assert.is(await dealer.sendPart(ascii('a')), 'sent');
      assert.is(await dealer.sendPart(ascii('b')), 'sent');
      assert.is(await dealer.send({ parts: [ascii('c'), ascii('d')] }), 'sent');
      assert.equal((await peer.expectMessage()).parts, [ascii('a'), ascii('b'), ascii('c'), ascii('d')]);
    },
  },

  {
    name: 'many messages arrive in order',
    needs: ['type:PULL', 'type:PUSH'],
    run: async bench => {
      const names = Array.from({ length: 500 }, (_, i) => String(i));
      const [pull, push] = await join(bench, ['PULL', 'bind'], ['PUSH']);
      await Promise.all(names.map(name => push.send({ parts: [ascii(name)] })));
      for (const name of names) assert.equal((await pull.expectMessage()).parts, [ascii(name)]);
      const [there, back] = await join(bench, ['PUSH', 'connect'], ['PULL']);
      await Promise.all(names.map(name => there.send({ parts: [ascii(name)] })));
      for (const name of names) assert.equal((await back.expectMessage()).parts, [ascii(name)]);
    },
  },

  {
    name: 'ws carries messages both ways',
    needs: ['transport:ws'],
    run: async ({ it, other }) => {
      const dealer = await it.open({}, { type: 'DEALER', role: 'bind', endpoint: 'ws://127.0.0.1:*' });
      const peer = await other.open({}, { type: 'DEALER', role: 'connect', endpoint: dealer.endpoint });
      const parts = [ascii('a'), filled(70_000, 1)];
      assert.is(await peer.send({ parts }), 'sent');
      assert.equal((await dealer.expectMessage()).parts, parts);
      const there = await other.open({}, { type: 'PULL', role: 'bind', endpoint: 'ws://127.0.0.1:*' });
      const push = await it.open({}, { type: 'PUSH', role: 'connect', endpoint: there.endpoint });
      assert.is(await push.send({ parts }), 'sent');
      assert.equal((await there.expectMessage()).parts, parts);
    },
  },

  {
    name: 'a message tells what the peer told of itself',
    needs: ['properties'],
    run: async bench => {
      const { it } = bench;
      const [router, dealer] = await join(
        bench,
        ['ROUTER', 'bind'],
        ['DEALER', { identity: Uint8Array.of(0x61, 0xe9) }],
      );
      assert.is(await dealer.send({ parts: [ascii('x')] }), 'sent');
      const { properties } = await router.expectMessage();
      assert.is(properties !== undefined, it.can('properties'));
      if (properties === undefined) throw new Unsupported('properties');
      assert.equal(properties, { 'Socket-Type': 'DEALER', Identity: 'aé', 'Peer-Address': '127.0.0.1' });
    },
  },

  {
    name: 'properties of its own are told to the peer',
    needs: ['option metadata'],
    run: async bench => {
      const [push, pull] = await join(bench, ['PUSH', 'bind', { metadata: { 'X-Test': 'ä' } }], ['PULL']);
      assert.is(await push.send({ parts: [ascii('x')] }), 'sent');
      assert.is((await pull.expectMessage()).properties?.['X-Test'], 'ä');
    },
  },
];
