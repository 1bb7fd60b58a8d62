/**
 * One port for datagrams, as the one peer that there is behind it, however many send to it or hear from it.
 *
 *      outbound ──▶ form.encode ──▶ port.send        stops while the system is congested
 *      inbound ◀── form.decode ◀── port              drops and counts what comes while the pipe is full: nobody is held back
 *
 *                 attach       connected                                detach
 *      connect ─────┬─────────────┬──── … ─────────────────────────────────┬──▶    names are resolved in between, again
 *      bind    ───── (port open) ─┴ both at once                           │       and again if they must; then for good
 *      immediate ─── (port open) ─┴ both at once                           │
 *
 * There is no handshake, so nobody can be turned away or found to have gone: the peer is there as long as the port. Events
 * (libzmq has none): `bind` or `bind:error`, then `close`; `connect:delay`, then `connect`, or `close` with `connect:retry`
 * where a name has no address, or `connect:stop`. `accept:error` tells of a datagram that the system could not receive.
 *
 * Counted: `highWaterMark` for what found no room on either side, `unexpected` for datagrams that are no message, or are
 * larger than `maxMessageSize`, `noRoute` for those the system refused to send.
 */
import { UsageError, type ProtocolError, type ZmtpError } from '../errors.ts';
import type { Message, Sender } from '../message.ts';
import { Pipe, type Peer } from '../pipe.ts';
import type {
  DatagramEnd,
  DatagramOptions,
  DatagramPort,
  DatagramSink,
  DatagramTransport,
} from '../transports/datagram.ts';
import type { Backoff } from './backoff.ts';
import type { Timer } from './clock.ts';
import { Traffic } from './counters.ts';
import type { DatagramForm } from './datagram-forms.ts';
import { Deferred } from './deferred.ts';
import { toZmtpError, type Link, type LinkOptions } from './link.ts';
import type { HighWaterMarks } from './live-peer.ts';
import { stateOf, type PeerPhase, type PeerState } from './peer-state.ts';

/** What one endpoint for datagrams works with. */
export interface DatagramLinkOptions extends Pick<
  LinkOptions,
  'endpoint' | 'address' | 'clock' | 'monitor' | 'host' | 'marks' | 'immediate' | 'nextId' | 'counters'
> {
  readonly transport: DatagramTransport;
  readonly transportOptions: DatagramOptions;
  readonly form: DatagramForm;
  /** Octets a message with all its parts may have that comes in; -1 for any. ZMQ_MAXMSGSIZE. */
  readonly maxMessageBytes: number;
  /** When to look a name up again. */
  readonly backoff: Backoff;
}

/** What may be sent before the event loop must have gone round, so that timers and others get their turn. */
const TURN_BYTES = 512 * 1024;
/** What a datagram costs besides its octets: a call of the system. */
const DATAGRAM_BYTES = 1024;

/** One endpoint that was bound or connected. */
export class DatagramLink implements Link, Peer, DatagramSink {
  readonly id: number;
  readonly inbound: Pipe;
  readonly outbound: Pipe;
  readonly traffic: Traffic;
  readonly routingId: Uint8Array = new Uint8Array(0);
  readonly unfiltered = true;
  readonly connections = 0; // there are no handshakes
  readonly latest: Sender | undefined = undefined;
  readonly #options: DatagramLinkOptions;
  readonly #use: 'bind' | 'connect';
  #port: DatagramPort | undefined;
  #retry: Timer | undefined;
  #attached = false;
  #over = false; // no further attempt, or all is done
  #closing: Deferred<number> | undefined;
  #congested = false;
  #scheduled = false;
  #yielding = false;
  #budget = TURN_BYTES; // filled up again when the event loop has gone round
  #release: (() => void) | undefined; // of the process, which stays for unsent messages

  constructor(options: DatagramLinkOptions, use: 'bind' | 'connect') {
    const { counters, marks, nextId } = options;
    this.#options = options;
    this.#use = use;
    this.id = nextId();
    this.inbound = new Pipe(marks.receive);
    this.outbound = new Pipe(marks.send);
    this.traffic = new Traffic(counters.traffic);
  }

