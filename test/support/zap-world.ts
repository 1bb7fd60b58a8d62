/** Sockets that ask who may come in, and handlers that answer as a test says. */
import type { MonitorEvent, MonitorEventOf } from '../../src/engine/monitor.ts';
import type { Message } from '../../src/message.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Router } from '../../src/sockets/router.ts';
import { eventsOf, type World } from './world.ts';

export const ZAP = 'inproc://zeromq.zap.01';

/** What a handler is asked, as octets in latin1, and what it answers; undefined: nothing. */
export type Respond = (question: string[]) => readonly (string | Uint8Array)[] | undefined;

/** A handler of either type; `questions` are without the empty frame and, for a ROUTER, without the id. */
export interface Handler {
  readonly socket: Reply | Router;
  readonly questions: string[][];
}

/** The whole answer, from the version on. */
export function answer(
  status: number | string,
  userId = '',
  metadata: string | Uint8Array = '',
): (string | Uint8Array)[] {
  return ['1.0', '1', String(status), 'because', userId, metadata];
}

/** Binds a handler and lets it answer. A REP that shall say nothing keeps its question. */
export async function handle(world: World, Type: typeof Reply | typeof Router, respond: Respond): Promise<Handler> {
  const questions: string[][] = [];
  if (Type === Reply) {
    const socket = world.open(Reply);
    await socket.bind(ZAP);
    void (async () => {
      for (;;) {
        const question = latin1(await socket.receive());
        questions.push(question);
        const reply = respond(question);
        if (reply === undefined) return;
        await socket.send([...reply]);
      }
    })().catch(ignore);
    return { socket, questions };
  }
  const socket = world.open(Router);
  await socket.bind(ZAP);
  void (async () => {
    for (;;) {
      const [id = Buffer.alloc(0), delimiter = Buffer.alloc(1), ...rest] = await socket.receive();
      if (delimiter.length > 0) throw new Error('no delimiter');
      questions.push(latin1(rest));
      const reply = respond(latin1(rest));
      if (reply !== undefined) await socket.send([id, '', ...reply]);
    }
  })().catch(ignore);
  return { socket, questions };
}

/** Options of the two sides of each mechanism. */
export const SIDES = {
  NULL: { server: { zapDomain: 'global' }, client: {} },
  PLAIN: {
    server: { plainServer: true, zapDomain: 'global' },
    client: { plainUsername: 'admin', plainPassword: 'secret' },
  },
} as const;

export type Mechanism = keyof typeof SIDES;

/** A server and a client that have met, and what has happened to them. */
export interface Meeting {
  readonly server: Router;
  readonly client: Dealer;
  readonly at: MonitorEvent[];
  readonly from: MonitorEvent[];
}

/** Lets a client come to a server, with options besides those of the mechanism. */
export async function meet(
  world: World,
  mechanism: Mechanism,
  {
    server: serverOptions = {},
    client: clientOptions = {},
    binds = 'server',
  }: { server?: object; client?: object; binds?: 'server' | 'client' } = {},
): Promise<Meeting> {
  const { server: ofServer, client: ofClient } = SIDES[mechanism];
  const server = world.open(Router, { ...ofServer, ...serverOptions });
  const client = world.open(Dealer, { ...ofClient, ...clientOptions });
  const [at, from] = [eventsOf(server), eventsOf(client)];
  const [bound, connecting] = binds === 'server' ? [server, client] : [client, server];
  await bound.bind('mem://hub');
  connecting.connect('mem://hub');
  await world.settle();
  return { server, client, at, from };
}

/** The events of a type. */
export function all<T extends MonitorEvent['type']>(events: readonly MonitorEvent[], type: T): MonitorEventOf<T>[] {
  return events.filter((event): event is MonitorEventOf<T> => event.type === type);
}

/** How handshakes have ended so far, in words: `handshake`, `auth 400`, `protocol ERR_…`, `other ERR_…`. */
export function outcomes(events: readonly MonitorEvent[]): string[] {
  return events.flatMap(event => {
    switch (event.type) {
      case 'handshake':
        return 'handshake';
      case 'handshake:error:auth':
        return `auth ${event.error.status ?? 'none'}`;
      case 'handshake:error:protocol':
      case 'handshake:error:other':
        return `${event.type.slice('handshake:error:'.length)} ${event.error.code}`;
      default:
        return [];
    }
  });
}

function latin1(message: Message): string[] {
  return message.map(part => Buffer.from(part).toString('latin1'));
}

function ignore(): void {
  // the socket was closed
}
