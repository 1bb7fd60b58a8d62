/** Who is asked, and who comes in when nobody is there: each mechanism, domain, enforcement and kind of handler. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer } from '../../src/engine/gatekeeper.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Router } from '../../src/sockets/router.ts';
import { visitorAddress } from '../../src/sockets/zap/address.ts';
import { gatekeeperOf } from '../../src/sockets/zap/gatekeeper.ts';
import type { Credentials } from '../../src/zmtp/mechanism.ts';
import { encodeZ85 } from '../../src/zmtp/z85.ts';
import { answer as reply, handle, ZAP } from '../support/zap-world.ts';
import { inWorld, type World } from '../support/world.ts';

const KEY = new Uint8Array(32).fill(200);
const CREDENTIALS: readonly Credentials[] = [
  { mechanism: 'NULL', frames: [] },
  { mechanism: 'PLAIN', frames: [Buffer.from('admin'), Buffer.from('secret')] },
  { mechanism: 'CURVE', frames: [KEY] },
];

/** What became of a visitor: `in`, the code of an error, or nothing yet. */
function inWords(answer: Answer | undefined): string {
  if (answer === undefined) return 'nothing';
  return answer instanceof Error ? answer.code : 'in';
}

interface Visit {
  readonly credentials: Credentials;
  readonly zapDomain: string | null;
  readonly zapEnforceDomain: boolean;
}

async function visit(world: World, { credentials, zapDomain, zapEnforceDomain }: Visit): Promise<string> {
  const { options } = world.open(Router, { zapDomain, zapEnforceDomain });
  const answers: Answer[] = [];
  const gatekeeper = gatekeeperOf('ROUTER', options, world.context);
  gatekeeper({ credentials, remoteAddress: 'tcp://192.0.2.7:4711' }, each => answers.push(each));
  await world.settle();
  assert.ok(answers.length <= 1);
  return inWords(answers[0]);
}

const policy = suite('who comes in');

// domain, enforced; nobody there; a socket that cannot answer; somebody who says no. Then NULL, PLAIN, CURVE.
const NO = 'ERR_ZAP_NO_HANDLER';
const REFUSED = 'ERR_ZAP_REFUSED';
for (const [zapDomain, zapEnforceDomain, nobody, mistaken, somebody] of [
  [null, false, ['in', NO, 'in'], [NO, NO, NO], [REFUSED, REFUSED, REFUSED]],
  [null, true, [NO, NO, 'in'], [NO, NO, 'in'], [REFUSED, REFUSED, 'in']],
  ['d', false, ['in', NO, 'in'], [NO, NO, NO], [REFUSED, REFUSED, REFUSED]],
  ['d', true, [NO, NO, NO], [NO, NO, NO], [REFUSED, REFUSED, REFUSED]],
] as const) {
  const name = `with ${zapDomain === null ? 'no' : 'a'} domain${zapEnforceDomain ? ', enforced' : ''}`;
  const each = async (world: World): Promise<string[]> => {
    const words: string[] = [];
    for (const credentials of CREDENTIALS) words.push(await visit(world, { credentials, zapDomain, zapEnforceDomain }));
    return words;
  };

  inWorld(policy, `${name}, while nobody is there`, async world => {
    assert.equal(await each(world), nobody);
  });

  inWorld(policy, `${name}, while the name belongs to a socket that cannot answer`, async world => {
    await world.open(Dealer).bind(ZAP);
    assert.equal(await each(world), mistaken);
  });

  for (const Type of [Reply, Router]) {
    inWorld(policy, `${name}, while a ${Type.name} refuses everybody`, async world => {
      const handler = await handle(world, Type, () => reply(400));
      assert.equal(await each(world), somebody);
      const asked = somebody.filter(word => word === REFUSED).length;
      assert.is(handler.questions.length, asked);
    });
  }

  inWorld(policy, `${name}, while a function refuses everybody`, async world => {
    world.context.authenticator = () => ({ status: 400 });
    assert.equal(await each(world), somebody);
  });
}

inWorld(policy, 'a handler is shown the key of CURVE as octets, a function as text', async world => {
  const handler = await handle(world, Router, () => reply(200));
  const [, , curve] = CREDENTIALS;
  if (curve === undefined) throw new Error('no CURVE');
  assert.is(await visit(world, { credentials: curve, zapDomain: null, zapEnforceDomain: false }), 'in');
  assert.equal(handler.questions, [['1.0', '1', '', '192.0.2.7', '', 'CURVE', '\xc8'.repeat(32)]]);
  const keys: string[] = [];
  world.context.authenticator = request => {
    if (request.mechanism === 'CURVE') keys.push(request.publicKey);
    return { status: 200 };
  };
  assert.is(await visit(world, { credentials: curve, zapDomain: 'd', zapEnforceDomain: true }), 'in');
  assert.equal(keys, [encodeZ85(KEY)]);
});

policy.run();

const address = suite('the address of a peer');

for (const [end, told] of [
  ['tcp://127.0.0.1:5555', '127.0.0.1'],
  ['tcp://[::1]:5555', '::1'],
  ['tcp://[2001:db8::1]:65535', '2001:db8::1'],
  ['tcp://[fe80::1%eth0]:1', 'fe80::1%eth0'],
  ['ipc:///run/app.sock', 'localhost'],
  ['ipc://@abstract:7', 'localhost'],
  ['mem://hub?dialer', 'hub?dialer'],
  ['', ''],
  ['nothing', ''],
] as const) {
  address(`"${end}" is "${told}"`, () => {
    assert.is(visitorAddress(end), told);
  });
}

address.run();
