/** Commands and property lists, by RFC 37 "Commands" and "Connection Metadata". Lengths may lie. */
import { COMMAND, frame, type Frame, type FrameLies } from './frame.ts';
import { ascii, join, toAscii, uint16, uint32 } from './octets.ts';

export interface CommandLies extends FrameLies {
  readonly nameLength?: number;
}

/** A command in its frame. */
export function command(name: string, data: Uint8Array = new Uint8Array(0), lies: CommandLies = {}): Uint8Array {
  return frame(commandBody(name, data, lies.nameLength), { flags: COMMAND, ...lies });
}

export function commandBody(name: string, data: Uint8Array, nameLength: number = name.length): Uint8Array {
  return join(Uint8Array.of(nameLength), ascii(name), data);
}

export interface Command {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Undefined where the name does not fit into the body. */
export function parseCommand(body: Uint8Array): Command | undefined {
  const length = body[0];
  if (length === undefined || length + 1 > body.length) return undefined;
  return { name: toAscii(body.subarray(1, 1 + length)), data: body.subarray(1 + length) };
}

/** The command that a frame holds, whatever its flags say. */
export function commandIn(frame: Frame): Command | undefined {
  return frame.command ? parseCommand(frame.body) : undefined;
}

export interface PropertyLies {
  readonly nameLength?: number;
  readonly valueLength?: number;
}

export function property(name: string, value: Uint8Array | string, lies: PropertyLies = {}): Uint8Array {
  const octets = typeof value === 'string' ? ascii(value) : value;
  return join(
    Uint8Array.of(lies.nameLength ?? name.length),
    ascii(name),
    uint32(lies.valueLength ?? octets.length),
    octets,
  );
}

/** In the order of the list, names as they were written; undefined where the list does not add up. */
export function parseProperties(data: Uint8Array): readonly (readonly [name: string, value: Uint8Array])[] | undefined {
  const found: [string, Uint8Array][] = [];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  while (at < data.length) {
    const nameEnd = at + 1 + view.getUint8(at);
    if (nameEnd + 4 > data.length) return undefined;
    const valueEnd = nameEnd + 4 + view.getUint32(nameEnd);
    if (valueEnd > data.length) return undefined;
    found.push([toAscii(data.subarray(at + 1, nameEnd)), data.subarray(nameEnd + 4, valueEnd)]);
    at = valueEnd;
  }
  return found;
}

export interface Metadata {
  /** Left out where undefined. */
  readonly socketType?: string | undefined;
  readonly identity?: Uint8Array | undefined;
  /** Octets behind these: further properties, sound or not. */
  readonly others?: Uint8Array;
}

export function metadata({ socketType, identity, others }: Metadata): Uint8Array {
  return join(
    ...(socketType === undefined ? [] : [property('Socket-Type', socketType)]),
    ...(identity === undefined ? [] : [property('Identity', identity)]),
    ...(others === undefined ? [] : [others]),
  );
}

export function ready(fields: Metadata, lies: CommandLies = {}): Uint8Array {
  return command('READY', metadata(fields), lies);
}

export function error(reason: string, lies: CommandLies & { readonly reasonLength?: number } = {}): Uint8Array {
  return command('ERROR', join(Uint8Array.of(lies.reasonLength ?? reason.length), ascii(reason)), lies);
}

export function ping(context: Uint8Array | string = '', ttlDeciseconds = 0): Uint8Array {
  return command('PING', join(uint16(ttlDeciseconds), typeof context === 'string' ? ascii(context) : context));
}

export function pong(context: Uint8Array | string = ''): Uint8Array {
  return command('PONG', typeof context === 'string' ? ascii(context) : context);
}

export function subscribe(topic: Uint8Array | string): Uint8Array {
  return command('SUBSCRIBE', typeof topic === 'string' ? ascii(topic) : topic);
}

export function cancel(topic: Uint8Array | string): Uint8Array {
  return command('CANCEL', typeof topic === 'string' ? ascii(topic) : topic);
}

export function joinGroup(group: Uint8Array | string): Uint8Array {
  return command('JOIN', typeof group === 'string' ? ascii(group) : group);
}

export function leaveGroup(group: Uint8Array | string): Uint8Array {
  return command('LEAVE', typeof group === 'string' ? ascii(group) : group);
}
