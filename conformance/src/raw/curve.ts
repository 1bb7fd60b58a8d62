/**
 * The commands of CURVE as bodies, by RFC 26; `curveFrame` puts one into a frame. Every field can be given and none is
 * checked: what is left out is what a sound peer writes. Parsers cut at the borders and undo no box, but where it says so.
 *
 *     HELLO     | 05 HELLO | version (2) | padding (72) | C' (32) | counter (8) | box (80)      200 octets
 *     WELCOME   | 07 WELCOME | random (16) | box (144)                                          168
 *     INITIATE  | 08 INITIATE | cookie (96) | counter (8) | box (144 + metadata)                257 and more
 *     READY     | 05 READY | counter (8) | box (16 + metadata)                                  30 and more
 *     MESSAGE   | 07 MESSAGE | counter (8) | box (17 + payload)                                 33 and more
 */
import { commandBody } from './command.ts';
import { longNonce, PREFIX, seal, shortNonce, unseal } from './curve-box.ts';
import { COMMAND, frame, type FrameLies } from './frame.ts';
import { filled, join, random, toAscii, uint64 } from './octets.ts';

export const HELLO_SIZE = 200;
export const WELCOME_SIZE = 168;
export const COOKIE_SIZE = 96;
const KEY_SIZE = 32;
const RANDOM_SIZE = 16;
const VOUCH_SIZE = 96;

/** A body in a command frame, unless the flags say otherwise. */
export function curveFrame(body: Uint8Array, lies: FrameLies = {}): Uint8Array {
  return frame(body, { flags: COMMAND, ...lies });
}

/** What the commands have in common whose nonce is a counter. */
export interface ShortNonceFields {
  /** Of the sender's secret and the receiver's public key. */
  readonly key: Uint8Array;
  readonly counter: bigint;
  /** Default: the command's own. */
  readonly prefix?: string;
  /** The octets of the box, in place of what key, counter and content make. */
  readonly box?: Uint8Array;
}

export interface HelloFields extends ShortNonceFields {
  /** C', 32 octets. */
  readonly clientShortKey: Uint8Array;
  /** Default 01 00. */
  readonly version?: Uint8Array;
  /** Default 72 zeros. */
  readonly padding?: Uint8Array;
  /** Default 64 zeros. */
  readonly content?: Uint8Array;
}

export function helloBody(fields: HelloFields): Uint8Array {
  const { version = Uint8Array.of(1, 0), padding = filled(72, 0), content = filled(64, 0) } = fields;
  const box = shortBox(fields, PREFIX.hello, content);
  return commandBody('HELLO', join(version, padding, fields.clientShortKey, uint64(fields.counter), box));
}

export interface Hello {
  readonly version: Uint8Array;
  readonly padding: Uint8Array;
  readonly clientShortKey: Uint8Array;
  readonly counter: bigint;
  readonly box: Uint8Array;
}

/** Undefined where it is not of 200 octets, or of another name. */
export function parseHello(body: Uint8Array): Hello | undefined {
  if (body.length !== HELLO_SIZE || !isNamed(body, 'HELLO')) return undefined;
  return {
    version: body.subarray(6, 8),
    padding: body.subarray(8, 80),
    clientShortKey: body.subarray(80, 112),
    counter: counterAt(body, 112),
    box: body.subarray(120),
  };
}

export interface WelcomeFields {
  /** Of S and C'. */
  readonly key: Uint8Array;
  /** S', 32 octets. */
  readonly serverShortKey: Uint8Array;
  /** 96 octets, which mean nothing to the client. */
  readonly cookie: Uint8Array;
  /** Default: 16 random octets. */
  readonly random?: Uint8Array;
  readonly prefix?: string;
  readonly box?: Uint8Array;
}

export function welcomeBody(fields: WelcomeFields): Uint8Array {
  const { key, serverShortKey, cookie, random: nonce = random(RANDOM_SIZE), prefix = PREFIX.welcome } = fields;
  const box = fields.box ?? seal(key, longNonce(prefix, nonce), join(serverShortKey, cookie));
  return commandBody('WELCOME', join(nonce, box));
}

export interface Welcome {
  readonly random: Uint8Array;
  readonly serverShortKey: Uint8Array;
  readonly cookie: Uint8Array;
}

/** Undefined where it is not of 168 octets, of another name, or its box does not open. */
export function openWelcome(body: Uint8Array, key: Uint8Array): Welcome | undefined {
  if (body.length !== WELCOME_SIZE || !isNamed(body, 'WELCOME')) return undefined;
  const nonce = body.subarray(8, 8 + RANDOM_SIZE);
  const content = unseal(key, longNonce(PREFIX.welcome, nonce), body.subarray(8 + RANDOM_SIZE));
  if (content === undefined) return undefined;
  return { random: nonce, serverShortKey: content.subarray(0, KEY_SIZE), cookie: content.subarray(KEY_SIZE) };
}

export interface VouchFields {
  /** Of C and S'. */
  readonly key: Uint8Array;
  /** C'. */
  readonly clientShortKey: Uint8Array;
  /** S. */
  readonly serverKey: Uint8Array;
  /** Default: 16 random octets. */
  readonly random?: Uint8Array;
}

