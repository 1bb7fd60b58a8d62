import { NO_SECURITY } from '../contestants/security.ts';
import { BareClient } from './bare-client.ts';
import { handshakeOf } from './handshakes.ts';
import { measureWindow, type Play } from './role.ts';

const AT_ONCE = 8; // connections shaking hands: a server always has one to go on with

/** Comes, shakes hands, goes, and comes again; counts the handshakes. Clients are bare sockets, the same for all. */
export const play: Play = async ({ settings, talk }) => {
  const { endpoint, security = NO_SECURITY } = settings;
  const shake = handshakeOf(security);
  let messages = 0;
  const visit = async (): Promise<void> => {
    while (true) {
      const client = new BareClient(endpoint);
      await shake(client);
      messages += 1;
      client.socket.resetAndDestroy(); // thousands of ports would wait a minute otherwise
    }
  };
  for (let i = 0; i < AT_ONCE; i += 1) void visit();
  await talk.order();
  talk.report({ kind: 'window', ...(await measureWindow(settings, () => ({ messages, octets: 0 }))) });
};
