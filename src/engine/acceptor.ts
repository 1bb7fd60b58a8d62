/**
 * Keeps accepting on one endpoint. Each accepted connection is a peer of its own, from its handshake until its stream
 * ends: what is queued for it then is lost, what it sent can still be received.
 *
 * Who has not shaken hands costs memory and may never do so. There are at most `maxHandshakes` of them: a newcomer takes the
 * place of the oldest, if that has had a second, and is turned away otherwise. So neither can a crowd of the silent keep
 * others out, nor can a crowd of the hasty push out who is just shaking hands.
 */
import { ProtocolError, type ZmtpError } from '../errors.ts';
import type { Duplex, Listener } from '../transports/transport.ts';
import type { PeerProfile } from '../zmtp/events.ts';
import { Deferred } from './deferred.ts';
import { Traffic } from './counters.ts';
import { Engine, type EngineHost, type EnginePipes } from './engine.ts';
import { failedHandshake, namesOf, peerNames, reportEnd, toZmtpError, type Link, type LinkOptions } from './link.ts';
import { LivePeer } from './live-peer.ts';
import { stateOf, type PeerPhase, type PeerState } from './peer-state.ts';
import { senderOf } from './sender.ts';

/** What everybody gets for a handshake, however many come. */
const HANDSHAKE_LEAST_MS = 1000;

/** One endpoint that was bound. */
export class Acceptor implements Link, EngineHost {
  readonly over = false;
  readonly #options: LinkOptions;
  readonly #engines = new Map<Engine, LivePeer | undefined>(); // undefined until the handshake is done
  readonly #shaking = new Map<Engine, number>(); // since when; oldest first
  #listener: Listener | undefined;
  #closing: Deferred<number> | undefined;
  #released = false; // the system has let go of the listener
  #dropped = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get peers(): Iterable<LivePeer> {
    return [...this.#engines.values()].filter(peer => peer !== undefined);
  }

  states(): PeerState[] {
    const place = { address: this.endpoint, direction: 'bound' } as const;
    return [...this.#engines].map(([engine, peer = this.#peerOf(engine)]) =>
      stateOf(peer, { ...place, state: this.#phaseOf(engine) }),
    );
  }

  /** The endpoint really bound. */
  get endpoint(): string {
    return this.#listener?.endpoint ?? this.#options.endpoint;
  }

  /**
   * Begins to listen.
   * @throws TransportError (as a rejection) with the system's code
   */
  async start(): Promise<void> {
    const { address, endpoint, monitor, transport, transportOptions } = this.#options;
    try {
      this.#listener = await transport.bind(address, transportOptions, {
        accepted: duplex => {
          this.#run(duplex);
        },
        failed: cause => {
          monitor({ type: 'accept:error', address: this.endpoint, error: toZmtpError(cause, this.endpoint) });
        },
      });
    } catch (cause) {
      const error = cause instanceof Error ? toZmtpError(cause, endpoint) : cause;
      if (error instanceof Error)
        monitor({ type: 'bind:error', address: endpoint, error: toZmtpError(error, endpoint) });
      throw error;
    }
    monitor({ type: 'bind', address: this.endpoint });
  }

