/** Who may come in, by the long-term public key that a peer of CURVE has proved to be its own (RFC 26). */
import { UsageError } from '../errors.ts';
import { curveKey } from '../sockets/curve-keys.ts';
import type { AuthenticationReply, AuthenticationRequest, Authenticator } from '../sockets/zap/authenticator.ts';
import { encodeZ85 } from '../zmtp/z85.ts';
import { admitted, refused } from './replies.ts';

/** A key that may come in, and its owner. */
export interface CurveMember {
  /** 40 characters of Z85, or 32 octets. */
  readonly publicKey: string | Uint8Array;
  /** What the application is to know the owner by. Default: the public key in Z85. */
  readonly userId?: string;
  /** What else it is to know. Names as RFC 37 has them: letters, digits and `-_.+`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Admits peers of CURVE whose public key is one of these.
 *
 * @example
 * ```ts
 * context.authenticator = curveKeys([walter.publicKey, { publicKey: jesse.publicKey, userId: 'jesse' }]);
 * ```
 * @param members - copied; {@link Certificate}s will do
 * @throws UsageError EINVAL for a key that is none, or two of one key
 */
export function curveKeys(members: Iterable<string | Uint8Array | CurveMember>): Authenticator {
  const known = new Map<string, AuthenticationReply>();
  for (const each of members) {
    const member = typeof each === 'string' || each instanceof Uint8Array ? { publicKey: each } : each;
    const [publicKey, reply] = curveMember(member);
    if (known.has(publicKey)) throw new UsageError('EINVAL', 'two members have the same public key');
    known.set(publicKey, reply);
  }
  return request => admitCurve(request, known);
}

/** Admits every peer of CURVE, whatever its key: what it says is secret and its own, but it may be anybody. */
export function anyCurveKey(): Authenticator {
  return request =>
    request.mechanism === 'CURVE' ? admitted({ userId: request.publicKey }) : refused(noKey(request.mechanism));
}

/**
 * A member's key in Z85, and the answer to it.
 * @throws UsageError EINVAL for a key that is none, or metadata that nobody could be told
 */
export function curveMember(member: CurveMember): readonly [publicKey: string, reply: AuthenticationReply] {
  const publicKey = encodeZ85(curveKey(member.publicKey, 'public key'));
  const { userId = publicKey, metadata } = member;
  for (const name of Object.keys(metadata ?? {})) {
    if (!isMetadataName(name)) throw new UsageError('EINVAL', `${JSON.stringify(name)} cannot be a name of metadata`);
  }
  return [publicKey, admitted(metadata === undefined ? { userId } : { userId, metadata: { ...metadata } })];
}

/** RFC 37 "Metadata": 1 to 255 of these. */
export function isMetadataName(name: string): boolean {
  return /^[A-Za-z0-9\-_.+]{1,255}$/.test(name);
}

/** The answer that is known for the peer's key. */
export function admitCurve(
  request: AuthenticationRequest,
  known: ReadonlyMap<string, AuthenticationReply>,
): AuthenticationReply {
  if (request.mechanism !== 'CURVE') return refused(noKey(request.mechanism));
  return known.get(request.publicKey) ?? refused('the public key is not known');
}

function noKey(mechanism: string): string {
  return `peers of ${mechanism} have no public key`;
}
