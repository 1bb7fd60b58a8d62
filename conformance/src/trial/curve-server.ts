/** The raw peer as server of CURVE, command by command. */
import { metadata, parseProperties } from '../raw/command.ts';
import { agree, type KeyPair } from '../raw/curve-box.ts';
import {
  COOKIE_SIZE,
  curveFrame,
  openInitiate,
  openVouch,
  parseHello,
  readyBody,
  welcomeBody,
  type Hello,
  type Initiate,
  type ReadyFields,
  type Vouch,
  type WelcomeFields,
} from '../raw/curve.ts';
import type { FrameLies } from '../raw/frame.ts';
import { random } from '../raw/octets.ts';
import type { RawPeer } from '../raw/raw-peer.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { agreeOnce, curveKeys } from './curve-keys.ts';
import { CurveSession, inPlaceOf, known } from './curve-session.ts';
import type { PeerFields, Trial } from './trial.ts';

/** How the peer introduces itself, and what it has in place of the shared pairs. */
export interface ServerPlan extends PeerFields {
  /** S. */
  readonly pair?: KeyPair;
  /** S'. */
  readonly shortPair?: KeyPair;
}

/** What a sound server would do otherwise, command by command. */
export interface ServerLies {
  readonly welcome?: Partial<WelcomeFields>;
  readonly ready?: Partial<ReadyFields>;
}

/** The raw peer as server. */
export class CurveServer {
  readonly peer: RawPeer;
  readonly pair: KeyPair;
  readonly shortPair: KeyPair;
  /** The last nonce that was sent. */
  sent = 0n;
  /** What WELCOME gives the client to bring back. */
  readonly cookie: Uint8Array = random(COOKIE_SIZE);
  /** What READY tells of the peer. */
  readonly metadata: Uint8Array;
  #helloKey: Uint8Array | undefined;
  #sessionKey: Uint8Array | undefined;
  #properties: ReadonlyMap<string, Uint8Array> | undefined;

  constructor(peer: RawPeer, metadataOctets: Uint8Array, plan: ServerPlan = {}) {
    const keys = curveKeys();
    this.peer = peer;
    this.pair = plan.pair ?? keys.server;
    this.shortPair = plan.shortPair ?? keys.serverShort;
    this.metadata = metadataOctets;
  }

  /** A new connection with the target, up to its greeting. */
  static async meet(trial: Trial, socket: TargetSocket, plan: ServerPlan = {}): Promise<CurveServer> {
    const peer = await trial.meet(socket);
    await peer.greet({ mechanism: 'CURVE', asServer: 1, ...plan });
    return new CurveServer(peer, metadata(trial.metadataOf(socket.type, plan)), plan);
  }

  /** From HELLO up to traffic; what is said otherwise is said by these. */
  async join(lies: ServerLies = {}): Promise<CurveSession> {
    await this.hello();
    this.welcome(lies.welcome);
    await this.initiate();
    return this.ready(lies.ready);
  }

  /** Reads HELLO. */
  async hello(): Promise<Hello> {
    const { body } = await this.peer.expectFrame('HELLO');
    const hello = parseHello(body);
    if (hello === undefined) throw inPlaceOf('HELLO', body);
    this.#helloKey = agree(hello.clientShortKey, this.pair.secretKey);
    this.#sessionKey = agree(hello.clientShortKey, this.shortPair.secretKey);
    return hello;
  }

  /** Of S and C'. */
  get helloKey(): Uint8Array {
    return known(this.#helloKey);
  }

  /** Of S' and C'. */
  get sessionKey(): Uint8Array {
    return known(this.#sessionKey);
  }

  welcomeBody(lies: Partial<WelcomeFields> = {}): Uint8Array {
    return welcomeBody({
      key: this.helloKey,
      serverShortKey: this.shortPair.publicKey,
      cookie: this.cookie,
      ...lies,
    });
  }

  welcome(lies: Partial<WelcomeFields> = {}): void {
    this.write(this.welcomeBody(lies), 'WELCOME');
  }

  /** Reads INITIATE. */
  async initiate(): Promise<Initiate> {
    const { body } = await this.peer.expectFrame('INITIATE');
    const initiate = openInitiate(body, this.sessionKey);
    const properties = initiate === undefined ? undefined : parseProperties(initiate.metadata);
    if (initiate === undefined || properties === undefined) {
      throw inPlaceOf('INITIATE', body);
    }
    this.#properties = new Map(properties);
    return initiate;
  }

  openVouch({ vouch, clientKey }: Initiate): Vouch | undefined {
    return openVouch(vouch, agreeOnce(clientKey, this.shortPair.secretKey));
  }

  readyBody(lies: Partial<ReadyFields> = {}): Uint8Array {
    this.sent = lies.counter ?? this.sent + 1n;
    return readyBody({ key: this.sessionKey, metadata: this.metadata, ...lies, counter: this.sent });
  }

  /** Writes READY; what the target makes of it is another question. */
  ready(lies: Partial<ReadyFields> = {}): CurveSession {
    this.write(this.readyBody(lies), 'READY');
    return new CurveSession({
      peer: this.peer,
      key: this.sessionKey,
      side: 'server',
      sent: this.sent,
      properties: known(this.#properties),
    });
  }

  /** A body in a command frame. */
  write(body: Uint8Array, note: string, lies: FrameLies = {}): void {
    this.peer.write(curveFrame(body, lies), note);
  }
}