  close(): Promise<number> {
    if (this.#closing !== undefined) return this.#closing.promise;
    const closing = (this.#closing = new Deferred());
    void this.#release();
    for (const [engine, peer] of [...this.#engines]) {
      if (peer !== undefined) this.#options.host.detach(peer);
      this.#options.counters.drops.unread += peer?.inbound.clear() ?? 0;
      engine.finish();
    }
    return closing.promise;
  }

  abort(): void {
    void this.close();
    for (const [engine, peer] of [...this.#engines]) {
      this.#dropLate(peer?.outbound.clear() ?? 0);
      engine.destroy();
    }
  }

  async #release(): Promise<void> {
    const listener = this.#listener;
    if (listener !== undefined) {
      const released = listener.close();
      this.#options.monitor({ type: 'close', address: listener.endpoint, error: undefined });
      await released;
    }
    this.#released = true;
    this.#conclude();
  }

  #run(duplex: Duplex): void {
    const { clock, counters, createConnection, gatekeeper, monitor, nextId, notices } = this.#options;
    if (this.#closing !== undefined) {
      duplex.destroy();
      return;
    }
    if (!this.#makeRoom()) {
      this.#turnAway(duplex);
      return;
    }
    const engine = new Engine({
      connection: createConnection(clock.now()),
      duplex,
      clock,
      host: this,
      id: nextId(),
      gatekeeper,
      firstWords: notices.firstWords,
      traffic: new Traffic(counters.traffic),
    });
    this.#engines.set(engine, undefined);
    this.#shaking.set(engine, clock.now());
    monitor({ type: 'accept', ...namesOf(engine, this.endpoint) });
    engine.start();
  }

  /** For one more handshake. The oldest comes first, so no other needs a look. */
  #makeRoom(): boolean {
    const { clock, maxHandshakes } = this.#options;
    if (this.#shaking.size < maxHandshakes) return true;
    for (const [oldest, since] of this.#shaking) {
      if (clock.now() - since < HANDSHAKE_LEAST_MS) return false;
      this.#shaking.delete(oldest);
      oldest.fail(this.#tooMany('a newcomer has taken its place'));
      return true;
    }
    return false;
  }

  #turnAway(duplex: Duplex): void {
    const { counters, monitor, nextId } = this.#options;
    const names = { address: this.endpoint, connectionId: nextId(), remoteAddress: duplex.remoteAddress };
    const error = this.#tooMany('it is turned away');
    duplex.destroy();
    counters.handshakeFailed(error.code);
    monitor({ type: 'accept', ...names });
    monitor(failedHandshake(names, error));
    monitor({ type: 'disconnect', ...names, error });
  }

  #tooMany(outcome: string): ProtocolError {
    const limit = String(this.#options.maxHandshakes);
    return new ProtocolError('ERR_ZMTP_TOO_MANY_HANDSHAKES', `more than ${limit} handshakes at a time: ${outcome}`);
  }

  // the engines tell

  handshaken(engine: Engine, profile: PeerProfile): EnginePipes {
    this.#shaking.delete(engine);
    const { counters, host, monitor, notices } = this.#options;
    const names = namesOf(engine, this.endpoint);
    const peer = this.#peerOf(engine);
    peer.routingId = profile.routingId;
    peer.meet(senderOf(names, profile));
    counters.connected(peer.connections);
    this.#engines.set(engine, peer);
    monitor({ type: 'handshake', ...names, peer: peerNames(profile) });
    host.attach(peer);
    host.connected(peer);
    peer.arrived(notices);
    return peer;
  }

  disconnected(engine: Engine, error: ZmtpError | undefined): void {
    this.#shaking.delete(engine);
    const peer = this.#engines.get(engine);
    if (this.#closing !== undefined) {
      this.#dropLate(engine.lost + (peer?.outbound.clear() ?? 0));
      return;
    }
    const { counters, host } = this.#options;
    counters.drops.disconnected += engine.lost;
    if (peer !== undefined) {
      host.disconnected(peer);
      host.detach(peer);
      counters.drops.disconnected += peer.outbound.clear(); // only now: room in this pipe must attract nobody
    }
    reportEnd(engine, this.endpoint, error, this.#options);
  }

  finished(engine: Engine): void {
    const peer = this.#engines.get(engine);
    if (this.#closing === undefined) peer?.departed(this.#options.notices);
    if (peer !== undefined) peer.engine = undefined; // messages of it may wait long
    this.#engines.delete(engine);
    if (peer !== undefined && this.#closing === undefined) this.#options.host.lastHeard?.(peer);
    this.#conclude();
  }

  #peerOf(engine: Engine): LivePeer {
    const { conflation, marks } = this.#options;
    const peer = new LivePeer(engine.id, { marks, conflation, traffic: engine.traffic });
    peer.engine = engine;
    return peer;
  }

  #phaseOf(engine: Engine): PeerPhase {
    if (this.#closing !== undefined || engine.leaving) return 'closing';
    return engine.established ? 'connected' : 'handshake';
  }

  #dropLate(messages: number): void {
    this.#dropped += messages;
    this.#options.counters.drops.linger += messages;
  }

  #conclude(): void {
    if (this.#released && this.#engines.size === 0) this.#closing?.resolve(this.#dropped);
  }
}
