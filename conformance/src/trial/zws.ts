/**
 * A trial's peers over WebSockets (RFC 45, ZWS 2.0). The target that binds is the server of the WebSocket, the one that
 * connects is the client; the raw peer plays the other and masks, or does not, accordingly.
 *
 *      ZWS2.0/NULL   READY as a command from both, then messages
 *      ZWS2.0        the identity as a message from both, then messages
 *
 * A frame of ZMTP is one binary message of WebSockets: an octet of flags, then the body.
 */
import { commandBody, metadata, parseCommand } from '../raw/command.ts';
import {
  acceptOf,
  header,
  listIn,
  nextHead,
  statusOf,
  upgradeRequest,
  upgradeResponse,
  type HttpHead,
  type UpgradeRequestFields,
  type UpgradeResponseFields,
} from '../raw/http-upgrade.ts';
import { ascii, join, uint16 } from '../raw/octets.ts';
import type { RawListener } from '../raw/raw-listener.ts';
import { Unreached, type Gone, type RawPeer } from '../raw/raw-peer.ts';
import {
  nextWebSocketFrame,
  OPCODE,
  webSocketFrame,
  type WebSocketFrame,
  type WebSocketFrameLies,
} from '../raw/websocket.ts';
import type { SocketType, TargetOptions } from '../target/protocol.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { freshIdentity, type PeerFields, type Trial } from './trial.ts';

export const NULL_PROTOCOL = 'ZWS2.0/NULL';
export const BARE_PROTOCOL = 'ZWS2.0';

/** The octet in front of a body. */
export const ZWS = { last: 0, more: 1, command: 2 } as const;

const PATH = '/zws';
const LOOK_MS = 10;

/** A socket of the target's on a WebSocket, and how to meet it. */
export interface WsTarget {
  readonly trial: Trial;
  readonly socket: TargetSocket;
  /** For a target that connects. */
  readonly listener: RawListener | undefined;
}

export interface WsOpenFields {
  readonly type?: SocketType;
  /** Of the endpoint of a target that connects. */
  readonly path?: string;
}

export async function openWs(trial: Trial, options: TargetOptions = {}, fields: WsOpenFields = {}): Promise<WsTarget> {
  const { type = trial.type, path = PATH } = fields;
  const listener = trial.role === 'connect' ? await trial.listen() : undefined;
  const endpoint = listener === undefined ? 'ws://127.0.0.1:*' : `ws://127.0.0.1:${listener.port}${path}`;
  return { trial, socket: await trial.open(options, { type, endpoint }), listener };
}

/** A connection with the target on which nothing was written yet. */
export async function meetWs({ trial, socket, listener }: WsTarget): Promise<WsPeer> {
  const peer = listener === undefined ? await trial.meet(socket) : trial.keep(await listener.expectCall());
  return new WsPeer(peer, listener === undefined);
}

/** Up to traffic with the mechanism NULL. */
export async function joinWs(target: WsTarget, fields: PeerFields = {}): Promise<JoinedWs> {
  const { peer, identity } = await introduceWs(target, fields);
  return { peer, identity, first: await peer.expectData('READY') };
}

/** The same, up to our READY. */
export async function introduceWs(
  target: WsTarget,
  fields: PeerFields = {},
): Promise<{ readonly peer: WsPeer; readonly identity: Uint8Array }> {
  const { identity = freshIdentity() } = fields;
  const peer = await meetWs(target);
  await peer.upgrade(NULL_PROTOCOL);
  const properties = target.trial.metadataOf(target.socket.type, { ...fields, identity });
  peer.write(ZWS.command, commandBody('READY', metadata(properties)), 'READY');
  return { peer, identity };
}

/** Up to traffic without a mechanism. */
export async function joinBareWs(target: WsTarget): Promise<JoinedWs> {
  const identity = freshIdentity();
  const peer = await meetWs(target);
  await peer.upgrade(BARE_PROTOCOL);
  peer.write(ZWS.last, identity, 'identity');
  return { peer, identity, first: await peer.expectData('identity') };
}

export interface JoinedWs {
  readonly peer: WsPeer;
  readonly identity: Uint8Array;
  /** What the target sent first. */
  readonly first: ZwsFrame;
}

/** One frame of ZMTP as it came. */
export interface ZwsFrame {
  readonly flags: number;
  readonly body: Uint8Array;
  readonly frame: WebSocketFrame;
}

export class WsPeer {
  readonly peer: RawPeer;
  /** Whether we are the client of the WebSocket. */
  readonly isClient: boolean;

  constructor(peer: RawPeer, isClient: boolean) {
    this.peer = peer;
    this.isClient = isClient;
  }

