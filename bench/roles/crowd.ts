import { connect, type Socket } from 'node:net';
import type { Play } from './role.ts';

const AT_ONCE = 32; // connections being made; far below any backlog

// RFC 37. Signature, version 3.1, mechanism NULL, not a server; then READY with Socket-Type DEALER.
const GREETING = Buffer.concat([
  Buffer.from('ff00000000000000007f0301', 'hex'),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);
const READY = Buffer.from('041c055245414459' + '0b536f636b65742d54797065' + '000000064445414c4552', 'hex');
const COMMAND = 0b100;

/**
 * Opens connections when told, and keeps them. The clients are bare sockets that say what a DEALER would, so that every
 * contestant's server has the very same clients.
 */
export const play: Play = async ({ settings, talk }) => {
  const { hostname, port } = new URL(settings.endpoint);
  const open = (): Promise<Socket> =>
    settings.handshake ? shakeHands(hostname, Number(port)) : justConnect(hostname, Number(port));
  while (true) {
    const order = await talk.order();
    if (order.kind !== 'open') continue;
    for (let left = order.connections; left > 0; left -= AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, open));
    }
    talk.report({ kind: 'opened' });
  }
};

function justConnect(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => resolve(socket));
    socket.on('error', reject);
    socket.resume();
  });
}

/** Resolves when the server's READY has come whole. */
function shakeHands(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0);
    const socket = connect({ host, port });
    socket.write(GREETING);
    socket.write(READY);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server hung up')));
    const hear = (chunk: Buffer): void => {
      heard = Buffer.concat([heard, chunk]);
      if (heard.length < GREETING.length + 2) return;
      if (heard[GREETING.length] !== COMMAND) reject(new Error('the server did not answer with a command'));
      if (heard.length < GREETING.length + 2 + (heard[GREETING.length + 1] ?? 0)) return;
      socket.off('data', hear);
      socket.resume();
      resolve(socket);
    };
    socket.on('data', hear);
  });
}
