/** ZMTP by hand, for peers that do what no socket of ours would. Written apart from `src/zmtp`, lest it share its errors. */

const MORE = 1;
const LONG = 2;
const COMMAND = 4;

/** What a raw frame is. */
export interface RawFrame {
  readonly flags: number;
  readonly body: Buffer;
}

/** 64 octets. */
export function greeting({ minor = 1, mechanism = 'NULL' }: { minor?: number; mechanism?: string } = {}): Buffer {
  const octets = Buffer.alloc(64);
  octets[0] = 0xff;
  octets[9] = 0x7f;
  octets[10] = 3;
  octets[11] = minor;
  octets.write(mechanism, 12, 'latin1');
  return octets;
}

export function frame(flags: number, body: Uint8Array | string): Buffer {
  const octets = Buffer.from(body);
  if (octets.length <= 255) return Buffer.concat([Buffer.of(flags, octets.length), octets]);
  return Buffer.concat([longHead(flags, BigInt(octets.length)), octets]);
}

/** The head of a long frame, whose size may be a lie. */
export function longHead(flags: number, size: bigint): Buffer {
  const head = Buffer.alloc(9);
  head[0] = flags | LONG;
  head.writeBigUInt64BE(size, 1);
  return head;
}

export function message(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(parts.map((part, i) => frame(i < parts.length - 1 ? MORE : 0, part)));
}

export function command(name: string, data: Uint8Array | string = ''): Buffer {
  return frame(COMMAND, Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.from(data)]));
}

export function ready(
  socketType: string,
  identity?: Uint8Array | string,
  more: readonly (readonly [name: string, value: Uint8Array | string])[] = [],
): Buffer {
  const properties = [['Socket-Type', socketType] as const];
  const own = identity === undefined ? [] : [['Identity', identity] as const];
  return command(
    'READY',
    Buffer.concat([...properties, ...own, ...more].map(([name, value]) => property(name, value))),
  );
}

export function ping(ttlDeciseconds: number, context: Uint8Array | string = ''): Buffer {
  return command('PING', Buffer.concat([Buffer.of(ttlDeciseconds >> 8, ttlDeciseconds & 255), Buffer.from(context)]));
}

export function error(reason: string): Buffer {
  return command('ERROR', Buffer.concat([Buffer.of(reason.length), Buffer.from(reason)]));
}

function property(name: string, value: Uint8Array | string): Buffer {
  const octets = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length);
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), length, octets]);
}

/** A frame of ZMTP 1.0, in the long form where it must or `long` says so. */
export function frameV1(flags: number, body: Uint8Array | string, long = false): Buffer {
  const octets = Buffer.from(body);
  const size = octets.length + 1;
  if (size <= 254 && !long) return Buffer.concat([Buffer.of(size, flags), octets]);
  return Buffer.concat([longHeadV1(flags, BigInt(size)), octets]);
}

/** The head of a long frame of ZMTP 1.0, whose size counts the flags and may be a lie. */
export function longHeadV1(flags: number, size: bigint): Buffer {
  const head = Buffer.alloc(10, 0xff);
  head.writeBigUInt64BE(size, 1);
  head[9] = flags;
  return head;
}

export function messageV1(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(parts.map((part, i) => frameV1(i < parts.length - 1 ? MORE : 0, part)));
}

/** The ways in which an older peer begins. */
export type Beginning = '1.0' | '1.0 behind a signature' | '2.0';

/** The first octets of an older peer, up to and with its identity. */
export function begin(wire: Beginning, { identity = '', type = 0 }: { identity?: string; type?: number } = {}): Buffer {
  if (wire === '1.0') return frameV1(0, identity);
  const greeted = Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, wire === '2.0' ? 1 : 0, type]);
  return Buffer.concat([greeted, wire === '2.0' ? frame(0, identity) : frameV1(0, identity)]);
}

/** A message as an older peer sends it. */
export function messageOn(wire: Beginning, ...parts: readonly (Uint8Array | string)[]): Buffer {
  return wire === '2.0' ? message(...parts) : messageV1(...parts);
}

/** All whole frames behind the greeting. */
export function framesOf(octets: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  for (let at = 64; at + 2 <= octets.length;) {
    const flags = octets[at] ?? 0;
    const long = (flags & LONG) !== 0;
    if (long && at + 9 > octets.length) break;
    const size = long ? Number(octets.readBigUInt64BE(at + 1)) : (octets[at + 1] ?? 0);
    const start = at + (long ? 9 : 2);
    if (start + size > octets.length) break;
    frames.push({ flags, body: octets.subarray(start, start + size) });
    at = start + size;
  }
  return frames;
}

/** The messages among frames, parts as text. */
export function messagesOf(frames: readonly RawFrame[]): string[][] {
  const messages: string[][] = [];
  let parts: string[] = [];
  for (const { flags, body } of frames) {
    if ((flags & COMMAND) !== 0) continue;
    parts.push(body.toString());
    if ((flags & MORE) !== 0) continue;
    messages.push(parts);
    parts = [];
  }
  return messages;
}

/** The commands among frames, as `NAME` and the data behind it. */
export function commandsOf(frames: readonly RawFrame[]): { name: string; data: Buffer }[] {
  return frames
    .filter(({ flags }) => (flags & COMMAND) !== 0)
    .map(({ body }) => {
      const end = 1 + (body[0] ?? 0);
      return { name: body.toString('latin1', 1, end), data: body.subarray(end) };
    });
}
