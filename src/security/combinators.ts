/** Authenticators made of others. */
import { UsageError } from '../errors.ts';
import type { AuthenticationReply, AuthenticationRequest, Authenticator } from '../sockets/zap/authenticator.ts';
import { admitted, postponed, refused } from './replies.ts';

/**
 * Admits whom all admit. They are asked one after the other and the first that does not admit decides, so put what costs
 * little first. The user id is the first that one of them gives; metadata are put together, where the first counts too.
 *
 * @example
 * ```ts
 * context.authenticator = allOf(allowAddresses(['10.0.0.0/8']), await curveCertificates('clients'));
 * ```
 * @throws UsageError EINVAL when there are none, which would admit everybody
 */
export function allOf(...authenticators: readonly Authenticator[]): Authenticator {
  if (authenticators.length === 0)
    throw new UsageError('EINVAL', 'allOf() without authenticators would admit everybody');
  return async (request, options) => {
    let whole = admitted();
    for (const authenticator of authenticators) {
      if (options.signal.aborted) return postponed('the peer has gone');
      const reply = await authenticator(request, options);
      if (reply.status !== 200) return reply;
      whole = together(whole, reply);
    }
    return whole;
  };
}

function together(first: AuthenticationReply, second: AuthenticationReply): AuthenticationReply {
  const userId = first.userId ?? second.userId;
  const metadata = { ...second.metadata, ...first.metadata };
  return admitted({
    ...(userId === undefined ? {} : { userId }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  });
}

/**
 * Asks the authenticator of the peer's mechanism, and refuses mechanisms that have none.
 *
 * @example
 * ```ts
 * context.authenticator = byMechanism({ PLAIN: await plainPasswordFile('users'), CURVE: anyCurveKey() });
 * ```
 */
export function byMechanism(
  authenticators: Readonly<Partial<Record<AuthenticationRequest['mechanism'], Authenticator>>>,
): Authenticator {
  const known = new Map(Object.entries(authenticators));
  return (request, options) =>
    known.get(request.mechanism)?.(request, options) ?? refused(`peers of ${request.mechanism} do not come in`);
}

/**
 * Asks the authenticator of the domain, which is what the option `zapDomain` of the socket says. That of `*` is for all
 * others; without it they are refused.
 *
 * @example
 * ```ts
 * context.authenticator = perDomain({ admin: allOf(onlyHere, adminKeys), '*': memberKeys });
 * ```
 */
export function perDomain(authenticators: Readonly<Record<string, Authenticator>>): Authenticator {
  const known = new Map(Object.entries(authenticators));
  return (request, options) =>
    (known.get(request.domain) ?? known.get('*'))?.(request, options) ?? refused('nobody decides for this domain');
}
