/**
 * RFC 37 "Connection Metadata": the properties in READY, and in the last commands of other mechanisms' handshakes.
 *
 *      | name length (1) | name | value length (4, network order) | value |  … repeated
 *
 * Names are compared without regard to case. Of a repeated name the first counts for all but Identity, where the last
 * does, as in libzmq; every Socket-Type is checked by whoever asks for {@link Metadata.all}.
 */
import { ProtocolError } from '../errors.ts';
import { ascii, concat, latin1, printable } from './octets.ts';

/** One property as it stands on the wire. */
export interface Property {
  readonly name: string;
  readonly value: Uint8Array;
}

/** The properties of one peer. */
export class Metadata {
  readonly properties: readonly Property[];

  constructor(properties: readonly Property[]) {
    this.properties = properties;
  }

  /** The value of the first property of that name, whatever its case. */
  get(name: string): Uint8Array | undefined {
    return this.all(name)[0];
  }

  /** The values of all properties of that name, in order. */
  all(name: string): Uint8Array[] {
    const wanted = name.toLowerCase();
    return this.properties.filter(property => property.name.toLowerCase() === wanted).map(({ value }) => value);
  }
}

/** Property lists as octets. */
export function encodeProperties(properties: readonly Property[]): Uint8Array {
  return concat(
    ...properties.flatMap(({ name, value }) => [
      Uint8Array.of(name.length),
      ascii(name),
      Uint8Array.of(value.length >>> 24, value.length >>> 16, value.length >>> 8, value.length),
      value,
    ]),
  );
}

/**
 * Octets as a property list; the values are copies, so that a connection does not keep its handshake's octets.
 * @throws ProtocolError ERR_ZMTP_INVALID_METADATA for an empty name and for anything cut short. Names with octets outside
 * RFC 37's grammar pass, as they do in libzmq, whose users may give properties any name.
 */
export function decodeProperties(octets: Uint8Array): Metadata {
  const properties: Property[] = [];
  let at = 0;
  while (at < octets.length) {
    const nameLength = octets[at] ?? 0;
    const valueAt = at + 1 + nameLength + 4;
    if (valueAt > octets.length) throw invalid(`property ${String(properties.length + 1)} is cut short`);
    const nameOctets = octets.subarray(at + 1, at + 1 + nameLength);
    if (nameLength === 0) throw invalid(`property ${String(properties.length + 1)} has no name`);
    const valueLength = readLength(octets, valueAt - 4);
    const end = valueAt + valueLength;
    if (end > octets.length) {
      const there = String(octets.length - valueAt);
      throw invalid(`property ${printable(nameOctets)} claims ${String(valueLength)} octets, ${there} are there`);
    }
    // not slice(), which copies nothing where the octets are a Buffer
    properties.push({ name: latin1(nameOctets), value: new Uint8Array(octets.subarray(valueAt, end)) });
    at = end;
  }
  return new Metadata(properties);
}

function readLength(octets: Uint8Array, at: number): number {
  let length = 0;
  for (let i = 0; i < 4; i += 1) length = length * 256 + (octets[at + i] ?? 0);
  return length;
}

function invalid(what: string): ProtocolError {
  return new ProtocolError('ERR_ZMTP_INVALID_METADATA', what);
}
