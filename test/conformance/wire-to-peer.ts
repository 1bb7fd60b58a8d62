/** A raw peer to whom certain octets were sent, by a listener that then closes. */
import { createServer } from 'node:net';
import { dial } from '../../conformance/src/raw/raw-listener.ts';
import type { RawPeer } from '../../conformance/src/raw/raw-peer.ts';
import { WireLog } from '../../conformance/src/raw/wire-log.ts';

const STEP_MS = 5_000;

export async function withPeer(octets: Uint8Array, look: (peer: RawPeer) => Promise<void>): Promise<void> {
  const server = createServer(socket => socket.on('error', () => undefined).end(octets));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const peer = await dial(`tcp://127.0.0.1:${port}`, STEP_MS, new WireLog());
  try {
    await look(peer);
  } finally {
    peer.destroy();
    server.close();
  }
}
