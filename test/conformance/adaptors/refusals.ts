/** Contracts: what an application is refused, and what an adaptor cannot do. */
import * as assert from 'uvu/assert';
import { ascii, filled } from '../../../conformance/src/raw/octets.ts';
import { fromText, toText } from '../../../conformance/src/target/protocol.ts';
import { BadAdaptor, Unsupported } from '../../../conformance/src/target/target-process.ts';
import { join, type Contract } from './bench.ts';

const X = { parts: [ascii('x')] };

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

export const refusalContracts: readonly Contract[] = [
  {
    name: 'who cannot send is told so after the time it was given, and nobody else waits for that',
    needs: ['type:PUSH'],
    run: async bench => {
      const push = await bench.it.open({}, { type: 'PUSH', role: 'bind' });
      assert.is(await push.send(X, 0), 'would-block');
      const began = performance.now();
      assert.is(await push.send(X, 120), 'would-block');
      assert.ok(performance.now() - began >= 110);

      let over = false;
      const waiting = push.send(X).finally(() => (over = true));
      const [dealer, peer] = await join(bench, ['DEALER', 'bind'], ['DEALER']);
      assert.is(await peer.send(X), 'sent');
      await dealer.expectMessage();
      assert.is(await dealer.send(X), 'sent');
      await peer.expectMessage();
      assert.not(over);
      const pull = await bench.other.open({}, { type: 'PULL', role: 'connect', endpoint: push.endpoint });
      assert.is(await waiting, 'sent');
      assert.equal((await pull.expectMessage()).parts, X.parts);
    },
  },

  {
    name: 'sends that wait keep their order, and each its own time',
    needs: ['type:PUSH'],
    run: async ({ it, other }) => {
      const push = await it.open({}, { type: 'PUSH', role: 'bind' });
      const first = push.send({ parts: [ascii('1')] });
      const second = push.send({ parts: [ascii('2')] }, 0);
      const third = push.send({ parts: [ascii('3')] });
      if (it.process.hello.name !== 'zeromq') assert.is(await second, 'would-block'); // there it waits for its turn
      const pull = await other.open({}, { type: 'PULL', role: 'connect', endpoint: push.endpoint });
      assert.equal(await Promise.all([first, third]), ['sent', 'sent']);
      assert.equal((await pull.expectMessage()).parts, [ascii('1')]);
      const next = (await pull.expectMessage()).parts;
      assert.equal(next, [ascii((await second) === 'sent' ? '2' : '3')]);
    },
  },

  {
    name: 'a queue that is full is full',
    needs: ['type:DEALER'],
    run: async ({ it, other }) => {
      const there = await other.open({}, { type: 'DEALER', role: 'bind' });
      await there.disconnect(); // nobody will answer at that port
      const dealer = await it.open({ sendQueue: 3 }, { type: 'DEALER', role: 'connect', endpoint: there.endpoint });
      for (let i = 0; i < 3; i += 1) assert.is(await dealer.send(X, 0), 'sent');
      assert.is(await dealer.send(X, 0), 'would-block');
    },
  },

  {
    name: 'REQ and REP do one thing after the other',
    needs: ['type:REQ', 'type:REP'],
    run: async bench => {
      const [rep, req] = await join(bench, ['REP', 'bind'], ['REQ']);
      assert.is(await rep.send(X), 'state');
      assert.is(await req.send(X), 'sent');
      await rep.expectMessage();
      assert.is(await rep.send(X), 'sent');
      assert.is(await rep.send(X), 'state');

      const [asking, answering] = await join(bench, ['REQ', 'bind'], ['REP']);
      assert.is(await asking.send(X), 'sent');
      assert.is(await asking.send(X), 'state');
      await answering.expectMessage();
      assert.is(await answering.send(X), 'sent');
      await asking.expectMessage();
      assert.is(await asking.send(X), 'sent');
    },
  },

  {
    name: 'a mandatory ROUTER has no way to a stranger, any other forgets the message',
    needs: ['type:ROUTER'],
    run: async ({ it }) => {
      const mandatory = await it.open({ routerMandatory: true }, { type: 'ROUTER', role: 'bind' });
      assert.is(await mandatory.send({ parts: [ascii('stranger'), ascii('x')] }), 'no-route');
      const router = await it.open({}, { type: 'ROUTER', role: 'bind' });
      assert.is(await router.send({ parts: [ascii('stranger'), ascii('x')] }), 'sent');
    },
  },

  {
    name: 'CLIENT refuses a message of several parts',
    needs: ['type:CLIENT'],
    run: async bench => {
      const [client, server] = await join(bench, ['CLIENT', 'bind'], ['SERVER']);
      assert.is(await client.sendPart(ascii('a')), 'invalid');
      assert.is(await client.send({ parts: [ascii('a'), ascii('b')] }), 'invalid');
      assert.is(await client.send(X), 'sent');
      assert.equal((await server.expectMessage()).parts, X.parts);
    },
  },

  {
    name: 'what makes no sense is invalid',
    needs: ['type:PULL'],
    run: async ({ it }) => {
      const pull = await it.open({}, { type: 'PULL', role: 'bind' });
      assert.is(await pull.subscribe(ascii('a')), 'invalid');
      assert.is(await pull.send(X, 0), 'invalid');
      const again = { type: 'PULL', role: 'bind', endpoint: pull.endpoint } as const;
      assert.match(String(await rejection(it.open({}, again))), 'open is refused: invalid');
      const long = { type: 'DEALER', role: 'bind' } as const;
      assert.match(String(await rejection(it.open({ identity: filled(256, 1) }, long))), 'open is refused: invalid');
    },
  },

  {
    name: 'unsupported are unknown commands, options and types; a socket that is not there is the tester’s fault',
    needs: [],
    run: async ({ it }) => {
      const open = { do: 'open', role: 'bind', type: 'PULL', endpoint: 'tcp://127.0.0.1:*', context: 'u', options: {} };
      for (const [fields, what] of [
        [{ do: 'fly' }, 'fly'],
        [{ ...open, sid: 'u1', type: 'STOVE' }, 'type:STOVE'],
        [{ ...open, sid: 'u2', options: { colour: 'red' } }, 'option colour'],
      ] as const) {
        const cause = await rejection(it.process.ask(fields));
        assert.instance(cause, Unsupported);
        assert.is(String(cause), `Error: ${what}`);
      }
      assert.instance(await rejection(it.process.ask({ do: 'pause', sid: 'nobody' })), BadAdaptor);
      await it.process.ask({ do: 'end-context', context: 'u' });
    },
  },

  {
    name: 'Z85 goes both ways, and refuses what it has no text or octets for',
    needs: ['z85'],
    run: async ({ it }) => {
      const ask = async (action: string, data: Uint8Array): Promise<unknown> => {
        const { event, why, text, data: octets } = await it.process.ask({ do: 'z85', action, data: toText(data) });
        return event === 'refused' ? why : (text ?? fromText(String(octets)));
      };
      const octets = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b);
      assert.is(await ask('encode', octets), 'HelloWorld');
      assert.equal(await ask('decode', ascii('HelloWorld')), octets);
      assert.is(await ask('encode', ascii('')), '');
      assert.is(await ask('encode', ascii('abc')), 'invalid');
      for (const wrong of ['Hello"', 'Hello,,,,,']) assert.is(await ask('decode', ascii(wrong)), 'invalid');
    },
  },
];
