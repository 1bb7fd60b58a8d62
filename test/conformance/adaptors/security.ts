/** Contracts: PLAIN and CURVE on either side, and the handler that lets peers in. */
import { generateKeyPairSync } from 'node:crypto';
import * as assert from 'uvu/assert';
import { ascii } from '../../../conformance/src/raw/octets.ts';
import { fromText, type TargetOptions } from '../../../conformance/src/target/protocol.ts';
import { Unsupported } from '../../../conformance/src/target/target-process.ts';
import { join, type Bench, type Contract } from './bench.ts';

interface Sides {
  readonly server: TargetOptions;
  readonly client: TargetOptions;
  /** The mechanism's name and the credentials, as a handler is told them. */
  readonly told: readonly Uint8Array[];
}

function keyPair(): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } {
  const { x, d } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { publicKey: fromText(String(x)), secretKey: fromText(String(d)) };
}

const DOMAIN = 'the domain';

function plain(): Sides {
  const [plainUsername, plainPassword] = [ascii('admin'), ascii('secret')];
  return {
    server: { mechanism: 'PLAIN', securityServer: true, zapDomain: DOMAIN },
    client: { mechanism: 'PLAIN', plainUsername, plainPassword },
    told: [ascii('PLAIN'), plainUsername, plainPassword],
  };
}

function curve(): Sides {
  const [server, client] = [keyPair(), keyPair()];
  return {
    server: {
      mechanism: 'CURVE',
      securityServer: true,
      curvePublicKey: server.publicKey,
      curveSecretKey: server.secretKey,
      zapDomain: DOMAIN,
    },
    client: {
      mechanism: 'CURVE',
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
      curveServerKey: server.publicKey,
    },
    told: [ascii('CURVE'), client.publicKey],
  };
}

const none = (): Sides => ({ server: { zapDomain: DOMAIN }, client: {}, told: [ascii('NULL')] });

const MECHANISMS = { NULL: none, PLAIN: plain, CURVE: curve } as const;
const HANDLERS = ['REP', 'ROUTER'] as const;
const X = { parts: [ascii('x')] };

/** Tries one mechanism with both kinds of handler. */
function withHandlers(
  name: string,
  run: (bench: Bench, as: 'REP' | 'ROUTER', sides: Sides) => Promise<void>,
): readonly Contract[] {
  return Object.entries(MECHANISMS).flatMap(([mechanism, sides]) =>
    HANDLERS.map(as => ({
      name: `${name}: ${mechanism}, handler ${as}`,
      needs: ['zap-host', `mech:${mechanism}`],
      run: (bench: Bench) => run(bench, as, sides()),
    })),
  );
}

