/** Contracts: topics, groups and routing ids. */
import * as assert from 'uvu/assert';
import { BOTH_ROLES } from '../../../conformance/src/catalogue/case.ts';
import { ascii } from '../../../conformance/src/raw/octets.ts';
import type { TargetSocket } from '../../../conformance/src/target/target-socket.ts';
import { join, sendUntilReceived, type Contract } from './bench.ts';

const A = ascii('a');
const B = ascii('b');
const ONE_PART = [A];

/** What arrives when both are sent, again and again, until one does. */
async function whichArrives(
  from: TargetSocket,
  to: TargetSocket,
  ...topics: readonly Uint8Array[]
): Promise<Uint8Array> {
  const both = async (): Promise<void> => {
    for (const topic of topics) await from.send({ parts: [topic], ...(from.type === 'RADIO' ? { group: topic } : {}) });
  };
  const { parts } = await sendUntilReceived(both, to);
  return parts[0] ?? ascii('nothing');
}

export const addressingContracts: readonly Contract[] = [
  {
    name: 'SUB subscribes before it has a peer and after, and unsubscribes',
    needs: ['type:SUB'],
    run: async ({ it, other }) => {
      const sub = await it.open({}, { type: 'SUB', role: 'bind' });
      assert.is(await sub.subscribe(B), 'sent');
      const xpub = await other.open({}, { type: 'XPUB', role: 'connect', endpoint: sub.endpoint });
      assert.equal((await xpub.expectMessage()).parts, [ascii('\x01b')]);
      assert.is(await sub.subscribe(A), 'sent');
      assert.equal((await xpub.expectMessage()).parts, [ascii('\x01a')]);
      assert.is(await xpub.send({ parts: [B] }), 'sent');
      assert.equal((await sub.expectMessage()).parts, [B]);
      assert.is(await sub.unsubscribe(B), 'sent');
      assert.equal((await xpub.expectMessage()).parts, [ascii('\x00b')]);
      assert.is(await xpub.send({ parts: [B] }), 'sent');
      assert.is(await xpub.send({ parts: [A] }), 'sent');
      assert.equal((await sub.expectMessage()).parts, [A]);
    },
  },

  {
    name: 'topics are octets, not text',
    needs: ['type:SUB'],
    run: async bench => {
      const topic = Uint8Array.of(0, 0xff, 0x80);
      const [sub, xpub] = await join(bench, ['SUB', 'connect'], ['XPUB']);
      assert.is(await sub.subscribe(topic), 'sent');
      assert.equal((await xpub.expectMessage()).parts, [Uint8Array.of(1, ...topic)]);
    },
  },

  {
    name: 'XPUB hears of subscriptions: new ones, all, or all and those taken back',
    needs: ['type:XPUB'],
    run: async ({ it, other }) => {
      const heard = {
        none: ['\x01a', '\x01b'],
        all: ['\x01a', '\x01a', '\x01b'],
        'all-and-cancels': ['\x01a', '\x01a', '\x00a', '\x01b'],
      };
      for (const how of ['none', 'all', 'all-and-cancels'] as const) {
        const xpub = await it.open(how === 'none' ? {} : { xpubVerbose: how }, { type: 'XPUB', role: 'bind' });
        const first = await other.open({}, { type: 'SUB', role: 'connect', endpoint: xpub.endpoint });
        const second = await other.open({}, { type: 'SUB', role: 'connect', endpoint: xpub.endpoint });
        assert.is(await first.subscribe(A), 'sent');
        const messages = [await xpub.expectMessage()];
        assert.is(await second.subscribe(A), 'sent');
        assert.is(await second.subscribe(ascii('')), 'sent'); // told to all: the second is there
        messages.push(await xpub.expectMessage());
        if (how !== 'none') messages.push(await xpub.expectMessage());
        assert.is(await second.unsubscribe(A), 'sent');
        if (how === 'all-and-cancels') messages.push(await xpub.expectMessage());
        assert.is(await second.subscribe(B), 'sent');
        messages.push(await xpub.expectMessage());
        const texts = messages.map(({ parts: [part] }) => String.fromCharCode(...(part ?? [])));
        assert.equal(
          texts.filter(text => text.length > 1),
          heard[how],
          how,
        );
      }
    },
  },

  {
    name: 'SERVER tells its clients apart, and has no way to one that is not there',
    needs: ['type:SERVER'],
    run: async ({ it, other }) => {
      const server = await it.open({}, { type: 'SERVER', role: 'bind' });
      const clients = [];
      for (const name of [A, B]) {
        const client = await other.open({}, { type: 'CLIENT', role: 'connect', endpoint: server.endpoint });
        assert.is(await client.send({ parts: [name] }), 'sent');
        const { parts, routingId = 0 } = await server.expectMessage();
        assert.equal(parts, [name]);
        clients.push({ client, routingId, name });
      }
      assert.is.not(clients[0]?.routingId, clients[1]?.routingId);
      for (const { client, routingId, name } of clients) {
        assert.is(await server.send({ parts: [name], routingId }), 'sent');
        assert.equal((await client.expectMessage()).parts, [name]);
      }
      const unknown = 1 + Math.max(...clients.map(({ routingId }) => routingId));
      assert.is(await server.send({ parts: ONE_PART, routingId: unknown }), 'no-route');
    },
  },

  {
    name: 'PEER knows whom it has connected to, and hears who has connected to it',
    needs: ['type:PEER'],
    run: async ({ it, other }) => {
      const peer = await other.open({}, { type: 'PEER', role: 'bind' });
      const { routingId, endpoint } = await it.process.ask({
        do: 'open',
        sid: 'peer',
        type: 'PEER',
        role: 'connect',
        endpoint: peer.endpoint,
        context: 'peer',
        options: {},
      });
      assert.is(endpoint, peer.endpoint);
      assert.type(routingId, 'number');
      const { event } = await it.process.ask({ do: 'send', sid: 'peer', parts: ['YQ'], routingId, timeoutMs: 1000 });
      assert.is(event, 'sent');
      const heard = await peer.expectMessage();
      assert.equal(heard.parts, ONE_PART);
      await it.process.ask({ do: 'end-context', context: 'peer' });

      const bound = await it.open({}, { type: 'PEER', role: 'bind' });
      const client = await other.process.ask({
        do: 'open',
        sid: 'peer',
        type: 'PEER',
        role: 'connect',
        endpoint: bound.endpoint,
        context: 'peer',
        options: {},
      });
      await other.process.ask({
        do: 'send',
        sid: 'peer',
        parts: ['Yg'],
        routingId: client['routingId'],
        timeoutMs: 1000,
      });
      const { parts, routingId: back } = await bound.expectMessage();
      assert.equal(parts, [B]);
      assert.type(back, 'number');
      await other.process.ask({ do: 'end-context', context: 'peer' });
    },
  },

  {
    name: 'DISH joins, leaves, and is told of which group a message is',
    needs: ['type:DISH', 'type:RADIO'],
    run: async bench => {
      for (const role of BOTH_ROLES) {
        const [dish, radio] = await join(bench, ['DISH', role], ['RADIO']);
        assert.is(await dish.join(A), 'sent');
        assert.equal(await whichArrives(radio, dish, B, A), A);
        assert.is(await dish.join(A), 'invalid');
        assert.is(await dish.leave(B), 'invalid');
        assert.is(await dish.leave(A), 'sent');
        assert.is(await dish.join(B), 'sent');
        let last = await sendUntilReceived(() => radio.send({ parts: [ascii('x')], group: B }), dish);
        while (String.fromCharCode(...(last.group ?? [])) !== 'b') last = await dish.expectMessage(); // one of A on its way
      }
      const [radio, dish] = await join(bench, ['RADIO', 'bind'], ['DISH']);
      assert.is(await dish.join(A), 'sent');
      assert.equal(await whichArrives(radio, dish, B, A), A);
    },
  },
];
