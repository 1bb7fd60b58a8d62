/**
 * All that is impure, in one hand: time, randomness, transports. Sockets get them from their context, so a test can run
 * any number of sockets on a virtual clock and an invented network.
 */
import { SystemClock, type Clock } from '../engine/clock.ts';
import { InprocNames } from '../engine/inproc-names.ts';
import { UsageError } from '../errors.ts';
import type { Memory } from '../message.ts';
import { TcpTransport } from '../transports/tcp.ts';
import type { Transport } from '../transports/transport.ts';
import { Slab } from '../zmtp/slab.ts';
import { nodeMemory } from './node-memory.ts';
import type { AllOptions } from './option-table.ts';

/** What a context may be given in place of the system's own. */
export interface ContextOptions {
  readonly clock?: Clock;
  /** Numbers from 0 up to, not including, 1. */
  readonly random?: () => number;
  /** Each scheme once. */
  readonly transports?: readonly Transport[];
}

/** A home for sockets. Most programs need none but the shared one. */
export class Context {
  readonly clock: Clock;
  readonly random: () => number;
  /** @internal */
  readonly memory: Memory = nodeMemory;
  /** @internal Connections write one after the other, so they share their room to write. */
  readonly slab: Slab = new Slab(nodeMemory);
  /** @internal Where `inproc://` endpoints meet. */
  readonly inprocNames: InprocNames = new InprocNames();
  /** @internal Defaults of options for sockets of this context. */
  readonly typical: Partial<AllOptions> = {};
  readonly #transports: ReadonlyMap<string, Transport>;
  #lastId = 0;

  constructor({ clock = new SystemClock(), random = Math.random, transports }: ContextOptions = {}) {
    this.clock = clock;
    this.random = random;
    this.#transports = new Map((transports ?? [new TcpTransport()]).map(transport => [transport.scheme, transport]));
  }

  /**
   * @internal
   * @throws UsageError EPROTONOSUPPORT
   */
  transport(scheme: string): Transport {
    const transport = this.#transports.get(scheme);
    if (transport !== undefined) return transport;
    const known = [...this.#transports.keys(), 'inproc'].join(', ');
    throw new UsageError('EPROTONOSUPPORT', `transport "${scheme}" is not known, only ${known}`);
  }

  /** @internal A number for a connection or a peer, never given twice. */
  readonly nextId = (): number => (this.#lastId += 1);
}

/** The context of sockets that name none. */
export const context: Context = new Context();