export const securityContracts: readonly Contract[] = [
  ...withHandlers('a handler is asked and lets the peer in', async (bench, as, { server, client, told }) => {
    const { it } = bench;
    const requests = it.zapRequests();
    await it.zap({ as, userId: 'joe', text: 'come in', metadata: ascii('\x05X-Zap\0\0\0\x01v') });
    const [pull, push] = await join(bench, ['PULL', 'bind', server], ['PUSH', client]);
    assert.is(await push.send(X), 'sent');
    const message = await pull.expectMessage();
    assert.equal(message.parts, X.parts);
    const [request = []] = requests;
    assert.is(requests.length, 1);
    const [version, id, domain, address, identity, ...credentials] = request;
    assert.equal([version, domain, address, identity], [ascii('1.0'), ascii(DOMAIN), ascii('127.0.0.1'), ascii('')]);
    assert.ok(id !== undefined && id.length > 0);
    assert.equal(credentials, told);
    if (!it.can('properties')) return; // see the contract for them
    assert.is(message.properties?.['User-Id'], 'joe');
    assert.is(message.properties?.['X-Zap'], 'v');
  }),

  ...withHandlers('a handler refuses until another takes its place', async (bench, as, { server, client }) => {
    for (const plan of [
      { code: '400' },
      { frames: [ascii('9.9'), 'request-id', ascii('200'), ascii(''), ascii(''), ascii('')] },
    ] as const) {
      const { it, other } = bench;
      const requests = it.zapRequests();
      await it.zap({ as, ...plan });
      const [pull, refused] = await join(bench, ['PULL', 'bind', server], ['PUSH', client]);
      const lost = refused.send({ parts: [ascii('of who was refused')] }, 0);
      while (requests.length === 0) await pull.receive(5);
      await lost;
      await refused.close();
      await it.zap({ as });
      const push = await other.open(client, { type: 'PUSH', role: 'connect', endpoint: pull.endpoint });
      assert.is(await push.send(X), 'sent');
      assert.equal((await pull.expectMessage()).parts, X.parts);
    }
  }),

  ...withHandlers('frames of an answer are what they are told to be', async (bench, as, { server, client }) => {
    const { it } = bench;
    const text = (of: string): Uint8Array => ascii(of);
    await it.zap({ as, frames: [text('1.0'), 'request-id', text('200'), text('OK'), text('bob'), text('')] });
    const [pull, push] = await join(bench, ['PULL', 'bind', server], ['PUSH', client]);
    assert.is(await push.send(X), 'sent');
    const { properties } = await pull.expectMessage();
    assert.is(properties?.['User-Id'], it.can('properties') ? 'bob' : undefined);
  }),

  ...(['NULL', 'PLAIN', 'CURVE'] as const).map((mechanism): Contract => ({
    name: `the other side's handler is asked: ${mechanism}`,
    needs: [`mech:${mechanism}`],
    run: async bench => {
      const { other } = bench;
      const { server, client, told } = MECHANISMS[mechanism]();
      const requests = other.zapRequests();
      await other.zap({ as: 'ROUTER' });
      const [push, pull] = await join(bench, ['PUSH', 'connect', client], ['PULL', server]);
      assert.is(await push.send(X), 'sent');
      assert.equal((await pull.expectMessage()).parts, X.parts);
      assert.equal(requests[0]?.slice(5), told);
    },
  })),

  {
    name: 'a ROUTER handler answers each in its own time, so that nobody waits for another',
    needs: ['zap-host'],
    run: async bench => {
      const { it, other } = bench;
      const requests = it.zapRequests();
      await it.zap({ as: 'ROUTER', delayMs: 1000 });
      const [pull, first] = await join(bench, ['PULL', 'bind', plain().server], ['PUSH', plain().client]);
      const second = await other.open(plain().client, { type: 'PUSH', role: 'connect', endpoint: pull.endpoint });
      while (requests.length === 0) assert.is(await pull.receive(5), undefined);
      const began = performance.now();
      while (requests.length === 1) assert.is(await pull.receive(5), undefined);
      assert.ok(performance.now() - began < 950); // before the first was answered
      await Promise.all([first, second].map(push => push.send(X)));
      await pull.expectMessage();
      assert.ok(performance.now() - began >= 500);
      await pull.expectMessage();
    },
  },

  {
    name: 'a REP handler that takes its time answers one after the other',
    needs: ['zap-host'],
    run: async bench => {
      const { it, other } = bench;
      const requests = it.zapRequests();
      await it.zap({ as: 'REP', delayMs: 100 });
      const [pull, first] = await join(bench, ['PULL', 'bind', plain().server], ['PUSH', plain().client]);
      const second = await other.open(plain().client, { type: 'PUSH', role: 'connect', endpoint: pull.endpoint });
      while (requests.length === 0) assert.is(await pull.receive(5), undefined);
      const began = performance.now();
      while (requests.length === 1) await pull.receive(5);
      assert.ok(performance.now() - began >= 80);
      await Promise.all([first, second].map(push => push.send(X)));
      await pull.expectMessage();
    },
  },

  {
    name: 'a user id is a property of the message',
    needs: ['zap-host', 'properties'],
    run: async bench => {
      await bench.it.zap({ userId: 'jöe' });
      const [pull, push] = await join(bench, ['PULL', 'bind', plain().server], ['PUSH', plain().client]);
      assert.is(await push.send(X), 'sent');
      const { properties } = await pull.expectMessage();
      if (properties === undefined) throw new Unsupported('properties');
      assert.is(properties['User-Id'], 'jöe');
    },
  },
];