  get over(): boolean {
    return this.#over;
  }

  get peers(): Iterable<DatagramLink> {
    return [this];
  }

  /** The endpoint really bound. */
  get endpoint(): string {
    return this.#use === 'bind' && this.#port !== undefined ? this.#port.endpoint : this.#options.endpoint;
  }

  /** A port that is connected has somebody at its other end, as far as can be known. */
  get engine(): { readonly id: number; readonly remoteAddress: string } | undefined {
    if (this.#use === 'bind' || this.#port === undefined) return undefined;
    return { id: this.id, remoteAddress: this.#port.endpoint };
  }

  states(): PeerState[] {
    const direction = this.#use === 'bind' ? 'bound' : 'connected';
    return [stateOf(this, { address: this.endpoint, direction, state: this.#phase })];
  }

  /**
   * Opens the port to listen.
   * @throws TransportError (as a rejection) with the system's code; UsageError EINVAL
   */
  async start(): Promise<void> {
    const { address, endpoint, monitor, transport, transportOptions } = this.#options;
    try {
      this.#port = await transport.open(address, 'bind', transportOptions, this);
    } catch (cause) {
      const error = toError(cause, endpoint);
      monitor({ type: 'bind:error', address: endpoint, error });
      throw error;
    }
    monitor({ type: 'bind', address: this.endpoint });
    this.#begin();
  }

  /** Opens a port to send from, as soon as it is known where to. */
  connect(): void {
    if (!this.#options.immediate) this.#attach();
    this.#attempt();
  }

  apply(marks: HighWaterMarks): void {
    this.inbound.highWaterMark = marks.receive;
    this.outbound.highWaterMark = marks.send;
  }

  check(message: Message): void {
    this.#options.form.check(message);
  }

  /** There is no connection that could end for it. */
  refuse(_error: ProtocolError): void {
    // what was received was dropped by whoever refuses it
  }

  leave(): void {
    this.#options.clock.defer(() => {
      void this.close(); // a pattern has called, in the midst of something
    });
  }

  /** What the system has not taken is sent first, for as long as linger allows. */
  close(): Promise<number> {
    if (this.#closing !== undefined) return this.#closing.promise;
    const closing = (this.#closing = new Deferred<number>());
    this.#detach();
    this.#options.counters.drops.unread += this.inbound.clear();
    if (this.#port !== undefined) this.#pump();
    else if (this.#over || this.outbound.size === 0) this.abort();
    return closing.promise;
  }

  abort(): void {
    void this.close();
    this.#retry?.cancel();
    this.#retry = undefined;
    const dropped = this.outbound.clear() + (this.#port?.unsent ?? 0);
    this.#options.counters.drops.linger += dropped;
    this.#finish(dropped);
  }

  // the port tells

  received(octets: Uint8Array, from: DatagramEnd): void {
    this.traffic.receivedBytes(octets.length);
    if (!this.#attached) return;
    const { counters, form, maxMessageBytes } = this.#options;
    const message = form.decode(octets, from);
    if (message === undefined || (maxMessageBytes >= 0 && octets.length > maxMessageBytes)) {
      this.traffic.discardedMessages(1);
    } else if (this.inbound.hasRoom) {
      this.traffic.receivedMessages(1); // first: it may be received, and asked about, in this very turn
      this.inbound.write(message);
    } else {
      counters.drops.highWaterMark += 1;
    }
  }

  drained(): void {
    this.#congested = false;
    this.#pump();
  }

  lost(_cause: Error): void {
    this.#options.counters.drops.noRoute += 1;
  }

  failed(cause: Error): void {
    const { endpoint } = this;
    this.#options.monitor({ type: 'accept:error', address: endpoint, error: toZmtpError(cause, endpoint) });
  }

  // a port to send from

  #attempt(): void {
    const { address, endpoint, monitor, transport, transportOptions } = this.#options;
    this.#retry = undefined;
    monitor({ type: 'connect:delay', address: endpoint });
    transport.open(address, 'connect', transportOptions, this).then(
      port => {
        this.#opened(port);
      },
      (cause: unknown) => {
        this.#failed(toError(cause, endpoint));
      },
    );
  }

  #opened(port: DatagramPort): void {
    if (this.#over) {
      port.close();
      return;
    }
    const { endpoint, monitor } = this.#options;
    this.#port = port;
    monitor({ type: 'connect', address: endpoint, connectionId: this.id, remoteAddress: port.endpoint });
    this.#begin();
  }

  #failed(error: ZmtpError): void {
    if (this.#over) return;
    const { backoff, clock, endpoint: address, monitor } = this.#options;
    const lost = { address, connectionId: undefined, remoteAddress: undefined };
    monitor({ type: 'close', address, error });
    const interval = error instanceof UsageError ? undefined : backoff.next('unreachable');
    if (interval === undefined) {
      this.#over = true;
      monitor({ type: 'connect:stop', ...lost, error });
      this.#detach();
      if (this.#closing !== undefined) this.abort();
      return;
    }
    monitor({ type: 'connect:retry', ...lost, interval, error });
    this.#retry = clock.setTimer(interval, () => {
      this.#attempt();
    });
  }

  /** The port is open. */
  #begin(): void {
    this.outbound.onReadable = this.#schedule;
    if (this.#closing === undefined) {
      this.#attach();
      this.#options.host.connected(this);
    }
    this.#pump();
  }

  #attach(): void {
    if (this.#attached) return;
    this.#attached = true;
    this.#options.host.attach(this);
  }

  #detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#options.host.detach(this);
  }

  get #phase(): PeerPhase {
    if (this.#closing !== undefined) return 'closing';
    if (this.#port !== undefined) return 'connected';
    if (this.#over) return 'stopped';
    return this.#retry === undefined ? 'connecting' : 'waiting';
  }

  // sending

  #schedule = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.clock.defer(this.#scheduledPump);
  };

  #scheduledPump = (): void => {
    this.#scheduled = false;
    this.#pump();
  };

  /** Sends whatever can be sent. Runs after every input; one run too many does no harm. */
  #pump(): void {
    const port = this.#port;
    if (port === undefined || this.#over) return;
    const unsent = this.#moveOut(port) || port.unsent > 0;
    if (!unsent && this.#closing !== undefined) this.#finish(0);
    else if (unsent) this.#release ??= this.#options.clock.keepAlive();
    else this.#letProcessGo();
  }

  /** Whether messages are left that must wait. */
  #moveOut(port: DatagramPort): boolean {
    while (!this.#congested && this.outbound.size > 0) {
      if (this.#budget <= 0) {
        this.#yield();
        return true;
      }
      const message = this.outbound.read();
      const datagram = message && this.#options.form.encode(message, port.remote);
      if (datagram !== undefined) this.#send(port, datagram.octets, datagram.to);
    }
    return this.#congested;
  }

  #send(port: DatagramPort, octets: Uint8Array, to: DatagramEnd): void {
    this.traffic.sentMessages(1);
    this.traffic.sentBytes(octets.length);
    this.#budget -= octets.length + DATAGRAM_BYTES;
    this.#congested = !port.send(octets, to);
  }

  #yield(): void {
    if (this.#yielding) return;
    this.#yielding = true;
    this.#options.clock.yield(this.#nextTurn);
  }

  #nextTurn = (): void => {
    this.#yielding = false;
    this.#budget = TURN_BYTES;
    this.#pump();
  };

  #letProcessGo(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #finish(dropped: number): void {
    const { endpoint } = this;
    const closed = this.#port !== undefined;
    this.#over = true;
    this.outbound.onReadable = ignore;
    this.#letProcessGo();
    this.#port?.close();
    this.#port = undefined;
    if (closed && this.#use === 'bind') {
      this.#options.monitor({ type: 'close', address: endpoint, error: undefined });
    }
    this.#closing?.resolve(dropped);
  }
}

function toError(cause: unknown, endpoint: string): ZmtpError {
  return toZmtpError(cause instanceof Error ? cause : new Error(String(cause)), endpoint);
}

function ignore(): void {
  // nothing is sent any more
}
