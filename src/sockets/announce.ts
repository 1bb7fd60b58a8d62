/**
 * What happens to all sockets of the process, for whoever watches from outside: channels of `node:diagnostics_channel`,
 * and lines on stderr with `NODE_DEBUG=zmtp`. Neither is ever told what a message holds.
 *
 *      zmtp:socket       open, end                                        zmtp:handshake    handshake
 *      zmtp:endpoint     bind, connect:delay, connect:retry,              zmtp:disconnect   disconnect
 *                        connect:stop, close                              zmtp:error        …:error, handshake:error:*
 *      zmtp:connection   connect, accept
 */
import { channel, type Channel } from 'node:diagnostics_channel';
import { debuglog } from 'node:util';
import type { Clock } from '../engine/clock.ts';
import type { MonitorEvent } from '../engine/monitor.ts';
import type { AnySocketType } from './link-settings.ts';

/** What can happen to a socket: its monitor events, and before them that it was made. */
export type SocketEvent = MonitorEvent | { readonly type: 'open' };

/** What the channels `zmtp:…` carry. */
export interface Announcement {
  /** In no other socket's announcements of the same context. */
  readonly socketId: number;
  readonly socketType: AnySocketType;
  readonly event: SocketEvent;
}

const log = debuglog('zmtp');

const socket = channel('zmtp:socket');
const endpoint = channel('zmtp:endpoint');
const connection = channel('zmtp:connection');
const handshake = channel('zmtp:handshake');
const disconnect = channel('zmtp:disconnect');
const error = channel('zmtp:error');

const CHANNELS: Readonly<Record<SocketEvent['type'], Channel>> = {
  open: socket,
  end: socket,
  bind: endpoint,
  'connect:delay': endpoint,
  'connect:retry': endpoint,
  'connect:stop': endpoint,
  close: endpoint,
  connect: connection,
  accept: connection,
  handshake,
  disconnect,
  'bind:error': error,
  'accept:error': error,
  'close:error': error,
  'handshake:error:other': error,
  'handshake:error:protocol': error,
  'handshake:error:auth': error,
};

/** Tells whoever is there; subscribers not from within, since they may do anything to the socket. */
export function announce(id: number, type: AnySocketType, event: SocketEvent, clock: Clock): void {
  if (log.enabled) log('%s', `${type} ${String(id)} ${describe(event)}`);
  const to = CHANNELS[event.type];
  if (!to.hasSubscribers) return;
  clock.defer(() => {
    to.publish({ socketId: id, socketType: type, event } satisfies Announcement);
  });
}

function describe(event: SocketEvent): string {
  const words: string[] = [event.type];
  if ('address' in event) words.push(event.address);
  if ('connectionId' in event && event.connectionId !== undefined)
    words.push(`connection ${String(event.connectionId)}`);
  if ('remoteAddress' in event && event.remoteAddress !== undefined) words.push(`peer ${event.remoteAddress}`);
  if ('interval' in event) words.push(`in ${String(event.interval)} ms`);
  if ('error' in event && event.error !== undefined) words.push(event.error.code);
  return words.join(' ');
}
