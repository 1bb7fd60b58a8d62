/** PLAIN, by RFC 24 "The PLAIN Mechanism": its commands, octet by octet. Lengths may lie. READY and ERROR: command.ts. */
import { command, metadata, parseProperties, type CommandLies, type Metadata } from './command.ts';
import { ascii, join, toAscii } from './octets.ts';

export interface HelloFields {
  readonly user?: Uint8Array | string;
  readonly password?: Uint8Array | string;
  /** What is said of the name's and the password's size. Default: the truth. */
  readonly userLength?: number;
  readonly passwordLength?: number;
  /** Octets behind the password. */
  readonly behind?: Uint8Array;
}

export function hello(fields: HelloFields = {}, lies: CommandLies = {}): Uint8Array {
  const user = octetsOf(fields.user ?? 'user');
  const password = octetsOf(fields.password ?? 'password');
  const data = join(
    Uint8Array.of(fields.userLength ?? user.length),
    user,
    Uint8Array.of(fields.passwordLength ?? password.length),
    password,
    fields.behind ?? new Uint8Array(0),
  );
  return command('HELLO', data, lies);
}

export interface Hello {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

/** @param data - behind the command's name; undefined where its lengths do not add up */
export function parseHello(data: Uint8Array): Hello | undefined {
  const userEnd = 1 + (data[0] ?? 0);
  const passwordEnd = userEnd + 1 + (data[userEnd] ?? 0);
  if (data.length !== passwordEnd) return undefined;
  return { user: data.subarray(1, userEnd), password: data.subarray(userEnd + 1) };
}

/** @param data - a sound one has none */
export function welcome(data: Uint8Array = new Uint8Array(0), lies: CommandLies = {}): Uint8Array {
  return command('WELCOME', data, lies);
}

/** @param fields - properties, or octets in their place */
export function initiate(fields: Metadata | Uint8Array, lies: CommandLies = {}): Uint8Array {
  return command('INITIATE', fields instanceof Uint8Array ? fields : metadata(fields), lies);
}

/** @param data - behind the command's name; undefined where the list does not add up */
export function parseInitiate(data: Uint8Array): ReadonlyMap<string, Uint8Array> | undefined {
  const properties = parseProperties(data);
  return properties === undefined ? undefined : new Map(properties);
}

/** @param data - behind the command's name; undefined where the length of the reason is not the truth */
export function parseError(data: Uint8Array): string | undefined {
  return data[0] === data.length - 1 ? toAscii(data.subarray(1)) : undefined;
}

function octetsOf(text: Uint8Array | string): Uint8Array {
  return typeof text === 'string' ? ascii(text) : text;
}
