/** What a DEALER says until it may send, over a bare connection. */
import type { Security } from '../contestants/security.ts';
import { commandFrame, greetingOf, propertiesOf, type BareClient } from './bare-client.ts';
import { curveHandshake } from './curve-handshake.ts';

/** Shakes hands; resolves when the server's READY has come. */
export type Handshake = (client: BareClient) => Promise<void>;

const PROPERTIES = propertiesOf('DEALER');

export function handshakeOf(security: Security): Handshake {
  switch (security.mechanism) {
    case 'NULL':
      return nullHandshake();
    case 'PLAIN':
      return plainHandshake(security.username, security.password);
    case 'CURVE':
      return curveHandshake(security, PROPERTIES);
  }
}

function nullHandshake(): Handshake {
  const opening = Buffer.concat([greetingOf('NULL'), commandFrame('READY', PROPERTIES)]);
  return async client => {
    client.say(opening);
    await client.command('READY');
  };
}

/** RFC 24. */
function plainHandshake(username: string, password: string): Handshake {
  const hello = commandFrame('HELLO', counted(username), counted(password));
  const opening = Buffer.concat([greetingOf('PLAIN'), hello]);
  const initiate = commandFrame('INITIATE', PROPERTIES);
  return async client => {
    client.say(opening);
    await client.command('WELCOME');
    client.say(initiate);
    await client.command('READY');
  };
}

function counted(text: string): Buffer {
  const octets = Buffer.from(text);
  return Buffer.concat([Uint8Array.of(octets.length), octets]);
}
