/**
 * Keeps one endpoint connected. The peer and its pipes outlive every single connection: what is sent while nobody is
 * there waits, and leaves with the next connection.
 *
 *      dial ──▶ connected ──▶ handshake ──▶ traffic
 *        ▲          │             │            │
 *        └── delay ◀┴─────────────┴────────────┘        until closed, or refused for good
 *
 * With `immediate` nothing waits: there is a peer from each handshake to the end of that connection, as on the accepting
 * side, and a new one with the next.
 */
import { AuthenticationError, ProtocolError, type ZmtpError } from '../errors.ts';
import { Pipe } from '../pipe.ts';
import type { Dial, Duplex } from '../transports/transport.ts';
import type { PeerProfile } from '../zmtp/events.ts';
import type { Timer } from './clock.ts';
import type { Backoff } from './backoff.ts';
import { Deferred } from './deferred.ts';
import { Traffic } from './counters.ts';
import { Engine, type EngineHost, type EnginePipes } from './engine.ts';
import { namesOf, peerNames, reportEnd, toZmtpError, type Link, type LinkOptions } from './link.ts';
import { LivePeer } from './live-peer.ts';
import type { LostNames } from './monitor.ts';
import { stateOf, type PeerPhase, type PeerState } from './peer-state.ts';
import { senderOf } from './sender.ts';

/** RFC 27: 300 asks to try again later; every other refusal stands (RFC 37 "Error Handling"). */
const TEMPORARY = 300;

/** One endpoint that was connected to. */
export class Dialer implements Link, EngineHost {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  #peer: LivePeer;
  #dial: Dial | undefined;
  #retry: Timer | undefined;
  #engine: Engine | undefined;
  #attached = false;
  #over = false; // no further attempt
  #closing: Deferred<number> | undefined;
  #dropped = 0;
  #release: (() => void) | undefined;

  constructor(options: LinkOptions, backoff: Backoff) {
    this.#options = options;
    this.#backoff = backoff;
    this.#peer = this.#newPeer();
  }

  get over(): boolean {
    return this.#over;
  }

  get peers(): Iterable<LivePeer> {
    return [this.#peer];
  }

  states(): PeerState[] {
    return [stateOf(this.#peer, { address: this.#options.endpoint, direction: 'connected', state: this.#phase })];
  }

  /** Makes the first attempt. */
  start(): void {
    if (!this.#options.immediate) this.#attach();
    this.#attempt();
  }

  close(): Promise<number> {
    if (this.#closing !== undefined) return this.#closing.promise;
    this.#closing = new Deferred();
    this.#detach();
    this.#options.counters.drops.unread += this.#peer.inbound.clear();
    if (this.#engine !== undefined && (this.#engine.established || this.#peer.outbound.size === 0))
      this.#engine.finish();
    else if (this.#engine === undefined && (this.#over || this.#peer.outbound.size === 0)) this.abort();
    return this.#closing.promise;
  }

  abort(): void {
    void this.close();
    this.#over = true;
    this.#dial?.cancel();
    this.#retry?.cancel();
    this.#dial = this.#retry = undefined;
    this.#dropLate(this.#peer.outbound.clear());
    if (this.#engine === undefined) this.#closing?.resolve(this.#dropped);
    else this.#engine.destroy();
  }

  // attempts

  #attempt(): void {
    const { transport, address, transportOptions, endpoint, monitor } = this.#options;
    this.#retry = undefined;
    monitor({ type: 'connect:delay', address: endpoint });
    this.#dial = transport.connect(address, transportOptions, {
      connected: duplex => {
        this.#dial = undefined;
        this.#run(duplex);
      },
      failed: cause => {
        this.#dial = undefined;
        const error = toZmtpError(cause, endpoint);
        monitor({ type: 'close', address: endpoint, error });
        this.#tryAgain(error, undefined);
      },
    });
  }

  #run(duplex: Duplex): void {
    const { clock, createConnection, endpoint, gatekeeper, monitor, nextId, notices } = this.#options;
    const engine = new Engine({
      connection: createConnection(clock.now()),
      duplex,
      clock,
      host: this,
      id: nextId(),
      gatekeeper,
      firstWords: notices.firstWords,
      traffic: this.#peer.traffic,
    });
    this.#engine = engine;
    this.#peer.engine = engine;
    // messages that wait for this very handshake: the process must not end before they have left
    const { outbound } = this.#peer;
    outbound.onReadable = () => (this.#release ??= clock.keepAlive());
    if (outbound.size > 0) outbound.onReadable();
    monitor({ type: 'connect', ...namesOf(engine, endpoint) });
    engine.start();
  }

  /** @param lost - the connection that has ended, where there was one */
  #tryAgain(error: ZmtpError, lost: Engine | undefined): void {
    const { clock, endpoint, monitor } = this.#options;
    const refused = error instanceof ProtocolError && error.code !== 'ERR_ZMTP_PEER_SILENT';
    const final =
      error instanceof AuthenticationError && error.code === 'ERR_ZMTP_REFUSED_BY_PEER' && error.status !== TEMPORARY;
    const interval =
      final || this.#isStop(error, lost) ? undefined : this.#backoff.next(refused ? 'refused' : 'unreachable');
    if (interval === undefined) {
      this.#giveUp(error, lost);
      return;
    }
    monitor({ type: 'connect:retry', ...lostNames(lost, endpoint), interval, error });
    this.#retry = clock.setTimer(interval, () => {
      this.#attempt();
    });
  }

  /** Whether the options say that this ends the attempts. */
  #isStop({ code }: ZmtpError, lost: Engine | undefined): boolean {
    const { reconnectStop = [] } = this.#options;
    if (lost === undefined) return code === 'ECONNREFUSED' && reconnectStop.includes('refused');
    return !lost.established && reconnectStop.includes('handshakeFailed');
  }

  #giveUp(error: ZmtpError, lost: Engine | undefined): void {
    this.#over = true;
    this.#options.monitor({ type: 'connect:stop', ...lostNames(lost, this.#options.endpoint), error });
    this.#detach();
    if (this.#closing !== undefined) this.abort();
  }

  #newPeer(): LivePeer {
    const { conflation, counters, marks, nextId, routingId } = this.#options;
    const peer = new LivePeer(nextId(), { marks, conflation, traffic: new Traffic(counters.traffic) });
    if (routingId !== undefined) peer.routingId = routingId;
    return peer;
  }

