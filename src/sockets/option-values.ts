/** What values options can have, and in what form they are kept: one parser for each kind of value. */
import { isIP } from 'node:net';
import { UsageError } from '../errors.ts';
import { decodeZ85, encodeZ85 } from '../zmtp/z85.ts';

/** Turns what the application gave into the value. */
export type Parser<T> = (value: unknown, name: string) => T;

const INT32_MAX = 2 ** 31 - 1;
const TEXT_MAX = 255;

export function integer(least: number, most: number): Parser<number> {
  return (value, name) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw unexpected(name, value, `a whole number from ${String(least)} to ${String(most)}`);
  };
}

export const count: Parser<number> = integer(0, INT32_MAX);
export const countOrMinusOne: Parser<number> = integer(-1, INT32_MAX);

export const flag: Parser<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value;
  throw unexpected(name, value, 'true or false');
};

export const identity: Parser<Uint8Array> = (value, name) => {
  const octets = typeof value === 'string' ? Buffer.from(value) : value;
  if (octets instanceof Uint8Array && octets.length >= 1 && octets.length <= 255 && octets[0] !== 0) {
    return Uint8Array.from(octets); // not slice(), which copies nothing of a Buffer
  }
  throw unexpected(name, value, '1 to 255 octets, the first not zero (RFC 37)');
};

/** An empty one is a message too; libzmq takes it for none. */
export const messageOrNull: Parser<Uint8Array | null> = (value, name) => {
  if (value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  throw unexpected(name, value, 'text, octets or null');
};

export const textOrNull: Parser<string | null> = (value, name) => {
  if (value === null) return null;
  if (typeof value === 'string' && value.length > 0 && Buffer.byteLength(value) <= TEXT_MAX) return value;
  throw unexpected(name, value, `text of 1 to ${String(TEXT_MAX)} octets, or null`);
};

/** What PLAIN carries: libzmq takes no empty ones, though the wire would. */
export const credential: Parser<string | null> = (value, name) => {
  if (value === null) return null;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : value;
  if (typeof text === 'string' && text.length > 0 && Buffer.byteLength(text) <= TEXT_MAX) return text;
  throw unexpected(name, value, `text of 1 to ${String(TEXT_MAX)} octets, or null`);
};

/** A key of CURVE, kept as text. */
export const curveKey: Parser<string | null> = (value, name) => {
  if (value === null) return null;
  if (value instanceof Uint8Array && value.length === KEY_BYTES) return encodeZ85(value);
  if (typeof value === 'string' && value.length === KEY_TEXT && isZ85(value)) return value;
  throw unexpected(name, value, `${String(KEY_TEXT)} characters of Z85 or ${String(KEY_BYTES)} octets, or null`);
};
const KEY_BYTES = 32;
const KEY_TEXT = 40;

function isZ85(text: string): boolean {
  try {
    decodeZ85(text);
    return true;
  } catch {
    return false;
  }
}

export const hostAndPort: Parser<string | null> = (value, name) => {
  const text = textOrNull(value, name);
  const port = text === null ? undefined : /^(?:\[[0-9a-fA-F:.%a-zA-Z0-9]+\]|[^:[\]\s]+):([0-9]{1,5})$/.exec(text)?.[1];
  if (text === null || (port !== undefined && Number(port) > 0 && Number(port) <= 65_535)) return text;
  throw unexpected(name, value, 'host:port, or null');
};

/** An address, or one and how many of its bits count. */
export const ranges: Parser<readonly string[]> = (value, name) => {
  const list: readonly unknown[] = value === null ? [] : Array.isArray(value) ? value : [value];
  return list.map(range => {
    const [, address = '', bits = '0'] = typeof range === 'string' ? (RANGE.exec(range) ?? []) : [];
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (typeof range === 'string' && Number(bits) <= most) return range;
    throw unexpected(name, range, 'an address, or a range such as 10.0.0.0/8, or several');
  });
};
const RANGE = /^([0-9a-fA-F:.]{1,45})(?:\/([0-9]{1,3}))?$/;

export function oneOf<T extends string | null>(...values: readonly T[]): Parser<T> {
  return (value, name) => {
    const found = values.find(known => known === value);
    if (found !== undefined) return found;
    throw unexpected(name, value, values.map(known => (known === null ? 'null' : `"${known}"`)).join(', '));
  };
}

export function listOf<T extends string>(...values: readonly T[]): Parser<readonly T[]> {
  const one = oneOf(...values);
  return (value, name) => {
    if (!Array.isArray(value)) throw unexpected(name, value, `a list of ${values.join(', ')}`);
    return value.map((item: unknown) => one(item, name));
  };
}

/** libzmq: "X-" in front, a name of at most 255 octets, neither name nor value empty. */
export const properties: Parser<Readonly<Record<string, string>>> = (value, name) => {
  if (typeof value !== 'object' || value === null) throw unexpected(name, value, 'an object of texts');
  const entries = Object.entries(value).map(([key, text]: [string, unknown]): [string, string] => {
    if (!/^X-[A-Za-z0-9\-_.+]{1,253}$/.test(key)) {
      throw new UsageError('EINVAL', `${name} has the name "${key}", expected X- and 1 to 253 letters, digits or -_.+`);
    }
    if (typeof text !== 'string' || text.length === 0) throw unexpected(`${name}.${key}`, text, 'text');
    return [key, text];
  });
  return Object.freeze(Object.fromEntries(entries));
};

export function unexpected(name: string, value: unknown, expected: string): UsageError {
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
  return new UsageError('EINVAL', `option ${name} is ${shown}, expected ${expected}`);
}
