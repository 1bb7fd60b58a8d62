/** The raw peer as client of CURVE, command by command. */
import { metadata, parseProperties } from '../raw/command.ts';
import { agree, type KeyPair } from '../raw/curve-box.ts';
import {
  curveFrame,
  helloBody,
  initiateBody,
  openReady,
  openWelcome,
  vouch,
  type HelloFields,
  type InitiateFields,
  type VouchFields,
  type Welcome,
} from '../raw/curve.ts';
import type { FrameLies } from '../raw/frame.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { SocketType } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { agreeOnce, curveKeys } from './curve-keys.ts';
import { CurveSession, inPlaceOf, known } from './curve-session.ts';
import type { PeerFields, Trial } from './trial.ts';

/** How the peer introduces itself, and what it has in place of the shared pairs. */
export interface ClientPlan extends PeerFields {
  /** C. */
  readonly pair?: KeyPair;
  /** C'. */
  readonly shortPair?: KeyPair;
  /** S, as the client has it. */
  readonly serverKey?: Uint8Array;
}

/** What a sound client would do otherwise, command by command. */
export interface ClientLies {
  readonly hello?: Partial<HelloFields>;
  readonly initiate?: Partial<InitiateFields>;
}

/** The raw peer as client. */
export class CurveClient {
  readonly peer: RawPeer;
  readonly pair: KeyPair;
  readonly shortPair: KeyPair;
  readonly serverKey: Uint8Array;
  /** Of c' and S. */
  readonly helloKey: Uint8Array;
  /** The last nonce that was sent. */
  sent = 0n;
  readonly #metadata: Uint8Array;
  #welcome: Welcome | undefined;
  #sessionKey: Uint8Array | undefined;

  constructor(peer: RawPeer, metadataOctets: Uint8Array, plan: ClientPlan = {}) {
    const keys = curveKeys();
    this.peer = peer;
    this.pair = plan.pair ?? keys.client;
    this.shortPair = plan.shortPair ?? keys.clientShort;
    this.serverKey = plan.serverKey ?? keys.server.publicKey;
    this.helloKey = agreeOnce(this.serverKey, this.shortPair.secretKey);
    this.#metadata = metadataOctets;
  }

  /** A new connection with the target, up to its greeting. */
  static async meet(trial: Trial, socket: TargetSocket, plan: ClientPlan = {}): Promise<CurveClient> {
    return CurveClient.greet(trial, await trial.meet(socket), socket.type, plan);
  }

  /** The same on a connection of which nothing is written yet. */
  static async greet(trial: Trial, peer: RawPeer, targetType: SocketType, plan: ClientPlan = {}): Promise<CurveClient> {
    await peer.greet({ mechanism: 'CURVE', ...plan });
    return new CurveClient(peer, metadata(trial.metadataOf(targetType, plan)), plan);
  }

  /** From HELLO up to traffic; what is said otherwise is said by these. */
  async join(lies: ClientLies = {}): Promise<CurveSession> {
    this.hello(lies.hello);
    await this.welcome();
    this.initiate(lies.initiate);
    return this.ready();
  }

  helloBody(lies: Partial<HelloFields> = {}): Uint8Array {
    return helloBody({
      key: this.helloKey,
      clientShortKey: this.shortPair.publicKey,
      ...lies,
      counter: this.#count(lies.counter),
    });
  }

  hello(lies: Partial<HelloFields> = {}): void {
    this.write(this.helloBody(lies), 'HELLO');
  }

  /** Reads WELCOME. */
  async welcome(): Promise<Welcome> {
    const { body } = await this.peer.expectFrame('WELCOME');
    return this.take(body);
  }

  /** Opens a WELCOME that was read. */
  take(body: Uint8Array): Welcome {
    const welcome = openWelcome(body, this.helloKey);
    if (welcome === undefined) throw inPlaceOf('WELCOME', body);
    this.know(welcome);
    return welcome;
  }

  /** Goes on from this WELCOME, whatever came. */
  know(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#sessionKey = agree(welcome.serverShortKey, this.shortPair.secretKey);
  }

  /** S'. */
  get serverShortKey(): Uint8Array {
    return known(this.#welcome).serverShortKey;
  }

  /** Of c' and S'. */
  get sessionKey(): Uint8Array {
    return known(this.#sessionKey);
  }

  vouch(lies: Partial<VouchFields> = {}): Uint8Array {
    const key = lies.key ?? agree(this.serverShortKey, this.pair.secretKey);
    return vouch({ clientShortKey: this.shortPair.publicKey, serverKey: this.serverKey, ...lies, key });
  }

  initiateBody(lies: Partial<InitiateFields> = {}): Uint8Array {
    return initiateBody({
      key: this.sessionKey,
      cookie: known(this.#welcome).cookie,
      clientKey: this.pair.publicKey,
      metadata: this.#metadata,
      ...lies,
      vouch: lies.vouch ?? this.vouch(),
      counter: this.#count(lies.counter),
    });
  }

  initiate(lies: Partial<InitiateFields> = {}): void {
    this.write(this.initiateBody(lies), 'INITIATE');
  }

  /** Reads READY. */
  async ready(): Promise<CurveSession> {
    const { body } = await this.peer.expectFrame('READY');
    return this.accept(body);
  }

  /** Opens a READY that was read. */
  accept(body: Uint8Array): CurveSession {
    const ready = openReady(body, this.sessionKey);
    const properties = ready === undefined ? undefined : parseProperties(ready.metadata);
    if (properties === undefined) throw inPlaceOf('READY', body);
    return this.session(new Map(properties));
  }

  /** Seals and opens from here on, whether or not READY has come. */
  session(properties: ReadonlyMap<string, Uint8Array> = new Map()): CurveSession {
    return new CurveSession({ peer: this.peer, key: this.sessionKey, side: 'client', sent: this.sent, properties });
  }

  /** A body in a command frame. */
  write(body: Uint8Array, note: string, lies: FrameLies = {}): void {
    this.peer.write(curveFrame(body, lies), note);
  }

  #count(given: bigint | undefined): bigint {
    this.sent = given ?? this.sent + 1n;
    return this.sent;
  }
}
