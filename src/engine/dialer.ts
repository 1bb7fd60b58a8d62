/**
 * Keeps one endpoint connected. The peer and its pipes outlive every single connection: what is sent while nobody is
 * there waits, and leaves with the next connection.
 *
 *      dial ──▶ connected ──▶ handshake ──▶ traffic
 *        ▲          │             │            │
 *        └── delay ◀┴─────────────┴────────────┘        until closed, or refused for good
 */
import { AuthenticationError, ProtocolError, type ZmtpError } from '../errors.ts';
import { Pipe } from '../pipe.ts';
import type { Dial, Duplex } from '../transports/transport.ts';
import type { PeerProfile } from '../zmtp/events.ts';
import type { Timer } from './clock.ts';
import type { Backoff } from './backoff.ts';
import { Deferred } from './deferred.ts';
import { Engine, type EngineHost, type EnginePipes } from './engine.ts';
import { namesOf, peerNames, reportEnd, toZmtpError, type Link, type LinkOptions } from './link.ts';
import { LivePeer } from './live-peer.ts';

/** RFC 27: 300 asks to try again later; every other refusal stands (RFC 37 "Error Handling"). */
const TEMPORARY = 300;

/** One endpoint that was connected to. */
export class Dialer implements Link, EngineHost {
  readonly #options: LinkOptions;
  readonly #backoff: Backoff;
  readonly #peer: LivePeer;
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
    this.#peer = new LivePeer(options.nextId(), options.marks);
    if (options.routingId !== undefined) this.#peer.routingId = options.routingId;
  }

  get over(): boolean {
    return this.#over;
  }

  get peers(): Iterable<LivePeer> {
    return [this.#peer];
  }

  /** Attaches the peer and makes the first attempt. */
  start(): void {
    this.#attached = true;
    this.#options.host.attach(this.#peer);
    this.#attempt();
  }

  close(): Promise<number> {
    if (this.#closing !== undefined) return this.#closing.promise;
    this.#closing = new Deferred();
    this.#detach();
    this.#peer.inbound.clear();
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
    this.#dropped += this.#peer.outbound.clear();
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
        monitor({ type: 'close', address: endpoint });
        this.#tryAgain(toZmtpError(cause, endpoint));
      },
    });
  }

  #run(duplex: Duplex): void {
    const { clock, createConnection, endpoint, monitor, nextId } = this.#options;
    const engine = new Engine({ connection: createConnection(clock.now()), duplex, clock, host: this, id: nextId() });
    this.#engine = engine;
    this.#peer.engine = engine;
    // messages that wait for this very handshake: the process must not end before they have left
    const { outbound } = this.#peer;
    outbound.onReadable = () => (this.#release ??= clock.keepAlive());
    if (outbound.size > 0) outbound.onReadable();
    monitor({ type: 'connect', ...namesOf(engine, endpoint) });
    engine.start();
  }

  #tryAgain(error: ZmtpError): void {
    const { clock, endpoint, monitor } = this.#options;
    const refused = error instanceof ProtocolError && error.code !== 'ERR_ZMTP_PEER_SILENT';
    const final = error instanceof AuthenticationError && error.status !== TEMPORARY;
    const interval = final ? undefined : this.#backoff.next(refused ? 'refused' : 'unreachable');
    if (interval === undefined) {
      this.#giveUp(error);
      return;
    }
    monitor({ type: 'connect:retry', address: endpoint, interval, error });
    this.#retry = clock.setTimer(interval, () => {
      this.#attempt();
    });
  }

  #giveUp(error: ZmtpError): void {
    this.#over = true;
    this.#options.monitor({ type: 'connect:stop', address: this.#options.endpoint, error });
    this.#detach();
    if (this.#closing !== undefined) this.abort();
  }

  #detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#options.host.detach(this.#peer);
  }

  // the engine tells

  handshaken(engine: Engine, profile: PeerProfile): EnginePipes {
    const { clock, endpoint, host, monitor } = this.#options;
    this.#letProcessGo();
    this.#backoff.reset();
    this.#peer.routingId = this.#options.routingId ?? profile.routingId;
    monitor({ type: 'handshake', ...namesOf(engine, endpoint), peer: peerNames(profile) });
    if (this.#attached) {
      host.connected(this.#peer);
      return this.#peer;
    }
    clock.defer(() => {
      engine.finish();
    });
    return { outbound: this.#peer.outbound, inbound: new Pipe(1) }; // what still comes in is for nobody
  }

  disconnected(engine: Engine, error: ZmtpError | undefined): void {
    const { endpoint, host, monitor } = this.#options;
    this.#letProcessGo();
    if (this.#closing === undefined) reportEnd(engine, endpoint, error, monitor);
    else this.#dropped += engine.lost;
    if (this.#attached && engine.established) host.disconnected(this.#peer);
  }

  finished(engine: Engine): void {
    this.#engine = this.#peer.engine = undefined;
    if (this.#attached && engine.established) this.#options.host.lastHeard?.(this.#peer);
    const closing = this.#closing !== undefined;
    if (this.#over || (closing && this.#peer.outbound.size === 0)) {
      this.#over = true;
      this.#closing?.resolve(this.#dropped);
      return;
    }
    this.#tryAgain(engine.error ?? new ProtocolError('ERR_ZMTP_HANDSHAKE_CLOSED', 'the peer closed the connection'));
  }

  #letProcessGo(): void {
    this.#peer.outbound.onReadable = ignore;
    this.#release?.();
    this.#release = undefined;
  }
}

function ignore(): void {
  // without a connection a message is no reason to stay
}
