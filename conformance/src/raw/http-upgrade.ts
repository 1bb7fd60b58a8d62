/** The opening handshake of WebSockets, by RFC 6455 section 4: every line can be given, and none is checked. */
import { createHash } from 'node:crypto';
import { ascii, join, random, toAscii } from './octets.ts';
import type { Gone, RawPeer } from './raw-peer.ts';

const END_OF_HEAD = ascii('\r\n\r\n');
/** RFC 6455 section 1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface UpgradeRequestFields {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly upgrade?: string;
  readonly connection?: string;
  readonly key?: string;
  readonly version?: string;
  /** Each in a header of its own. */
  readonly protocols?: readonly string[];
  /** Further lines, without their ends. */
  readonly others?: readonly string[];
}

export function upgradeRequest(fields: UpgradeRequestFields = {}): Uint8Array {
  const { method = 'GET', path = '/', host = '127.0.0.1', upgrade = 'websocket', connection = 'Upgrade' } = fields;
  const { key = freshKey(), version = '13', protocols = [], others = [] } = fields;
  return head(`${method} ${path} HTTP/1.1`, [
    `Host: ${host}`,
    `Upgrade: ${upgrade}`,
    `Connection: ${connection}`,
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Version: ${version}`,
    ...protocols.map(protocol => `Sec-WebSocket-Protocol: ${protocol}`),
    ...others,
  ]);
}

export interface UpgradeResponseFields {
  /** Default: `101 Switching Protocols`. */
  readonly status?: string;
  readonly accept: string;
  readonly protocol: string;
}

export function upgradeResponse({
  status = '101 Switching Protocols',
  accept,
  protocol,
}: UpgradeResponseFields): Uint8Array {
  return head(`HTTP/1.1 ${status}`, [
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ]);
}

/** 16 octets in base64. */
export function freshKey(): string {
  return Buffer.from(random(16)).toString('base64');
}

/** What a server answers to this key. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`, 'latin1').digest('base64');
}

/** A request or a response up to its empty line. */
export interface HttpHead {
  readonly startLine: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export async function nextHead(peer: RawPeer, withinMs?: number): Promise<HttpHead | Gone> {
  const octets = await peer.piece(headSize, whole => parseHead(whole).startLine, withinMs);
  return typeof octets === 'string' ? octets : parseHead(octets);
}

/** All values of this header, whose name may be in any case; several headers are one list. RFC 9110 section 5.3. */
export function header({ headers }: HttpHead, name: string): string | undefined {
  const values = headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/** The members of a header that is a list. */
export function listIn(found: HttpHead, name: string): readonly string[] {
  const value = header(found, name) ?? '';
  return value
    .split(',')
    .map(member => member.trim())
    .filter(member => member !== '');
}

/** Of a response: the three digits. */
export function statusOf({ startLine }: HttpHead): string {
  return /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(startLine)?.[1] ?? '';
}

function head(startLine: string, lines: readonly string[]): Uint8Array {
  return join(ascii([startLine, ...lines].join('\r\n')), END_OF_HEAD);
}

function headSize(octets: Uint8Array): number | undefined {
  const at = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).indexOf(END_OF_HEAD);
  return at === -1 ? undefined : at + END_OF_HEAD.length;
}

function parseHead(octets: Uint8Array): HttpHead {
  const [startLine = '', ...lines] = toAscii(octets).trimEnd().split('\r\n');
  const headers = lines.map(line => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  return { startLine, headers };
}
