/** Keys, names and options of security, as both kinds of sockets take them. */
import { encodeZ85 } from '../../src/zmtp/z85.ts';
import { type ZapAnswer, zapReply } from '../support/peers/zap-handler.ts';
import type { Cell } from './at-once.ts';
import { type End, type EndOptions, type Parts, type Side, withOptions } from './end.ts';
import { type Match, body, matches, play } from './matrix.ts';
import { type Pair, cross, crossAll, isPublisher } from './pair.ts';
import { comeAndGo } from './subscriptions.ts';

/** A pair of keys in Z85. */
export interface Keys {
  readonly publicKey: string;
  readonly secretKey: string;
}

export const SERVER: Keys = {
  publicKey: 'BAD^7d{rV5s%83A[<8/Uh*OE+r@@Sp<O)1hM]17#',
  secretKey: '4)cG3<qD4bdrhmNG9dnr%hS:9OhWn..7P#hVTp{?',
};
export const CLIENT: Keys = {
  publicKey: 'cM3TgPC^yo?LE)GGcxvo7k&6K-%f+P&-zY4t$-vT',
  secretKey: ')G*iYb19p7@GdFYqQ)tbj5*pwktXwewnRdqGnkeH',
};
/** Someone else, whom nobody lets in. */
export const STRANGER: Keys = {
  publicKey: 'b{8Y7vFf<iTcaEcAw4&ckHyf)TkPBoTZj}8d9#Qy',
  secretKey: 'az@SLUUL.pn+2d)K/HmYT$WlB+KyDJ9C23KCmk.W',
};

/** A client of CURVE with these keys, of the server with that public key. */
export function curveClient(keys: Keys = CLIENT, serverKey: string = SERVER.publicKey): EndOptions {
  return { curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey, curveServerKey: serverKey };
}

/** A server of CURVE. */
export const CURVE_SERVER: EndOptions = { curveServer: true, curveSecretKey: SERVER.secretKey };

/** A client of PLAIN. */
export function plainClient(plainPassword = 'a secret'): EndOptions {
  return { plainUsername: 'a user', plainPassword };
}

/** The domain in which {@link fairAnswer} knows whom to let in. */
export const DOMAIN = 'the domain';

/** A server of PLAIN. */
export const PLAIN_SERVER: EndOptions = { plainServer: true, zapDomain: DOMAIN };

/** The mechanisms by name. */
export type Mechanism = 'CURVE' | 'PLAIN' | 'NULL';

/** The roles of each mechanism. NULL has none, but only one side asks. */
export const MECHANISMS: Readonly<Record<Mechanism, Readonly<Record<'client' | 'server', EndOptions>>>> = {
  CURVE: { client: curveClient(), server: { ...CURVE_SERVER, zapDomain: DOMAIN } },
  PLAIN: { client: plainClient(), server: PLAIN_SERVER },
  NULL: { client: {}, server: { zapDomain: DOMAIN } },
};

/** Lets in the user with the password, the client's key, and NULL; nobody else, and nobody in another domain. */
export const fairAnswer: ZapAnswer = ([, , domain, , , mechanism, ...credentials]) => {
  const known = String(domain) === DOMAIN && isKnown(String(mechanism), credentials);
  return zapReply({ status: known ? 200 : 400 });
};

function isKnown(mechanism: string, [first, second]: readonly Uint8Array[]): boolean {
  switch (mechanism) {
    case 'NULL':
      return true;
    case 'PLAIN':
      return String(first) === 'a user' && String(second) === 'a secret';
    default:
      return encodeZ85(first ?? Buffer.of()) === CLIENT.publicKey;
  }
}

/** Every pair of types, both roles of the mechanism and both ways to join. */
export function secureCells(mechanism: Mechanism, one: Side, other: Side): Cell[] {
  return secureMatches(mechanism, one, other).map(match => ({
    name: `${mechanism}: ${match.name}`,
    play: () => play(match, traffic(match.pair)),
  }));
}

/** Some of them with few messages, each at an endpoint of its own. */
export function fewSecureCells(mechanism: Mechanism, one: Side, other: Side, fresh: () => string): Cell[] {
  const few = secureMatches(mechanism, one, other).filter(({ pair }) => ['REQ', 'XPUB', 'PAIR'].includes(pair.left));
  return few.map(match => ({
    name: `${mechanism} over ipc: ${match.name}`,
    play: () => play(match, (left, right) => cross(match.pair, left, right, [body(65_537), '', 'end']), fresh()),
  }));
}

/** Subscriptions that come and go, wherever one publishes. */
export function subscriptionCells(mechanism: Mechanism, one: Side, other: Side): Cell[] {
  const publishing = secureMatches(mechanism, one, other).filter(({ pair }) => isPublisher(pair.left));
  return publishing.map(match => ({
    name: `${mechanism}: ${match.name}: subscriptions`,
    play: () => play(match, comeAndGo),
  }));
}

function secureMatches(mechanism: Mechanism, one: Side, other: Side): Match[] {
  const { client, server } = MECHANISMS[mechanism];
  return [
    ...matches(withOptions(one, client, 'client'), withOptions(other, server, 'server')),
    ...matches(withOptions(one, server, 'server'), withOptions(other, client, 'client')),
  ];
}

/** With CURVE a frame has a long head from 223 octets of payload on. */
const MESSAGES: readonly Parts[] = [
  ...[0, 1, 222, 223, 256, 65_537, 1024 * 1024].map(size => [body(size)]),
  ['', 'empty', 'first'],
  ['empty', '', 'between'],
  ['empty', 'last', ''],
  ['', '', ''],
  [body(222), body(223), body(65_537), ''],
  Array.from({ length: 100 }, (_, i) => `part ${i}`),
];

const NUMBERED: readonly Parts[] = Array.from({ length: 100 }, (_, i) => [`message ${i}`]);

function traffic(pair: Pair): (left: End, right: End) => Promise<void> {
  return async (left, right) => {
    for (const message of MESSAGES) await cross(pair, left, right, message);
    if (left.type !== 'XPUB') await crossAll(pair, left, right, NUMBERED);
  };
}
