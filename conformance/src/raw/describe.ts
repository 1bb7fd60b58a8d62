/** A frame in a few words, for the wire log. */
import { parseCommand, parseProperties } from './command.ts';
import type { Frame } from './frame.ts';
import { toAscii, toHex } from './octets.ts';

export function describeFrame({ flags, more, command, long, body }: Frame): string {
  const odd = (flags & 0b1111_1000) === 0 ? '' : `, flags ${flags.toString(16)}`;
  const form = `${long ? ', long' : ''}${odd}`;
  if (!command) return `message${more ? ', more' : ''}${form}: ${show(body)}`;
  const parsed = parseCommand(body);
  if (parsed === undefined) return `malformed command${form}: ${show(body)}`;
  return `${show(new Uint8Array(Buffer.from(parsed.name, 'latin1')))}${form}${details(parsed.name, parsed.data)}`;
}

function details(name: string, data: Uint8Array): string {
  switch (name) {
    case 'READY': {
      const properties = parseProperties(data);
      if (properties === undefined) return ` ${show(data)}`;
      return properties.map(([key, value]) => ` ${key}=${show(value)}`).join('');
    }
    case 'ERROR':
      return ` ${show(data.subarray(1))}`;
    case 'PING':
      return ` ttl ${((data[0] ?? 0) << 8) | (data[1] ?? 0)} ${show(data.subarray(2))}`;
    default:
      return data.length === 0 ? '' : ` ${show(data)}`;
  }
}

/** Text where it is text, octets where it is not, and not too long. */
export function show(octets: Uint8Array): string {
  const shown = octets.subarray(0, 32);
  const text = shown.every(octet => octet >= 0x20 && octet < 0x7f) ? `"${toAscii(shown)}"` : `x${toHex(shown)}`;
  return octets.length > shown.length ? `${text}… (${octets.length})` : text;
}
