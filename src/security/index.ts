/**
 * `zmtp/security`: who may come in, ready-made, for `authenticator` of a context; and files that hold keys.
 *
 * @example
 * ```ts
 * import { allOf, allowAddresses, curveCertificates } from 'zmtp/security';
 *
 * context.authenticator = allOf(allowAddresses(['10.0.0.0/8']), await curveCertificates('members'));
 * const server = new Reply({ curveServer: true, curveSecretKey });
 * ```
 */
export { allOf, byMechanism, perDomain } from './combinators.ts';
export { allowAddresses, denyAddresses } from './addresses.ts';
export { plainPasswordFile, plainPasswords, type PasswordHashes, type PasswordOptions } from './plain.ts';
export { hashPassword, type DerivePassword, type PasswordCost, type PasswordHash } from './password-hash.ts';
export { anyCurveKey, curveKeys, type CurveMember } from './curve.ts';
export { curveCertificates, type CertificateDirectoryOptions } from './curve-certificates.ts';
export type { ReloadableAuthenticator, RereadingOptions } from './rereading.ts';
export {
  Certificate,
  decodeCertificate,
  encodeCertificate,
  readCertificate,
  writeCertificate,
  type CertificateParts,
  type ReadCertificateOptions,
  type WriteCertificateOptions,
} from './certificate.ts';
export { decodeZpl, encodeZpl, ZPL_SIZE_MAX, type ZplProperty } from './zpl.ts';
export type {
  AuthenticationReply,
  AuthenticationRequest,
  AuthenticationRequestBase,
  Authenticator,
} from '../sockets/zap/authenticator.ts';
export { curveKeyPair, curvePublicKey, type CurveKeyPair } from '../sockets/curve-keys.ts';
