/**
 * The `inproc://` endpoints of one socket. They differ from all others: a name is taken at once or not at all, each
 * connect makes a pair of pipes of its own whatever the socket type, pipes outlive the name they were made under, and
 * disconnecting ends all that were connected to a name.
 */
import { IncompatiblePeerError, TransportError, UsageError } from '../errors.ts';
import { mayTalk, type SocketType } from '../zmtp/socket-type.ts';
import { InprocEnd, type InprocSocket } from './inproc-end.ts';
import type { InprocBinder, InprocNames } from './inproc-names.ts';
import type { Ending } from './link.ts';

const SCHEME = 'inproc://';
const NAME_MAX_BYTES = 256; // libzmq's limit for any endpoint's address

/**
 * The name that an `inproc://` endpoint holds; undefined for all other endpoints, and for none.
 * @throws UsageError EINVAL for a name that is too long
 */
export function inprocName(endpoint: unknown): string | undefined {
  if (typeof endpoint !== 'string' || !endpoint.startsWith(SCHEME) || endpoint === SCHEME) return undefined;
  const name = endpoint.slice(SCHEME.length);
  const bytes = Buffer.byteLength(name);
  if (bytes <= NAME_MAX_BYTES) return name;
  const limit = `limit ${String(NAME_MAX_BYTES)}`;
  throw new UsageError('EINVAL', `inproc name of ${String(bytes)} octets, ${limit}`, { address: endpoint });
}

/** Names that a socket has, and ends of pipes to other sockets. */
export class InprocEndpoints implements InprocBinder {
  readonly #socket: InprocSocket;
  readonly #names: InprocNames;
  readonly #bound = new Set<string>();
  readonly #connected = new Map<InprocEnd, string>(); // and to which name
  readonly #accepted = new Set<InprocEnd>(); // also under names that are free again

  constructor(socket: InprocSocket, names: InprocNames) {
    this.#socket = socket;
    this.#names = names;
  }

  get type(): SocketType {
    return this.#socket.type;
  }

  /** Names that are bound or connected to. */
  get size(): number {
    return this.#bound.size + this.#connected.size;
  }

  /** All there is. */
  ends(): Ending[] {
    return [...this.#connected.keys(), ...this.#accepted];
  }

  /** The options have changed. */
  applyMarks(): void {
    for (const end of [...this.#connected.keys(), ...this.#accepted]) end.applyMarks();
  }

  /**
   * Takes a name, and takes in all who wait for it. Who waits with a type that does not fit is turned away, with an event
   * over there.
   *
   * @throws TransportError EADDRINUSE
   */
  bind(name: string): void {
    const { monitor } = this.#socket;
    const address = SCHEME + name;
    if (!this.#names.take(name, this)) {
      const error = new TransportError('EADDRINUSE', `another socket of the context has bound ${address}`, { address });
      monitor({ type: 'bind:error', address, error });
      throw error;
    }
    this.#bound.add(name);
    monitor({ type: 'bind', address });
    for (const end of this.#names.takeWaiting(name)) {
      if (mayTalk(end.type, this.type)) this.accept(end);
      else end.fail(new IncompatiblePeerError('ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE', mismatch(end.type, this.type)));
    }
  }

  /**
   * Frees a name; who has connected to it stays connected.
   * @throws UsageError ENOENT
   */
  unbind(name: string): void {
    const address = SCHEME + name;
    if (!this.#bound.delete(name)) throw new UsageError('ENOENT', `no such endpoint: ${address}`, { address });
    this.#names.free(name);
    this.#socket.monitor({ type: 'close', address, error: undefined });
  }

  /**
   * Connects at once, or when somebody binds the name.
   * @throws UsageError ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE when somebody has, to whom this socket may not talk
   */
  connect(name: string, routingId: Uint8Array | undefined): void {
    const address = SCHEME + name;
    const binder = this.#names.binder(name);
    if (binder !== undefined && !mayTalk(this.type, binder.type)) {
      throw new UsageError('ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE', mismatch(this.type, binder.type), { address });
    }
    const over = (end: InprocEnd): void => {
      this.#connected.delete(end);
      this.#names.leave(name, end);
    };
    const end = new InprocEnd({ socket: this.#socket, endpoint: address, routingId, over });
    this.#connected.set(end, name);
    this.#socket.monitor({ type: 'connect:delay', address });
    if (!this.#socket.immediate()) end.attach();
    if (binder === undefined) this.#names.wait(name, end);
    else binder.accept(end);
  }

  accept(connecting: InprocEnd): void {
    const { endpoint } = connecting;
    const over = (end: InprocEnd): void => {
      this.#accepted.delete(end);
    };
    const end = new InprocEnd({ socket: this.#socket, endpoint, facing: connecting, over });
    this.#accepted.add(end);
    InprocEnd.join(connecting, end);
  }

  /**
   * All that was connected to a name, to be ended.
   * @throws UsageError ENOENT
   */
  disconnect(name: string): Ending[] {
    const address = SCHEME + name;
    const ends = [...this.#connected].filter(([, other]) => other === name).map(([end]) => end);
    if (ends.length === 0) throw new UsageError('ENOENT', `no such endpoint: ${address}`, { address });
    for (const end of ends) this.#connected.delete(end);
    return ends;
  }

  /** All there is, to be ended; the names are free. */
  end(): Ending[] {
    for (const name of this.#bound) this.unbind(name);
    const ends = this.ends();
    this.#connected.clear();
    return ends;
  }
}

function mismatch(own: SocketType, other: SocketType): string {
  return `a ${own} may not talk to a ${other}`;
}
