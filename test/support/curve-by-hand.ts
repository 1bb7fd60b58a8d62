/**
 * CURVE by hand: every command laid out octet by octet over plain calls of NaCl's functions, for fixed keys and
 * randomness. Written apart from `src/zmtp/mechanisms`, lest it share its errors. Whatever a test gives takes the place of
 * what a sound peer would send.
 */
import { hsalsa, secretbox } from '@noble/ciphers/salsa.js';
import { x25519 } from '@noble/curves/ed25519.js';
import type { KeyExchange, KeyPair } from '../../src/zmtp/crypto/key-exchange.ts';
import { hex, joined, pattern, toHex } from './zmtp-hex.ts';

// keys and randomness

type Who = 'client' | 'shortClient' | 'server' | 'shortServer' | 'other';

/** The secret halves; ' is `short`. */
export const SECRET: Readonly<Record<Who, Uint8Array>> = {
  client: hex('C1*32'),
  shortClient: hex('C2*32'),
  server: hex('51*32'),
  shortServer: hex('52*32'),
  other: hex('0F*32'),
};

const publicKeys = new Map<string, Uint8Array>();
const boxKeys = new Map<string, Uint8Array>();
const agreements = new Map<string, Uint8Array | undefined>();

/** The public half of a secret key. */
export function publicOf(secret: Uint8Array): Uint8Array {
  const name = toHex(secret);
  const known = publicKeys.get(name) ?? x25519.getPublicKey(secret);
  publicKeys.set(name, known);
  return known;
}

export const PUBLIC: Readonly<Record<Who, Uint8Array>> = {
  client: publicOf(SECRET.client),
  shortClient: publicOf(SECRET.shortClient),
  server: publicOf(SECRET.server),
  shortServer: publicOf(SECRET.shortServer),
  other: publicOf(SECRET.other),
};

export const RANDOM: Readonly<Record<'cookieKey' | 'cookie' | 'welcome' | 'vouch', Uint8Array>> = {
  cookieKey: hex('A1*32'),
  cookie: hex('A2*16'),
  welcome: hex('A3*16'),
  vouch: hex('A4*16'),
};

// NaCl

/** crypto_box_beforenm */
export function boxKey(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const name = toHex(secret) + toHex(publicKey);
  const known = boxKeys.get(name);
  if (known !== undefined) return known;
  const words = (octets: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(octets).buffer);
  const key = new Uint32Array(8);
  hsalsa(words(hex("'expand 32-byte k'")), words(x25519.getSharedSecret(secret, publicKey)), new Uint32Array(4), key);
  const octets = new Uint8Array(key.buffer);
  boxKeys.set(name, octets);
  return octets;
}

/** crypto_box_afternm, crypto_secretbox */
export function box(key: Uint8Array, nonce: Uint8Array, content: Uint8Array): Uint8Array {
  return secretbox(key, nonce).seal(content);
}

/** crypto_box_open_afternm, crypto_secretbox_open */
export function unbox(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
  return secretbox(key, nonce).open(sealed);
}

/** The keys of the boxes of a sound connection. */
export const KEY: Readonly<Record<'hello' | 'vouch' | 'short', Uint8Array>> = {
  hello: boxKey(SECRET.shortClient, PUBLIC.server), // c' → S, and S → C'
  vouch: boxKey(SECRET.client, PUBLIC.shortServer), // c → S'
  short: boxKey(SECRET.shortClient, PUBLIC.shortServer), // c' → S', and S' → C'
};

// commands

/** Eight octets in network order. */
export function counter(number: bigint): Uint8Array {
  return hex(number.toString(16).padStart(16, '0'));
}

const named = (name: string, rest: Uint8Array): Uint8Array => joined([hex(`'${name}'`), rest]);

export function hello({
  count = 1n,
  publicKey = PUBLIC.shortClient,
  key = KEY.hello,
  content = hex('00*64'),
  version = '01 00',
  padding = '00*72',
}: {
  readonly count?: bigint;
  readonly publicKey?: Uint8Array;
  readonly key?: Uint8Array;
  readonly content?: Uint8Array;
  readonly version?: string;
  readonly padding?: string;
} = {}): Uint8Array {
  const sealed = box(key, named('CurveZMQHELLO---', counter(count)), content);
  return joined([hex(`05 'HELLO' ${version} ${padding}`), publicKey, counter(count), sealed]);
}

export function cookie({
  clientKey = PUBLIC.shortClient,
  secretKey = SECRET.shortServer,
  key = RANDOM.cookieKey,
  random = RANDOM.cookie,
}: {
  readonly clientKey?: Uint8Array;
  readonly secretKey?: Uint8Array;
  readonly key?: Uint8Array;
  readonly random?: Uint8Array;
} = {}): Uint8Array {
  return joined([random, box(key, named('COOKIE--', random), joined([clientKey, secretKey]))]);
}

export function welcome({
  publicKey = PUBLIC.shortServer,
  content = cookie(),
  random = RANDOM.welcome,
  key = KEY.hello,
}: {
  readonly publicKey?: Uint8Array;
  readonly content?: Uint8Array;
  readonly random?: Uint8Array;
  readonly key?: Uint8Array;
} = {}): Uint8Array {
  return joined([hex("07 'WELCOME'"), random, box(key, named('WELCOME-', random), joined([publicKey, content]))]);
}