  #attach(): void {
    this.#attached = true;
    this.#options.host.attach(this.#peer);
  }

  #detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#options.host.detach(this.#peer);
  }

  #dropLate(messages: number): void {
    this.#dropped += messages;
    this.#options.counters.drops.linger += messages;
  }

  get #phase(): PeerPhase {
    if (this.#closing !== undefined) return 'closing';
    if (this.#engine !== undefined) {
      if (this.#engine.leaving) return 'closing';
      return this.#engine.established ? 'connected' : 'handshake';
    }
    if (this.#over) return 'stopped';
    return this.#retry === undefined ? 'connecting' : 'waiting';
  }

  // the engine tells

  handshaken(engine: Engine, profile: PeerProfile): EnginePipes {
    const { clock, counters, endpoint, host, monitor, notices } = this.#options;
    this.#letProcessGo();
    this.#backoff.reset();
    const names = namesOf(engine, endpoint);
    this.#peer.routingId = this.#options.routingId ?? profile.routingId;
    this.#peer.meet(senderOf(names, profile));
    counters.connected(this.#peer.connections);
    monitor({ type: 'handshake', ...names, peer: peerNames(profile) });
    if (this.#options.immediate) this.#attach(); // a closing one has nothing to send before a handshake, and is gone
    if (this.#attached) {
      host.connected(this.#peer);
      this.#peer.arrived(notices);
      return this.#peer;
    }
    const inbound = new Pipe(1); // what still comes in is for nobody
    clock.defer(() => {
      counters.drops.unread += inbound.clear();
      engine.finish();
    });
    return { outbound: this.#peer.outbound, inbound };
  }

  disconnected(engine: Engine, error: ZmtpError | undefined): void {
    const { counters, endpoint, host } = this.#options;
    this.#letProcessGo();
    if (this.#closing === undefined) {
      counters.drops.disconnected += engine.lost;
      reportEnd(engine, endpoint, error, this.#options);
    } else this.#dropLate(engine.lost);
    if (this.#attached && engine.established) host.disconnected(this.#peer);
    if (!this.#options.immediate) return;
    this.#detach();
    const lost = this.#peer.outbound.clear(); // only now: room in this pipe must attract nobody
    if (this.#closing === undefined) counters.drops.disconnected += lost;
    else this.#dropLate(lost);
  }

  finished(engine: Engine): void {
    this.#engine = this.#peer.engine = undefined;
    const closing = this.#closing !== undefined;
    if (!closing && engine.established) this.#options.host.lastHeard?.(this.#peer);
    if (this.#over || (closing && this.#peer.outbound.size === 0)) {
      this.#over = true;
      this.#closing?.resolve(this.#dropped);
      return;
    }
    if (!closing) this.#peer.departed(this.#options.notices);
    if (this.#options.immediate) this.#peer = this.#newPeer();
    const error = engine.error ?? new ProtocolError('ERR_ZMTP_HANDSHAKE_CLOSED', 'the peer closed the connection');
    this.#tryAgain(error, engine);
  }

  #letProcessGo(): void {
    this.#peer.outbound.onReadable = ignore;
    this.#release?.();
    this.#release = undefined;
  }
}

function lostNames(lost: Engine | undefined, address: string): LostNames {
  return { address, connectionId: lost?.id, remoteAddress: lost?.remoteAddress };
}

function ignore(): void {
  // without a connection a message is no reason to stay
}