/** 96 octets. */
export function vouch({
  key,
  clientShortKey,
  serverKey,
  random: nonce = random(RANDOM_SIZE),
}: VouchFields): Uint8Array {
  return join(nonce, seal(key, longNonce(PREFIX.vouch, nonce), join(clientShortKey, serverKey)));
}

export interface Vouch {
  readonly random: Uint8Array;
  readonly clientShortKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** Undefined where its box does not open. */
export function openVouch(octets: Uint8Array, key: Uint8Array): Vouch | undefined {
  const nonce = octets.subarray(0, RANDOM_SIZE);
  const content = unseal(key, longNonce(PREFIX.vouch, nonce), octets.subarray(RANDOM_SIZE));
  if (content === undefined) return undefined;
  return { random: nonce, clientShortKey: content.subarray(0, KEY_SIZE), serverKey: content.subarray(KEY_SIZE) };
}

export interface InitiateFields extends ShortNonceFields {
  readonly cookie: Uint8Array;
  /** C, 32 octets. */
  readonly clientKey: Uint8Array;
  /** 96 octets. */
  readonly vouch: Uint8Array;
  readonly metadata: Uint8Array;
}

export function initiateBody(fields: InitiateFields): Uint8Array {
  const box = shortBox(fields, PREFIX.initiate, join(fields.clientKey, fields.vouch, fields.metadata));
  return commandBody('INITIATE', join(fields.cookie, uint64(fields.counter), box));
}

export interface Initiate {
  readonly cookie: Uint8Array;
  readonly counter: bigint;
  readonly clientKey: Uint8Array;
  readonly vouch: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Undefined where it is too short, of another name, or its box does not open. */
export function openInitiate(body: Uint8Array, key: Uint8Array): Initiate | undefined {
  if (body.length < 113 || !isNamed(body, 'INITIATE')) return undefined;
  const counter = counterAt(body, 105);
  const content = unseal(key, shortNonce(PREFIX.initiate, counter), body.subarray(113));
  if (content === undefined || content.length < KEY_SIZE + VOUCH_SIZE) return undefined;
  return {
    cookie: body.subarray(9, 9 + COOKIE_SIZE),
    counter,
    clientKey: content.subarray(0, KEY_SIZE),
    vouch: content.subarray(KEY_SIZE, KEY_SIZE + VOUCH_SIZE),
    metadata: content.subarray(KEY_SIZE + VOUCH_SIZE),
  };
}

export interface ReadyFields extends ShortNonceFields {
  readonly metadata: Uint8Array;
}

export function readyBody(fields: ReadyFields): Uint8Array {
  return commandBody('READY', join(uint64(fields.counter), shortBox(fields, PREFIX.ready, fields.metadata)));
}

export interface Ready {
  readonly counter: bigint;
  readonly metadata: Uint8Array;
}

/** Undefined where it is too short, of another name, or its box does not open. */
export function openReady(body: Uint8Array, key: Uint8Array): Ready | undefined {
  if (body.length < 14 || !isNamed(body, 'READY')) return undefined;
  const counter = counterAt(body, 6);
  const content = unseal(key, shortNonce(PREFIX.ready, counter), body.subarray(14));
  return content === undefined ? undefined : { counter, metadata: content };
}

/** Of a payload's flags. */
export const INNER_MORE = 0b01;
/** Not of the RFC: how PING, SUBSCRIBE and their like go through a MESSAGE. */
export const INNER_COMMAND = 0b10;

export interface MessageFields extends ShortNonceFields {
  /** Whose nonces it has. */
  readonly prefix: string;
  /** Default 0. */
  readonly flags?: number;
  readonly payload: Uint8Array;
}

export function messageBody(fields: MessageFields): Uint8Array {
  const box = shortBox(fields, fields.prefix, join(Uint8Array.of(fields.flags ?? 0), fields.payload));
  return commandBody('MESSAGE', join(uint64(fields.counter), box));
}

export interface Message {
  readonly counter: bigint;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** Undefined where it is too short, of another name, or its box does not open. */
export function openMessage(body: Uint8Array, key: Uint8Array, prefix: string): Message | undefined {
  if (body.length < 33 || !isNamed(body, 'MESSAGE')) return undefined;
  const counter = counterAt(body, 8);
  const content = unseal(key, shortNonce(prefix, counter), body.subarray(16));
  return content === undefined ? undefined : { counter, flags: content[0] ?? 0, payload: content.subarray(1) };
}

function shortBox({ key, counter, box, prefix }: ShortNonceFields, own: string, content: Uint8Array): Uint8Array {
  return box ?? seal(key, shortNonce(prefix ?? own, counter), content);
}

function isNamed(body: Uint8Array, name: string): boolean {
  return body[0] === name.length && toAscii(body.subarray(1, 1 + name.length)) === name;
}

function counterAt(body: Uint8Array, at: number): bigint {
  return new DataView(body.buffer, body.byteOffset).getBigUint64(at);
}
