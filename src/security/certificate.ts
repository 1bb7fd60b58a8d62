/**
 * Certificates as CZMQ and pyzmq write them: a key of CURVE with some words about its owner, in ZPL. A public file may be
 * told to everybody; the secret one, whose name ends in `_secret`, holds both halves and is its owner's alone.
 */
import { inspect } from 'node:util';
import { UsageError } from '../errors.ts';
import { curveKey, curveKeyPair, curvePublicKey } from '../sockets/curve-keys.ts';
import { encodeZ85 } from '../zmtp/z85.ts';
import { readSmallFile, writeSmallFiles } from './small-file.ts';
import { decodeZpl, encodeZpl, ZPL_SIZE_MAX, type ZplProperty } from './zpl.ts';

/** What a certificate is made of. */
export interface CertificateParts {
  /** 40 characters of Z85, or 32 octets. May be left out beside a secret key. */
  readonly publicKey?: string | Uint8Array | undefined;
  /** As `publicKey`. */
  readonly secretKey?: string | Uint8Array | undefined;
  /** Words about the owner. Names consist of letters, digits and `$-_@.&+/`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * A public key, perhaps its secret half, and words about its owner. Printing it does not show the secret.
 *
 * @example
 * ```ts
 * await writeCertificate('server.key', Certificate.generate({ name: 'billing' })); // and server.key_secret
 * const { publicKey, secretKey } = await readCertificate('server.key_secret');
 * ```
 */
export class Certificate {
  /** 40 characters of Z85. */
  readonly publicKey: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #secretKey: string | undefined;

  /** @throws UsageError EINVAL for keys that are none, or do not belong together, and when there is none at all */
  constructor({ publicKey, secretKey, metadata = {} }: CertificateParts) {
    this.#secretKey = secretKey === undefined ? undefined : asText(secretKey, 'secret key');
    this.publicKey = ownPublicKey(publicKey, this.#secretKey);
    this.metadata = Object.freeze({ ...metadata });
    // Node would show what getters give when it is asked for all that is hidden.
    Object.defineProperty(this, inspect.custom, { value: () => Object.assign({}, this) });
  }

  /** One with a new pair of keys. */
  static generate(metadata: Readonly<Record<string, string>> = {}): Certificate {
    return new Certificate({ ...curveKeyPair(), metadata });
  }

  /** 40 characters of Z85; undefined in a certificate that is public. */
  get secretKey(): string | undefined {
    return this.#secretKey;
  }
}

function asText(key: string | Uint8Array, what: string): string {
  return encodeZ85(curveKey(key, what));
}

function ownPublicKey(publicKey: string | Uint8Array | undefined, secretKey: string | undefined): string {
  if (secretKey === undefined) {
    if (publicKey === undefined) throw new UsageError('EINVAL', 'a certificate has a public key, a secret key or both');
    return asText(publicKey, 'public key');
  }
  const own = curvePublicKey(secretKey);
  if (publicKey !== undefined && asText(publicKey, 'public key') !== own) {
    throw new UsageError('EINVAL', 'the public and the secret key do not belong together');
  }
  return own;
}

/**
 * The text of a certificate's file.
 * @throws UsageError EINVAL for metadata that cannot be written, or a secret file without a secret key
 */
export function encodeCertificate(certificate: Certificate, kind: 'public' | 'secret'): string {
  const keys = [property('public-key', certificate.publicKey)];
  if (kind === 'secret') {
    if (certificate.secretKey === undefined) throw new UsageError('EINVAL', 'the certificate has no secret key');
    keys.push(property('secret-key', certificate.secretKey));
  }
  const metadata = Object.entries(certificate.metadata).map(([name, value]) => property(name, value));
  const sections = [
    { name: 'metadata', properties: metadata },
    { name: 'curve', properties: keys },
  ];
  return `${BANNERS[kind]}\n${encodeZpl(sections)}`;
}

const BANNERS = {
  public: '# A public key of ZeroMQ CURVE. Hand it over on a way on which nobody can exchange it for another.\n',
  secret: '# A secret key of ZeroMQ CURVE. Whoever can read this file can pass for its owner.\n',
} as const;

function property(name: string, value: string): ZplProperty {
  return { name, value, properties: [] };
}

/**
 * A certificate from the text of its file. Sections that are not known are passed over.
 * @throws UsageError EINVAL for what is no certificate; the message shows no key
 */
export function decodeCertificate(text: string): Certificate {
  const sections = decodeZpl(text);
  const keys = section(sections, 'curve');
  const publicKey = keys.get('public-key');
  if (publicKey === undefined) throw new UsageError('EINVAL', 'there is no public-key in a section curve');
  const metadata = Object.fromEntries(section(sections, 'metadata'));
  return new Certificate({ publicKey, secretKey: keys.get('secret-key'), metadata });
}

/** The values of a section; of none, if there is no such section. */
function section(sections: readonly ZplProperty[], name: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const entry of sections.filter(each => each.name === name).flatMap(each => each.properties)) {
    if (values.has(entry.name)) throw new UsageError('EINVAL', `there are two of ${entry.name} in section ${name}`);
    values.set(entry.name, entry.value ?? '');
  }
  return values;
}

/** How to read a certificate. */
export interface ReadCertificateOptions {
  /**
   * What to do about a secret key that others than its owner may read. Default: `warn`, with a warning of the process and
   * the code ZMTP_SECRET_KEY_EXPOSED. pyzmq leaves its files so, and CZMQ does not look; `refuse` is what ssh does.
   */
  readonly exposed?: 'warn' | 'refuse' | 'accept';
}

/**
 * Reads a certificate's file, secret or public.
 * @throws UsageError EINVAL for what is no certificate, EACCES for a secret key that is exposed; otherwise what node:fs throws
 */
export async function readCertificate(
  path: string,
  { exposed = 'warn' }: ReadCertificateOptions = {},
): Promise<Certificate> {
  const file = await readSmallFile(path, ZPL_SIZE_MAX);
  const certificate = decodeFile(path, file.text);
  if (file.exposed && certificate.secretKey !== undefined) {
    const message = `${path} holds a secret key, and others than its owner may read it`;
    if (exposed === 'refuse') throw new UsageError('EACCES', message);
    if (exposed === 'warn') process.emitWarning(message, { code: 'ZMTP_SECRET_KEY_EXPOSED' });
  }
  return certificate;
}

function decodeFile(path: string, text: string): Certificate {
  try {
    return decodeCertificate(text);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError('EINVAL', `${path} is no certificate: ${error.message}`);
    throw error;
  }
}

/** How to write a certificate. */
export interface WriteCertificateOptions {
  /** What to do when there is such a file. Default: `keep`, and say so. */
  readonly existing?: 'keep' | 'replace';
}

/**
 * Writes a certificate's public file, and beside it, when it has a secret key, the secret one: `path` with `_secret` at its
 * end, which none but its owner may read. For pyzmq, which looks for them, let `path` end in `.key`.
 *
 * @throws UsageError EINVAL for metadata that cannot be written; otherwise what node:fs throws: EEXIST when there is such
 * a file. Then neither is written
 */
export async function writeCertificate(
  path: string,
  certificate: Certificate,
  { existing = 'keep' }: WriteCertificateOptions = {},
): Promise<void> {
  const drafts = [{ path, text: encodeCertificate(certificate, 'public'), mode: 0o644 }];
  if (certificate.secretKey !== undefined) {
    drafts.push({ path: `${path}_secret`, text: encodeCertificate(certificate, 'secret'), mode: 0o600 });
  }
  await writeSmallFiles(drafts, existing);
}
