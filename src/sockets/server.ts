import { RECEIVING, SENDING } from './option-table.ts';
import type { DisconnectOptions, HelloOptions, ReceiveOptions, SendOptions } from './options.ts';
import { RoutedPattern, RoutedSocket } from './routed-socket.ts';

/** What a {@link Server} can be told. */
export type ServerOptions = SendOptions & ReceiveOptions & HelloOptions & DisconnectOptions;

/**
 * Talks to any number of CLIENT peers by the numbers it gives them (RFC 41). Messages have one part; of several parts they
 * are discarded when they come, and counted (`stats().dropped.unexpected`). Who has asked may have gone before there is an
 * answer, and `send()` fails then with EHOSTUNREACH: a server had better expect it.
 *
 * @example
 * ```ts
 * const server = new Server();
 * await server.bind('tcp://127.0.0.1:5555');
 * for await (const [question, from] of server) {
 *   try {
 *     await server.send(question, from); // an echo
 *   } catch (error) {
 *     if (!(error instanceof NoRouteError)) throw error;
 *   }
 * }
 * ```
 */
export class Server extends RoutedSocket {
  constructor(options: ServerOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, 'helloMessage', 'disconnectMessage'] as const;
    super(
      { type: 'SERVER', ownOptions, pattern: (events, _, { random }) => new RoutedPattern(events, random) },
      options,
    );
  }
}
