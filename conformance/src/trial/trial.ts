/**
 * One run of one case: everything it opens, and how long it waits. What it opened is closed when it ends.
 *
 * A case opens a socket of the target's, meets it (dials it, or takes its call), and plays the peer. Cases run side by
 * side in one target process, each with sockets and, where it sets up ZAP, a context of its own.
 */
import { ready } from '../raw/command.ts';
import type { GreetingFields } from '../raw/greeting.ts';
import { ascii, freshName, same } from '../raw/octets.ts';
import { dial, RawListener } from '../raw/raw-listener.ts';
import { Unreached, type RawPeer } from '../raw/raw-peer.ts';
import { WireLog } from '../raw/wire-log.ts';
import { openSocket } from '../target/open-socket.ts';
import {
  fromText,
  toText,
  type Role,
  type SocketType,
  type TargetMessage,
  type TargetOptions,
  type ZapPlan,
} from '../target/protocol.ts';
import { Unsupported, type Target } from '../target/target-process.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { fateByPing, fateWithoutPing, type Fate } from './fate.ts';
import { PARTNER, WITH_IDENTITY } from './pairs.ts';

export interface TrialSetup {
  readonly process: Target;
  readonly role: Role;
  readonly type: SocketType;
  readonly stepMs: number;
  /** Unlike that of any other run in this process. */
  readonly name: string;
}

export interface OpenFields {
  readonly type?: SocketType;
  readonly role?: Role;
  /** Default: any port of the loopback, or a new listener of ours. */
  readonly endpoint?: string;
  /** Without it the socket joins the run's own context, and so its ZAP handler if it has one. */
  readonly context?: string;
}

/** How the raw peer introduces itself. */
export interface PeerFields extends GreetingFields {
  /** Default: the partner of the target's type. */
  readonly socketType?: SocketType;
  /** Default: random where the type announces one. */
  readonly identity?: Uint8Array;
  /** Further properties, as octets. */
  readonly others?: Uint8Array;
}

export class Trial {
  readonly role: Role;
  readonly type: SocketType;
  /** How long one step may take, in milliseconds. */
  readonly stepMs: number;
  readonly log: WireLog = new WireLog();
  readonly process: Target;
  readonly #name: string;
  readonly #sockets: TargetSocket[] = [];
  readonly #listeners = new Map<TargetSocket, RawListener>();
  readonly #loose: RawListener[] = [];
  readonly #peers: RawPeer[] = [];
  readonly #met = new WeakMap<RawPeer, TargetSocket>();
  readonly #zapContexts = new Set<string>();
  #opened = 0;
  #over = false;

  constructor({ process, role, type, stepMs, name }: TrialSetup) {
    this.process = process;
    this.role = role;
    this.type = type;
    this.stepMs = stepMs;
    this.#name = name;
  }

  /** What the target can do, as its adaptor says. */
  can(capability: string): boolean {
    return this.process.hello.capabilities.includes(capability);
  }

  /** Skips the case where the target cannot. */
  require(capability: string): void {
    if (!this.can(capability)) throw new Unsupported(capability);
  }

