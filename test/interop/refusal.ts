/**
 * One client too many: it comes to a server that must not let it in, while another client talks to that server. Nothing
 * of what it says arrives, it hears nothing, both sides tell why, and the other one is not disturbed.
 */
import * as assert from 'uvu/assert';
import type { ZapAnswer } from '../support/peers/zap-handler.ts';
import { type End, type EndOptions, type Side, ours } from './end.ts';
import { Home } from './home.ts';
import { assertAllSame, assertSame } from './pair.ts';

/** What is to be seen of a refusal. */
export interface Refusal {
  readonly name: string;
  readonly server: EndOptions;
  /** The client that must not come in. */
  readonly client: EndOptions;
  /** The other one; none where the server can let nobody in. */
  readonly welcome?: EndOptions;
  /** The handler on the server's side; without there is none. */
  readonly answer?: ZapAnswer;
  readonly serverTells: Telling;
  readonly clientTells: Telling;
  /** The same at our server, where that makes a difference. */
  readonly clientTellsAtOurs?: Telling;
  /** Whether the client tries again; where nothing is said, that depends on who is faster. */
  readonly returns?: boolean;
}

/** One for both kinds of sockets, or one for each. */
export type ByKind<T> = T | { readonly libzmq: T; readonly ours: T };

/** The events that say so, of which at least one must come, and no other may: `auth 400`, `protocol ERR_…`, `other`. */
export type Telling = ByKind<readonly string[]>;

const FEW = ['1', '2', '3', '4'].map(text => [text]);

/** Plays it between two sides, of which any may be ours. */
export async function refuse(refusal: Refusal, clientSide: Side, serverSide: Side): Promise<void> {
  const [here, there] = [new Home(clientSide), new Home(serverSide)];
  try {
    if (refusal.answer !== undefined) await there.handler(refusal.answer);
    const server = await there.open('DEALER', { ...QUICK, ...refusal.server });
    const endpoint = await server.bind();
    const friend = refusal.welcome && (await here.open('DEALER', refusal.welcome));
    await friend?.connect(endpoint);
    if (friend !== undefined) await talk(friend, server, 'before');

    const client = await here.open('DEALER', { ...QUICK, ...refusal.client });
    await client.connect(endpoint);
    client.send(['never']).catch(() => undefined); // it may be refused before it has had the time to take this
    const heard = client.next();
    const unheard = friend === undefined ? server.next() : undefined;
    await Promise.all([client.untilEvent('disconnect'), server.untilEvent('disconnect')]);
    await expectReturn(client, refusal.returns, clientSide);

    if (friend !== undefined) await talk(friend, server, 'after');
    const clientTells = (serverSide === ours ? refusal.clientTellsAtOurs : undefined) ?? refusal.clientTells;
    assertTells(client, kind(clientTells, clientSide), `the client, ${clientSide.name},`);
    assertTells(server, kind(refusal.serverTells, serverSide), `the server, ${serverSide.name},`);
    assert.is(client.count('handshake'), 0);
    assert.is(server.count('handshake'), friend === undefined ? 0 : 1);
    await there.lose(server);
    await here.lose(client);
    assert.equal([await heard, await unheard], [undefined, undefined]);
  } finally {
    await here.clear();
    await there.clear();
  }
}

const QUICK: EndOptions = { reconnectInterval: 20, handshakeInterval: 400 };

/** With all that the server sends: a second peer would get its share. */
async function talk(friend: End, server: End, text: string): Promise<void> {
  await friend.send([text]);
  assertSame(await server.receive(), [text], 'at the server');
  await server.sendAll(FEW);
  assertAllSame(await friend.receiveAll(FEW.length), FEW);
}

async function expectReturn(client: End, returns: boolean | undefined, side: Side): Promise<void> {
  if (returns === true) await client.untilEvent('connect', 2);
  if (returns !== false) return;
  if (side === ours) await client.untilEvent('connect:stop');
  assert.is(client.count('connect'), 1);
}

function assertTells(end: End, expected: readonly string[], who: string): void {
  const told = new Set(
    (['auth', 'protocol', 'other'] as const).flatMap(type =>
      type === 'other' && end.count('handshake:error:other') > 0
        ? ['other']
        : end.details(`handshake:error:${type}`).map(detail => `${type} ${detail}`),
    ),
  );
  const [some, wrong] = [expected.some(one => told.has(one)), [...told].filter(one => !expected.includes(one))];
  assert.ok(some && wrong.length === 0, `${who} tells ${[...told].join(', ')}, expected ${expected.join(' or ')}`);
}

function kind<T>(value: ByKind<T>, side: Side): T {
  if (!isSplit(value)) return value;
  return side === ours ? value.ours : value.libzmq;
}

function isSplit<T>(value: ByKind<T>): value is { readonly libzmq: T; readonly ours: T } {
  return typeof value === 'object' && value !== null && 'libzmq' in value;
}
