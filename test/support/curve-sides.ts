/** Both sides of CURVE with the keys of `curve-by-hand.ts`. */
import type { BoxCipher } from '../../src/zmtp/crypto/box-cipher.ts';
import { nobleBoxCipher } from '../../src/zmtp/crypto/noble-box.ts';
import type { KeyExchange } from '../../src/zmtp/crypto/key-exchange.ts';
import type { ZmtpConnection } from '../../src/zmtp/connection.ts';
import type { Admission } from '../../src/zmtp/mechanism.ts';
import { CurveClient } from '../../src/zmtp/mechanisms/curve-client.ts';
import type { NonceCounter } from '../../src/zmtp/mechanisms/curve-nonce.ts';
import { CurveServer } from '../../src/zmtp/mechanisms/curve-server.ts';
import { Metadata, type Property } from '../../src/zmtp/metadata.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { pairOf, PUBLIC, RANDOM, ScriptedExchange, SECRET } from './curve-by-hand.ts';
import { greeting } from './raw-zmtp.ts';
import { hex } from './zmtp-hex.ts';
import { drainEvents, inWords, PARTNERS, side, type SideOptions } from './zmtp-side.ts';

export interface CurveSideOptions {
  readonly properties?: readonly Property[];
  readonly exchange?: KeyExchange;
  readonly cipher?: BoxCipher;
  readonly serverKey?: Uint8Array;
  readonly sent?: NonceCounter;
}

export function typeIs(socketType: string): Property[] {
  return [{ name: 'Socket-Type', value: hex(`'${socketType}'`) }];
}

/** What a client draws, in order. */
export function clientScript(): ScriptedExchange {
  return new ScriptedExchange(SECRET.shortClient, RANDOM.vouch);
}

/** What a server draws, in order. */
export function serverScript(): ScriptedExchange {
  return new ScriptedExchange(SECRET.shortServer, RANDOM.cookieKey, RANDOM.cookie, RANDOM.welcome);
}

export function curveClient({
  properties = typeIs('DEALER'),
  exchange,
  cipher = nobleBoxCipher,
  serverKey,
  sent,
}: CurveSideOptions = {}): CurveClient {
  return new CurveClient({
    keyPair: pairOf(SECRET.client),
    serverKey: serverKey ?? PUBLIC.server,
    properties,
    crypto: { cipher, exchange: exchange ?? clientScript() },
    ...(sent === undefined ? {} : { sent }),
  });
}

export function curveServer({
  properties = typeIs('ROUTER'),
  exchange,
  cipher = nobleBoxCipher,
  sent,
}: CurveSideOptions = {}): CurveServer {
  return new CurveServer({
    keyPair: pairOf(SECRET.server),
    properties,
    crypto: { cipher, exchange: exchange ?? serverScript() },
    ...(sent === undefined ? {} : { sent }),
  });
}

/** A connection that is a client of CURVE. */
export function clientSide(type: SocketType, options: SideOptions = {}, curve: CurveSideOptions = {}): ZmtpConnection {
  return side(type, { mechanism: curveClient({ properties: typeIs(type), ...curve }), ...options });
}

/** A connection that is a server of CURVE. */
export function serverSide(type: SocketType, options: SideOptions = {}, curve: CurveSideOptions = {}): ZmtpConnection {
  return side(type, { mechanism: curveServer({ properties: typeIs(type), ...curve }), ...options });
}

/** The greeting of a peer of CURVE. */
export function curveGreeting(asServer: boolean, minor = 1): Buffer {
  const octets = greeting({ mechanism: 'CURVE', minor });
  octets[8] = 1; // what older peers take for the size of an identity
  octets[32] = asServer ? 1 : 0;
  return octets;
}

export const NOBODY_KNOWN: Admission = { userId: '', metadata: new Metadata([]) };

/** The events that are there now, in words; whoever asks may come in. */
export function welcomeAll(connection: ZmtpConnection, most = 1000): string[] {
  const words: string[] = [];
  for (;;) {
    const events = drainEvents(connection, most);
    words.push(...events.flatMap(inWords));
    if (!events.some(({ kind }) => kind === 'authenticate')) return words;
    connection.answer(NOBODY_KNOWN, 0);
  }
}

export interface Two {
  readonly client: ZmtpConnection;
  readonly server: ZmtpConnection;
}

/** Two connections, and what each has told. */
export function twoSides(type: SocketType, options: SideOptions = {}): Two {
  return { client: clientSide(type, options), server: serverSide(PARTNERS[type], options) };
}

/** Carries everything there is both ways, until nothing is left. */
export function carryAll({ client, server }: Two): { client: string[]; server: string[] } {
  const told = { client: new Array<string>(), server: new Array<string>() };
  for (let quiet = 0; quiet < 2; quiet += 1) {
    for (const [from, to, words] of [
      [client, server, told.server],
      [server, client, told.client],
    ] as const) {
      for (const chunk of from.takeOutput()) {
        to.receive(new Uint8Array(chunk), 0);
        quiet = 0;
      }
      words.push(...welcomeAll(to));
    }
  }
  return told;
}

/** Two connections through their handshake. */
export function joinedSides(type: SocketType, options: SideOptions = {}): Two {
  const two = twoSides(type, options);
  const { client, server } = carryAll(two);
  if (client.at(-1) !== 'handshake' || server.at(-1) !== 'handshake') {
    throw new Error(`no handshake: ${client.join()}; ${server.join()}`);
  }
  return two;
}
