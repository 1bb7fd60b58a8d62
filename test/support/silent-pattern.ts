/** A pattern without peers, to be given a life by a test. */
import type { Pattern } from '../../src/sockets/pattern.ts';

export const silent: Pattern = {
  attach: () => undefined,
  connected: () => undefined,
  disconnected: () => undefined,
  detach: () => undefined,
  trySend: () => false,
  tryReceive: () => undefined,
  writable: false,
  readable: false,
};