  /** The opening, whichever side we are on; the target must agree to this protocol, or offer it. */
  async upgrade(protocol: string): Promise<void> {
    if (!this.isClient) {
      const request = await this.expectHead('request');
      if (!listIn(request, 'Sec-WebSocket-Protocol').includes(protocol)) {
        throw new Unreached(`${protocol} is not offered`);
      }
      this.accept(request, { protocol });
      return;
    }
    const response = await this.ask({ protocols: [protocol] });
    if (typeof response === 'string') throw new Unreached(`${response} in place of 101`);
    if (statusOf(response) !== '101') throw new Unreached(`${statusOf(response)} in place of 101`);
    if (header(response, 'Sec-WebSocket-Protocol') !== protocol) throw new Unreached(`${protocol} is not agreed to`);
  }

  /** As a client: the request, and what comes back. */
  ask(fields: UpgradeRequestFields): Promise<HttpHead | Gone> {
    this.peer.write(upgradeRequest(fields), 'request to upgrade');
    return nextHead(this.peer);
  }

  /** As a server: yes to this request. */
  accept(request: HttpHead, fields: Partial<UpgradeResponseFields> & { readonly protocol: string }): void {
    const accept = acceptOf(header(request, 'Sec-WebSocket-Key') ?? '');
    this.peer.write(upgradeResponse({ accept, ...fields }), 'response');
  }

  async expectHead(what: string): Promise<HttpHead> {
    const head = await nextHead(this.peer);
    if (typeof head === 'string') throw new Unreached(`${head} in place of the ${what}`);
    return head;
  }

  /** One frame of ZMTP. */
  write(flags: number, body: Uint8Array, note = 'message'): void {
    this.writeFrame(join(Uint8Array.of(flags), body), {}, note);
  }

  /** Masked as our side has to, unless said otherwise. */
  writeFrame(payload: Uint8Array, lies: Partial<WebSocketFrameLies>, note: string): void {
    this.peer.write(webSocketFrame(payload, { mask: this.isClient, ...lies }), note);
  }

  /** The next frame of the WebSocket, whatever it is. */
  next(withinMs?: number): Promise<WebSocketFrame | Gone> {
    return nextWebSocketFrame(this.peer, withinMs);
  }

  /** The next frame of ZMTP; a Ping before it is answered, a Close is as good as an end. */
  async data(withinMs?: number): Promise<ZwsFrame | Gone> {
    for (;;) {
      const frame = await this.next(withinMs);
      if (typeof frame === 'string') return frame;
      if (frame.opcode === OPCODE.close) return 'closed';
      if (frame.opcode === OPCODE.ping) this.writeFrame(frame.payload, { opcode: OPCODE.pong }, 'Pong');
      if (frame.opcode < OPCODE.close) return zwsFrame(frame);
    }
  }

  async expectData(what: string, withinMs?: number): Promise<ZwsFrame> {
    const found = await this.data(withinMs);
    if (typeof found === 'string') throw new Unreached(`${found} in place of ${what}`);
    return found;
  }

  /** Whether it ends, or says that it will; what comes meanwhile is skipped. */
  async end(withinMs: number): Promise<'open' | 'closed'> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = await this.data(Math.max(0, deadline - performance.now()));
      if (found === 'closed') return 'closed';
      if (found === 'silent') return 'open';
    }
  }
}

/** What a frame of the WebSocket holds; flags of -1: nothing. */
export function zwsFrame(frame: WebSocketFrame): ZwsFrame {
  return { flags: frame.payload[0] ?? -1, body: frame.payload.subarray(1), frame };
}

/** The body of a Close. */
export function closeBody(code: number): Uint8Array {
  return uint16(code);
}

/** The command that a frame holds. */
export function commandOf({ flags, body }: ZwsFrame): { readonly name: string; readonly data: Uint8Array } | undefined {
  return flags === ZWS.command ? parseCommand(body) : undefined;
}

/** What has become of a connection with a ROUTER: a good message reaches its application, or the connection ends. */
export async function fateOfWs(
  { trial, socket }: WsTarget,
  { peer, identity }: JoinedWs,
): Promise<'open' | 'altered' | 'closed' | 'mute'> {
  const body = ascii('still there?');
  peer.write(ZWS.last, body, 'message: still there?');
  return receptionWs({ trial, socket, listener: undefined }, peer, [identity, body]);
}

/** What becomes of a message that was written: `open`, it reaches the application. */
export async function receptionWs(
  { trial, socket }: WsTarget,
  peer: WsPeer,
  expected: readonly Uint8Array[],
): Promise<'open' | 'altered' | 'closed' | 'mute'> {
  const deadline = performance.now() + trial.stepMs;
  for (;;) {
    const ended = await peer.end(0);
    const late = performance.now() >= deadline;
    const found = await trial.delivery(socket, expected, LOOK_MS);
    if (found !== 'dropped') return found === 'delivered' ? 'open' : found;
    if (ended === 'closed') return 'closed';
    if (late) return 'mute';
  }
}
