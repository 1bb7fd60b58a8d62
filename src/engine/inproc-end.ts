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
import type { Message, Sender } from '../message.ts';
import type { Peer } from '../pipe.ts';
import type { SocketType } from '../zmtp/socket-type.ts';
import type { PeerProfile } from '../zmtp/events.ts';
import type { Clock } from './clock.ts';
import { Traffic, type SocketCounters } from './counters.ts';
import { Deferred } from './deferred.ts';
import { InprocPipe } from './inproc-pipe.ts';
import { peerNames, type Ending, type PeerHost } from './link.ts';
import type { Conflation, HighWaterMarks, Notices } from './live-peer.ts';
import type { ConnectionNames, Monitor } from './monitor.ts';
import { stateOf, type PeerPhase, type PeerState } from './peer-state.ts';
import { senderOf } from './sender.ts';

/** A socket, as its ends and those that face them need it. */
export interface InprocSocket {
  readonly type: SocketType;
  /** What its peers are to know of it, as a handshake would have told them. */
  readonly profile: () => PeerProfile;
  /** Those of the moment. */
  readonly marks: HighWaterMarks;
  readonly conflation: () => Conflation;
  /** Whether a peer that is connected to exists only while somebody is there. ZMQ_IMMEDIATE. */
  readonly immediate: () => boolean;
  readonly notices: (use: 'bind' | 'connect') => Notices;
  readonly host: PeerHost;
  readonly counters: SocketCounters;
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
  readonly traffic: Traffic;
  /** Who is there, or was there. */
  latest: Sender | undefined;
  connections = 0;
  readonly #make: Omit<InprocEndMake, 'facing'>;
  readonly #direction: 'bound' | 'connected';
  readonly #notices: Notices;
  #welcome = true; // not refused
  #other: InprocEnd | undefined;
  #attached = false;
  #joined = false; // now or before
  #closing: Deferred<number> | undefined;

  constructor(make: InprocEndMake) {
    const { facing, ...kept } = make; // who is gone is not held by who is here
    const { socket } = kept;
    this.#make = kept;
    this.#direction = facing === undefined ? 'connected' : 'bound';
    this.id = socket.nextId();
    this.inbound = facing?.outbound ?? new InprocPipe(0, socket.clock, socket.asPart);
    this.outbound = facing?.inbound ?? new InprocPipe(socket.marks.send, socket.clock, socket.asPart);
    this.routingId = make.routingId ?? new Uint8Array(0);
    this.traffic = new Traffic(socket.counters.traffic);
    this.#notices = socket.notices(facing === undefined ? 'connect' : 'bind');
    if (facing === undefined) this.#conflate();
  }

  get type(): SocketType {
    return this.#make.socket.type;
  }

  get endpoint(): string {
    return this.#make.endpoint;
  }

  get sender(): Sender | undefined {
    return this.latest;
  }

  /** The pipes, which are all the connection there is. */
  get engine(): { readonly id: number; readonly remoteAddress: string } | undefined {
    return this.#other === undefined ? undefined : { id: this.id, remoteAddress: this.endpoint };
  }

  states(): PeerState[] {
    return [stateOf(this, { address: this.endpoint, direction: this.#direction, state: this.#phase })];
  }

  get #phase(): PeerPhase {
    if (this.#closing !== undefined) return 'closing';
    if (this.#other !== undefined) return 'connected';
    return this.#joined ? 'stopped' : 'waiting';
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
    connecting.#conflate();
    const { outbound } = connecting;
    outbound.hide(); // a pattern hears nothing of a peer before that is connected
    outbound.count(connecting.traffic, bound.traffic);
    bound.outbound.count(bound.traffic, connecting.traffic);
    connecting.#greet('connect', bound);
    for (const message of [...connecting.#arrival(), ...bound.#notices.firstWords()]) bound.outbound.write(message);
    bound.attach();
    bound.#greet('accept', connecting);
    outbound.show([...bound.#arrival(), ...connecting.#notices.firstWords()]);
    if (connecting.#closing !== undefined) {
      connecting.#part(undefined); // it has only waited for somebody to take what it had sent
      connecting.#closing.resolve(0);
    }
  }

  /** The name belongs to a socket that this one may not talk to. */
  fail(error: IncompatiblePeerError): void {
    if (this.#attached) this.#tellStop(error, undefined);
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
    this.#welcome = false;
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

  leave(): void {
    this.abort();
  }

  abort(): void {
    void this.close(0);
    this.#make.over(this);
    const { drops } = this.#make.socket.counters;
    const dropped = this.#joined ? 0 : this.outbound.clear();
    drops.linger += dropped;
    this.#closing?.resolve(dropped);
  }

  /** Either socket may want only the newest message. */
  #conflate(): void {
    const own = this.#make.socket.conflation();
    const other = this.#other === undefined ? NO_CONFLATION : this.#other.#make.socket.conflation();
    if (own.send || other.receive) this.outbound.conflate();
    if (own.receive || other.send) this.inbound.conflate();
  }

  #arrival(): readonly Message[] {
    return this.#attached && this.#welcome ? this.#notices.arrival() : [];
  }

  #tellStop(error: ZmtpError, connectionId: number | undefined): void {
    const { endpoint: address, socket } = this.#make;
    const remoteAddress = connectionId === undefined ? undefined : address;
    socket.monitor({ type: 'connect:stop', address, connectionId, remoteAddress, error });
  }

  #greet(how: 'connect' | 'accept', other: InprocEnd): void {
    const { counters, host, immediate, monitor } = this.#make.socket;
    const profile = other.#make.socket.profile();
    this.routingId = this.#make.routingId ?? profile.routingId;
    if (!this.#attached && this.#closing === undefined && immediate()) this.attach();
    if (!this.#attached) return; // closed, and only sends what it had to say
    this.latest = senderOf(this.#names, profile);
    this.connections = 1;
    counters.connected(this.connections);
    monitor({ type: how, ...this.#names });
    monitor({ type: 'handshake', ...this.#names, peer: peerNames(profile) });
    host.connected(this);
  }

  /** Both ends are over. */
  #part(error: ZmtpError | undefined): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#other = other.#other = undefined;
    for (const end of [this, other]) end.#finish(error);
    for (const pipe of [this.inbound, this.outbound]) pipe.onReadable = pipe.onRoom = pipe.onEmpty = ignore;
    for (const end of [this, other]) {
      if (end.#closing !== undefined) end.#make.socket.counters.drops.unread += end.inbound.clear();
    }
  }

  #finish(error: ZmtpError | undefined): void {
    const { over, socket } = this.#make;
    if (this.#attached) {
      socket.host.disconnected(this);
      socket.monitor({ type: 'disconnect', ...this.#names, error });
      if (this.#direction === 'connected' && error !== undefined) this.#tellStop(error, this.id);
      if (this.#welcome) for (const message of this.#notices.departure()) this.inbound.write(message);
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

const NO_CONFLATION: Conflation = { send: false, receive: false };

/** libzmq: 0 on either side means no limit. */
function together(send: number, receive: number): number {
  return send === 0 || receive === 0 ? 0 : send + receive;
}

function ignore(): void {
  // who has gone is not told
}
