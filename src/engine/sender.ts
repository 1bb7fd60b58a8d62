/** Who a message came from, kept once for each connection and not with each message. */
import type { Sender } from '../message.ts';
import type { PeerProfile } from '../zmtp/events.ts';
import type { Property as WireProperty } from '../zmtp/metadata.ts';
import type { ConnectionNames } from './monitor.ts';

/** Anything else a peer says of itself might be taken for what an authenticator has found. */
const FROM_APPLICATION = 'x-';

type Property = readonly [name: string, value: string];

/** Properties of a peer. Names are found in any case and told as they were written; the first of a name counts. */
class PeerMetadata implements ReadonlyMap<string, string> {
  readonly #properties: ReadonlyMap<string, Property>; // by the name in lower case

  constructor(properties: ReadonlyMap<string, Property>) {
    this.#properties = properties;
  }

  get size(): number {
    return this.#properties.size;
  }

  get(name: string): string | undefined {
    return this.#properties.get(name.toLowerCase())?.[1];
  }

  has(name: string): boolean {
    return this.#properties.has(name.toLowerCase());
  }

  forEach(callback: (value: string, name: string, map: ReadonlyMap<string, string>) => void, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): MapIterator<[string, string]> {
    for (const [name, value] of this.#properties.values()) yield [name, value];
  }

  *keys(): MapIterator<string> {
    for (const [name] of this.#properties.values()) yield name;
  }

  *values(): MapIterator<string> {
    for (const [, value] of this.#properties.values()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }
}

/** Most peers have nothing to say, and an idle connection shall cost little. */
const NOTHING: ReadonlyMap<string, string> = new PeerMetadata(new Map());

/** What is known of a peer from whoever let it in, then from the application behind it. */
export function knownMetadata({ metadata, admission }: PeerProfile): ReadonlyMap<string, string> {
  const found = new Map<string, Property>();
  const add = ({ name, value }: WireProperty): void => {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, [name, Buffer.from(value).toString()]);
  };
  admission?.metadata.properties.forEach(add);
  metadata.properties.filter(({ name }) => name.toLowerCase().startsWith(FROM_APPLICATION)).forEach(add);
  return found.size === 0 ? NOTHING : new PeerMetadata(found);
}

/** What whoever let the peer in knows it by. */
export function userIdOf({ admission }: PeerProfile): string | undefined {
  return admission === undefined || admission.userId === '' ? undefined : admission.userId;
}

/** The sender of all that comes through one connection. */
export function senderOf({ connectionId, remoteAddress }: ConnectionNames, profile: PeerProfile): Sender {
  const { version, socketType, routingId } = profile;
  return {
    connectionId,
    remoteAddress,
    version: `${String(version.major)}.${String(version.minor)}`,
    socketType,
    routingId,
    userId: userIdOf(profile),
    metadata: knownMetadata(profile),
  };
}
