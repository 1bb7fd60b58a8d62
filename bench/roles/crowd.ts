import { connect, type Socket } from 'node:net';
import { NO_SECURITY } from '../contestants/security.ts';
import { BareClient } from './bare-client.ts';
import { handshakeOf } from './handshakes.ts';
import type { Play } from './role.ts';

const AT_ONCE = 32; // connections being made; far below any backlog

/**
 * Opens connections when told, and keeps them. The clients are bare sockets that say what a DEALER would, so that every
 * contestant's server has the very same clients.
 */
export const play: Play = async ({ settings: { endpoint, handshake }, talk }) => {
  const open = (): Promise<Socket> => (handshake ? shakeHands(endpoint) : justConnect(endpoint));
  while (true) {
    const order = await talk.order();
    if (order.kind !== 'open') continue;
    for (let left = order.connections; left > 0; left -= AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, open));
    }
    talk.report({ kind: 'opened' });
  }
};

function justConnect(endpoint: string): Promise<Socket> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket));
    socket.on('error', reject);
    socket.resume();
  });
}

const shake = handshakeOf(NO_SECURITY);

/** Resolves when the server's READY has come whole. */
async function shakeHands(endpoint: string): Promise<Socket> {
  const client = new BareClient(endpoint);
  await shake(client);
  return client.rest();
}
