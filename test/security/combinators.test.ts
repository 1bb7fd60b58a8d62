import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { allOf, byMechanism, perDomain } from '../../src/security/combinators.ts';
import { curveKeyPair } from '../../src/sockets/curve-keys.ts';
import type { AuthenticationReply, Authenticator } from '../../src/sockets/zap/authenticator.ts';
import { ask, curvePeer, nullPeer, plainPeer, statusOf } from '../support/asking.ts';

const combinators = suite('security/combinators');

const always =
  (reply: AuthenticationReply): Authenticator =>
  () =>
    reply;
const yes = always({ status: 200 });

combinators('allOf admits whom all admit', async () => {
  const later: Authenticator = async () => Promise.resolve({ status: 200 });
  assert.equal(await ask(allOf(yes), nullPeer()), { status: 200 });
  assert.equal(await ask(allOf(yes, later, yes), nullPeer()), { status: 200 });
});

for (const status of [300, 400, 500] as const) {
  combinators(`allOf gives the first answer that does not admit, ${status}, and asks nobody after that`, async () => {
    let asked = 0;
    const counting: Authenticator = () => {
      asked += 1;
      return { status: 200 };
    };
    const no = { status, text: 'no' };
    assert.equal(await ask(allOf(counting, always(no), counting, always({ status: 400 })), nullPeer()), no);
    assert.is(asked, 1);
  });
}

combinators('allOf puts together what the authenticators know', async () => {
  const both = allOf(
    yes,
    always({ status: 200, userId: 'first', metadata: { a: '1', b: '1' } }),
    always({ status: 200, userId: 'second', metadata: { b: '2', c: '2' }, text: 'fine' }),
  );
  assert.equal(await ask(both, nullPeer()), { status: 200, userId: 'first', metadata: { a: '1', b: '1', c: '2' } });
});

combinators('allOf hands the signal on, and asks nobody any more when the peer has gone', async () => {
  const controller = new AbortController();
  let asked = 0;
  const leaving: Authenticator = (_request, { signal }) => {
    asked += 1;
    assert.is(signal, controller.signal);
    controller.abort();
    return { status: 200 };
  };
  assert.is(await statusOf(allOf(leaving, leaving), nullPeer(), controller.signal), 300);
  assert.is(asked, 1);
});

combinators('allOf fails as an authenticator does, rather than to admit', async () => {
  const broken: Authenticator = () => {
    throw new Error('broken');
  };
  let failure: unknown;
  await ask(allOf(yes, broken), nullPeer()).catch((error: unknown) => (failure = error));
  assert.instance(failure, Error);
});

combinators('allOf refuses to be made of nothing', () => {
  assert.throws(
    () => allOf(),
    (error: unknown) => error instanceof UsageError && error.code === 'EINVAL',
  );
});

combinators('byMechanism asks whom the mechanism has, and refuses those that have nobody', async () => {
  const either = byMechanism({ PLAIN: always({ status: 200, userId: 'plain' }), CURVE: always({ status: 300 }) });
  assert.is((await ask(either, plainPeer('a', 'b'))).userId, 'plain');
  assert.is(await statusOf(either, curvePeer(curveKeyPair().publicKey)), 300);
  assert.is(await statusOf(either, nullPeer()), 400);
  assert.is(await statusOf(byMechanism({}), nullPeer()), 400);
});

combinators('perDomain asks whom the domain has, else whom all have, else refuses', async () => {
  const domains = { admin: always({ status: 300 }), '*': yes };
  assert.is(await statusOf(perDomain(domains), nullPeer({ domain: 'admin' })), 300);
  assert.is(await statusOf(perDomain(domains), nullPeer({ domain: 'other' })), 200);
  assert.is(await statusOf(perDomain(domains), nullPeer({ domain: '' })), 200);
  for (const domain of ['other', '', '*x', 'constructor', '__proto__', 'toString']) {
    assert.is(await statusOf(perDomain({ admin: yes }), nullPeer({ domain })), 400, domain);
  }
});

combinators.run();
