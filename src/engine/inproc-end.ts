/**
 * Two sockets of one context, joined by two pipes. Each of them sees its end as a peer; there is nothing in between.
 *
 *      connecting socket ── outbound ═════ inbound ──▶ bound socket
 *      connecting socket ◀── inbound ═════ outbound ── bound socket
 *
 *                attach            join              part
 *      connecting ──┬───────────────┬─────────────────┬──      until somebody has bound the name, messages wait
 *      bound                        └─────────────────┴──
 *
 * When one end goes, the other can still read what was written; it does not come back when the name is bound again.
 */
import { IncompatiblePeerError, type ProtocolError, type ZmtpError } from '../errors.ts';
import type { Peer } from '../pipe.ts';
import type { SocketType } from '../zmtp/socket-type.ts';
import type { Clock } from './clock.ts';
import { Deferred } from './deferred.ts';
import { InprocPipe } from './inproc-pipe.ts';
import type { Ending, PeerHost } from './link.ts';
import type { HighWaterMarks } from './live-peer.ts';
import type { ConnectionNames, Monitor, PeerNames } from './monitor.ts';

/** There is no greeting to tell one: both ends are this library. */
const VERSION = '3.1';

/** A socket, as its ends and those that face them need it. */
export interface InprocSocket {
  readonly type: SocketType;
  /** What it is called by its peers; empty when it leaves that to them. */
  readonly routingId: Uint8Array;
  /** Those of the moment. */
  readonly marks: HighWaterMarks;
  readonly host: PeerHost;
  readonly monitor: Monitor;
  readonly clock: Clock;
  /** A number that names one connection or peer of the context. */
  readonly nextId: () => number;
  /** The same octets, not copied, in the form in which parts are received. */
  readonly asPart: (part: Uint8Array) => Uint8Array;
}

/** What an end is made of. */
export interface InprocEndMake {
  readonly socket: InprocSocket;
  /** As the application gave it: `inproc://name`. */
  readonly endpoint: string;
  /** The end whose pipes it shares; none: it connects, and has pipes of its own. */
  readonly facing?: InprocEnd;
  /** What the peer is called here whatever it calls itself. ZMQ_CONNECT_ROUTING_ID. */
  readonly routingId?: Uint8Array | undefined;
  /** Told when nothing will come of it any more. */
  readonly over: (end: InprocEnd) => void;
}

/** What one socket has of two that are joined, or of a connection that waits for its name to be bound. */
export class InprocEnd implements Peer, Ending {
  readonly id: number;
  readonly inbound: InprocPipe;
  readonly outbound: InprocPipe;
  routingId: Uint8Array;
  readonly #make: InprocEndMake;
  #other: InprocEnd | undefined;
  #attached = false;
  #joined = false; // now or before
  #closing: Deferred<number> | undefined;

  constructor(make: InprocEndMake) {
    const { socket, facing } = make;
    this.#make = make;
    this.id = socket.nextId();
    this.inbound = facing?.outbound ?? new InprocPipe(0, socket.clock, socket.asPart);
    this.outbound = facing?.inbound ?? new InprocPipe(socket.marks.send, socket.clock, socket.asPart);
    this.routingId = make.routingId ?? new Uint8Array(0);
  }

  get type(): SocketType {
    return this.#make.socket.type;
  }

  get endpoint(): string {
    return this.#make.endpoint;
  }

  get #names(): ConnectionNames {
    const { endpoint } = this;
    return { address: endpoint, connectionId: this.id, remoteAddress: endpoint };
  }

  /** The socket may send, whether anybody is there or not. */
  attach(): void {
    this.#attached = true;
    this.#make.socket.host.attach(this);
  }

  /** Joins an end that connects to the one that faces it. */
  static join(connecting: InprocEnd, bound: InprocEnd): void {
    connecting.#other = bound;
    bound.#other = connecting;
    connecting.#joined = bound.#joined = true;
    bound.applyMarks();
    connecting.#greet('connect', bound);
    const { outbound } = connecting;
    outbound.hide(); // a pattern hears nothing of a peer before that is connected
    bound.attach();
    bound.#greet('accept', connecting);
    outbound.show();
    if (connecting.#closing !== undefined) {
      connecting.#part(undefined); // it has only waited for somebody to take what it had sent
      connecting.#closing.resolve(0);
    }
  }

  /** The name belongs to a socket that this one may not talk to. */
  fail(error: IncompatiblePeerError): void {
    if (this.#attached) this.#make.socket.monitor({ type: 'connect:stop', address: this.#make.endpoint, error });
    this.#detach();
    if (this.#closing !== undefined) this.abort();
  }

  /** Whoever has changed them: a pipe holds what both of its sockets allow together. */
  applyMarks(): void {
    const { marks } = this.#make.socket;
    if (this.#other === undefined) {
      this.outbound.highWaterMark = marks.send;
      return;
    }
    const others = this.#other.#make.socket.marks;
    this.outbound.highWaterMark = together(marks.send, others.receive);
    this.inbound.highWaterMark = together(others.send, marks.receive);
  }

  refuse(error: ProtocolError): void {
    this.#make.socket.clock.defer(() => {
      this.#part(error); // a pattern has called, in the midst of something
    });
  }

  /** What was written belongs to the reader. What waits for a name waits for as long as linger says, or is left there. */
  close(lingerMs: number): Promise<number> {
    if (this.#closing !== undefined) return this.#closing.promise;
    const closing = (this.#closing = new Deferred<number>());
    const waiting = this.#attached && !this.#joined && this.outbound.size > 0;
    this.#detach();
    this.#part(undefined);
    if (!waiting) this.abort();
    else if (lingerMs === -1) closing.resolve(0); // it may take for ever, and nobody shall wait for that
    return closing.promise;
  }

  abort(): void {
    void this.close(0);
    this.#make.over(this);
    this.#closing?.resolve(this.#joined ? 0 : this.outbound.clear());
  }

  #greet(how: 'connect' | 'accept', other: InprocEnd): void {
    const { host, monitor, asPart } = this.#make.socket;
    const { type: socketType, routingId } = other.#make.socket;
    const announced = asPart(Uint8Array.from(routingId));
    this.routingId = this.#make.routingId ?? announced;
    if (!this.#attached) return; // closed, and only sends what it had to say
    const peer: PeerNames = { version: VERSION, socketType, routingId: announced };
    monitor({ type: how, ...this.#names });
    monitor({ type: 'handshake', ...this.#names, peer });
    host.connected(this);
  }

  /** Both ends are over. */
  #part(error: ZmtpError | undefined): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#other = other.#other = undefined;
    for (const end of [this, other]) end.#finish(error);
    for (const pipe of [this.inbound, this.outbound]) pipe.onReadable = pipe.onRoom = ignore;
    for (const end of [this, other]) if (end.#closing !== undefined) end.inbound.clear();
  }

  #finish(error: ZmtpError | undefined): void {
    const { endpoint, facing, over, socket } = this.#make;
    if (this.#attached) {
      socket.host.disconnected(this);
      socket.monitor({ type: 'disconnect', ...this.#names, error });
      if (facing === undefined && error !== undefined)
        socket.monitor({ type: 'connect:stop', address: endpoint, error });
    }
    this.#detach();
    over(this);
  }

  #detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#make.socket.host.detach(this);
  }
}

/** libzmq: 0 on either side means no limit. */
function together(send: number, receive: number): number {
  return send === 0 || receive === 0 ? 0 : send + receive;
}

function ignore(): void {
  // who has gone is not told
}
