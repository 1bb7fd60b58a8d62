/**
 * A {@link Listener} on a server of node:net, for every transport that has one.
 */
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Listener } from './transport.ts';

/** Where to listen, and whom to tell. */
export interface Listening {
  /** The address as node:net wants it. */
  readonly at: ListenOptions;
  /** A peer's socket: paused, half-open allowed. */
  readonly accepted: (socket: Socket) => void;
  /** The system could not accept a peer; it goes on listening. */
  readonly failed: (cause: Error) => void;
}

/** Rejects with the system's error when the address cannot be had. */
export function listen({ at, accepted, failed }: Listening): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.unref(); // waiting for peers is no reason for a process to live
    server.on('connection', accepted);
    server.once('error', reject);
    // `exclusive`: in a worker of node:cluster it is this process that binds, not its parent for all of them.
    server.listen({ ...at, exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve(server);
    });
  });
}

/** A server that listens, and the endpoint it really has. */
export class NetListener implements Listener {
  readonly endpoint: string;
  readonly #server: Server;

  constructor(server: Server, endpoint: string) {
    this.#server = server;
    this.endpoint = endpoint;
  }

  /** Closing twice is closing once. */
  close(): Promise<void> {
    // Node closes the descriptor before it returns, so the address is free. Its own 'close' event says nothing more
    // about that: it waits until every peer accepted here has gone too.
    this.#server.close();
    return Promise.resolve();
  }
}