export function vouch({
  clientKey = PUBLIC.shortClient,
  serverKey = PUBLIC.server,
  random = RANDOM.vouch,
  key = KEY.vouch,
}: {
  readonly clientKey?: Uint8Array;
  readonly serverKey?: Uint8Array;
  readonly random?: Uint8Array;
  readonly key?: Uint8Array;
} = {}): Uint8Array {
  return joined([random, box(key, named('VOUCH---', random), joined([clientKey, serverKey]))]);
}

export function initiate({
  count = 2n,
  kept = cookie(),
  publicKey = PUBLIC.client,
  word = vouch(),
  metadata = hex("0B 'Socket-Type' 00000006 'DEALER'"),
  key = KEY.short,
}: {
  readonly count?: bigint;
  readonly kept?: Uint8Array;
  readonly publicKey?: Uint8Array;
  readonly word?: Uint8Array;
  readonly metadata?: Uint8Array;
  readonly key?: Uint8Array;
} = {}): Uint8Array {
  const sealed = box(key, named('CurveZMQINITIATE', counter(count)), joined([publicKey, word, metadata]));
  return joined([hex("08 'INITIATE'"), kept, counter(count), sealed]);
}

export function ready({
  count = 1n,
  metadata = hex("0B 'Socket-Type' 00000006 'ROUTER'"),
  key = KEY.short,
}: { readonly count?: bigint; readonly metadata?: Uint8Array; readonly key?: Uint8Array } = {}): Uint8Array {
  const sealed = box(key, named('CurveZMQREADY---', counter(count)), metadata);
  return joined([hex("05 'READY'"), counter(count), sealed]);
}

/** A MESSAGE of a client ("C") or a server ("S"). */
export function message(
  from: 'C' | 'S' | '-',
  count: bigint,
  payload: Uint8Array | string,
  { flags = '00', key = KEY.short }: { readonly flags?: string; readonly key?: Uint8Array } = {},
): Uint8Array {
  const content = joined([hex(flags), typeof payload === 'string' ? hex(payload) : payload]);
  const sealed = box(key, named(`CurveZMQMESSAGE${from}`, counter(count)), content);
  return joined([hex("07 'MESSAGE'"), counter(count), sealed]);
}

/** What is in a MESSAGE: flags and payload. */
export function contentOf(from: 'C' | 'S', body: Uint8Array, key: Uint8Array = KEY.short): Uint8Array {
  return unbox(key, named(`CurveZMQMESSAGE${from}`, body.subarray(8, 16)), body.subarray(16));
}

// an exchange that can be foretold

/** A pair that remembers what it has once calculated, in this process. */
class KnownPair implements KeyPair {
  readonly publicKey: Uint8Array;
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = new Uint8Array(secret);
    this.publicKey = new Uint8Array(publicOf(secret));
  }

  agree(publicKey: Uint8Array): Uint8Array | undefined {
    const name = toHex(this.#secret) + toHex(publicKey);
    if (!agreements.has(name)) agreements.set(name, agreement(this.#secret, publicKey));
    const known = agreements.get(name);
    return known === undefined ? undefined : new Uint8Array(known);
  }

  secretKey(): Uint8Array {
    return new Uint8Array(this.#secret);
  }

  wipe(): void {
    this.#secret.fill(0);
    this.publicKey.fill(0); // nobody is to use it any more
  }
}

function agreement(secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(secret, publicKey);
  } catch {
    return undefined;
  }
}

export function pairOf(secret: Uint8Array): KeyPair {
  return new KnownPair(secret);
}

/** Gives out what it was given, in order: secret keys for pairs and random octets alike. */
export class ScriptedExchange implements KeyExchange {
  readonly #pieces: Uint8Array[];
  /** All that was given out, to see what has been wiped. */
  readonly given: Uint8Array[] = [];

  constructor(...pieces: readonly Uint8Array[]) {
    this.#pieces = [...pieces];
  }

  generate(): KeyPair {
    return pairOf(this.randomBytes(32));
  }

  fromSecretKey(secretKey: Uint8Array): KeyPair {
    return pairOf(secretKey);
  }

  randomBytes(length: number): Uint8Array {
    const piece = this.#pieces.shift();
    if (piece?.length !== length)
      throw new Error(`asked for ${length} octets, the script has ${piece?.length ?? 'no'}`);
    const octets = new Uint8Array(piece);
    this.given.push(octets);
    return octets;
  }
}

/** Gives out others each time, and the same ones for the same seed. */
export class SeededExchange implements KeyExchange {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed * 1000;
  }

  generate(): KeyPair {
    return pairOf(this.randomBytes(32));
  }

  fromSecretKey(secretKey: Uint8Array): KeyPair {
    return pairOf(secretKey);
  }

  randomBytes(length: number): Uint8Array {
    this.#seed += 1;
    const octets = pattern(length, this.#seed);
    octets[0] = this.#seed >> 8;
    octets[1] = this.#seed;
    return octets;
  }
}