  /** A socket of the target's. With the role `connect` and no endpoint a listener of ours is there first. */
  async open(options: TargetOptions = {}, fields: OpenFields = {}): Promise<TargetSocket> {
    const { type = this.type, role = this.role, context = this.#name } = fields;
    this.#expectUnderWay();
    this.#opened += 1;
    const sid = `${this.#name}.${this.#opened}`;
    const listener = role === 'connect' && fields.endpoint === undefined ? await this.listen() : undefined;
    const endpoint = fields.endpoint ?? listener?.endpoint ?? 'tcp://127.0.0.1:*';
    const socket = await openSocket(this.process, { sid, type, role, endpoint, context, options, stepMs: this.stepMs });
    if (this.#over) await socket.close();
    this.#expectUnderWay();
    this.#sockets.push(socket);
    if (listener !== undefined) this.#listeners.set(socket, listener);
    return socket;
  }

  /** A listener that no socket knows of yet. */
  async listen(port = 0): Promise<RawListener> {
    const listener = await RawListener.open(this.stepMs, this.log, port);
    if (this.#over) listener.close();
    this.#expectUnderWay();
    this.#loose.push(listener);
    return listener;
  }

  /** The listener that `open` made for a connecting socket. */
  listenerOf(socket: TargetSocket): RawListener {
    const listener = this.#listeners.get(socket);
    if (listener === undefined) throw new Error('a socket that binds has no listener of ours');
    return listener;
  }

  /** A connection with the target's socket: dials it, or takes its next call. Nothing is written yet. */
  async meet(socket: TargetSocket): Promise<RawPeer> {
    const listener = this.#listeners.get(socket);
    this.#expectUnderWay();
    const peer =
      listener === undefined ? await dial(socket.endpoint, this.stepMs, this.log) : await listener.expectCall();
    this.#met.set(peer, socket);
    return this.keep(peer);
  }

  /** The peer is closed with the trial. For those that a case made itself. */
  keep(peer: RawPeer): RawPeer {
    if (this.#over) peer.destroy();
    this.#expectUnderWay();
    this.#peers.push(peer);
    return peer;
  }

  /** Meets it and goes through the NULL handshake, up to traffic. */
  async join(socket: TargetSocket, fields: PeerFields = {}): Promise<RawPeer> {
    const peer = await this.meet(socket);
    await this.introduce(peer, socket.type, fields);
    return peer;
  }

  /** The NULL handshake on a connection that has just begun; gives the properties of the target's READY. */
  async introduce(
    peer: RawPeer,
    targetType: SocketType,
    fields: PeerFields = {},
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    await peer.greet(fields);
    peer.write(ready(this.metadataOf(targetType, fields)), 'READY');
    return peer.expectReady();
  }

  /** Socket-Type and Identity as a sound peer of this target has them. */
  metadataOf(
    targetType: SocketType,
    fields: PeerFields = {},
  ): { socketType: string; identity?: Uint8Array; others?: Uint8Array } {
    const socketType = fields.socketType ?? PARTNER[targetType];
    const identity = fields.identity ?? (WITH_IDENTITY.has(socketType) ? freshIdentity() : undefined);
    return {
      socketType,
      ...(identity === undefined ? {} : { identity }),
      ...(fields.others === undefined ? {} : { others: fields.others }),
    };
  }

  /** What has become of a connection in traffic: it lives, or is dead to what it should answer, or has ended. */
  fate(peer: RawPeer, withinMs: number = this.stepMs): Promise<Fate> {
    if (peer.minor !== 0) return fateByPing(peer, withinMs);
    return fateWithoutPing(peer, this.process.application ? this.#met.get(peer) : undefined, withinMs);
  }

  /**
   * Whether these octets, once written, reach the application as this message. A message that differs is `altered`; the
   * sentinel behind shows that nothing came, without waiting for it.
   */
  async delivery(
    socket: TargetSocket,
    expected: readonly Uint8Array[],
    withinMs: number = this.stepMs,
  ): Promise<'delivered' | 'altered' | 'dropped'> {
    const message = await socket.receive(withinMs);
    if (message === undefined) return 'dropped';
    return holds(socket.type, message, expected) ? 'delivered' : 'altered';
  }

  /** Puts a ZAP handler into the context of this run's sockets; before they are opened. */
  async zap(plan: ZapPlan, context: string = this.#name): Promise<void> {
    this.require('zap-host');
    this.#zapContexts.add(context);
    await this.process.ask({
      do: 'zap',
      context,
      plan: {
        ...plan,
        ...(plan.metadata === undefined ? {} : { metadata: toText(plan.metadata) }),
        ...(plan.frames === undefined
          ? {}
          : { frames: plan.frames.map(frame => (frame === 'request-id' ? { requestId: true } : toText(frame))) }),
      },
    });
  }

  /** The frames of each ZAP request, behind the delimiter, as they come. Ask before the first one can come. */
  zapRequests(context: string = this.#name): readonly (readonly Uint8Array[])[] {
    const requests: Uint8Array[][] = [];
    this.process.listen(`zap ${context}`, event => {
      const frames = event['frames'];
      if (Array.isArray(frames)) requests.push(frames.map(frame => fromText(String(frame))));
    });
    return requests;
  }

  /** Closes all that was opened. The trial's last act. */
  async close(): Promise<void> {
    this.#over = true;
    for (const peer of this.#peers) peer.destroy();
    for (const listener of this.#loose) listener.close();
    if (this.process.over !== undefined) return;
    await Promise.all(this.#sockets.map(socket => socket.close()));
    for (const context of this.#zapContexts) {
      await this.process.ask({ do: 'zap', context, plan: null });
      this.process.forget(`zap ${context}`);
    }
    for (const context of new Set([this.#name, ...this.#zapContexts])) {
      await this.process.ask({ do: 'end-context', context });
    }
  }

  /** Of steps side by side one may end the run; what the others open from then on would be left behind. */
  #expectUnderWay(): void {
    if (this.#over) throw new Unreached('the run is over');
  }
}

/** An identity that no other connection has had: a ROUTER may keep a dead one for a while. */
export function freshIdentity(): Uint8Array {
  return ascii(freshName('id-'));
}

/** The message is these parts: for a ROUTER with or without the id that it puts in front. */
export function holds(type: SocketType, { parts }: TargetMessage, expected: readonly Uint8Array[]): boolean {
  const withoutId = type === 'ROUTER' && parts.length === expected.length + 1;
  const compared = withoutId ? parts.slice(1) : parts;
  return compared.length === expected.length && compared.every((part, i) => same(part, expected[i] ?? part));
}
