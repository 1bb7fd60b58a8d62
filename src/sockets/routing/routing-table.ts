/**
 * Peers by routing id. Ids are 1 to 255 octets of any value, chosen by peers, so the table hashes octets (with a seed,
 * lest peers choose ids that collide) instead of turning them into text.
 */
import type { Peer } from '../../pipe.ts';

const FNV_PRIME = 0x01000193;

interface Route {
  readonly id: Uint8Array;
  readonly peer: Peer;
}

/** A map from routing ids to peers. */
export class RoutingTable {
  readonly #seed: number;
  readonly #routes = new Map<number, Route[]>(); // by hash
  readonly #ids = new Map<Peer, Uint8Array>();

  constructor(random: () => number) {
    this.#seed = Math.floor(random() * 0x1_0000_0000);
  }

  /** Whether any peer in it is such as is asked for. */
  some(wanted: (peer: Peer) => boolean): boolean {
    for (const peer of this.#ids.keys()) if (wanted(peer)) return true;
    return false;
  }

  get(id: Uint8Array): Peer | undefined {
    return this.#routes.get(this.#hash(id))?.find(route => same(route.id, id))?.peer;
  }

  /** The id under which a peer is known. */
  idOf(peer: Peer): Uint8Array | undefined {
    return this.#ids.get(peer);
  }

  /** Adds a peer under an id that nobody holds; an id it had before is free again. The table keeps the octets. */
  set(id: Uint8Array, peer: Peer): void {
    this.delete(peer);
    const hash = this.#hash(id);
    const routes = this.#routes.get(hash);
    const route = { id: Uint8Array.from(id), peer };
    if (routes === undefined) this.#routes.set(hash, [route]);
    else routes.push(route);
    this.#ids.set(peer, route.id);
  }

  delete(peer: Peer): void {
    const id = this.#ids.get(peer);
    if (id === undefined) return;
    this.#ids.delete(peer);
    const hash = this.#hash(id);
    const left = this.#routes.get(hash)?.filter(route => route.peer !== peer) ?? [];
    if (left.length === 0) this.#routes.delete(hash);
    else this.#routes.set(hash, left);
  }

  /** FNV-1a. */
  #hash(id: Uint8Array): number {
    let hash = this.#seed;
    for (const octet of id) hash = Math.imul(hash ^ octet, FNV_PRIME);
    return hash;
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
