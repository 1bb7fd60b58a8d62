/**
 * A network for datagrams in memory. It loses, repeats, delays and overtakes by what a seed says, refuses what is over its
 * mtu, and can be slow to take what it is given. Hosts are numbers that mean nothing; groups are those of IPv4.
 *
 *      send ─▶ held (while the network is congested) ─▶ lost? twice? how late? ─▶ received, by all who listen there
 */
import { isMulticast } from '../../src/transports/udp-address.ts';
import { TransportError, UsageError } from '../../src/errors.ts';
import type {
  DatagramEnd,
  DatagramOptions,
  DatagramPort,
  DatagramSink,
  DatagramTransport,
} from '../../src/transports/datagram.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What becomes of datagrams; a test may change it at any time. */
export interface DatagramNature {
  /** How many of all are lost, and how many of the others come twice: 0 to 1. */
  loss: number;
  duplication: number;
  /** Milliseconds that each is under way, by chance; different ones overtake each other. */
  minDelayMs: number;
  maxDelayMs: number;
  /** Octets; more are refused. */
  mtu: number;
}

/** What names cannot be found out: `udp://later:1` is nowhere until a test says so. */
const UNKNOWN = 'later';

/** Who is bound where, and all that is under way. */
export class VirtualDatagrams {
  readonly nature: DatagramNature = { loss: 0, duplication: 0, minDelayMs: 0, maxDelayMs: 0, mtu: 65_507 };
  /** Every datagram that was taken from a port, in order, whatever becomes of it. */
  readonly taken: { readonly octets: Uint8Array; readonly from: DatagramEnd; readonly to: DatagramEnd }[] = [];
  /** The options that ports were opened with, and for what. */
  readonly opened: { readonly use: 'bind' | 'connect'; readonly options: DatagramOptions }[] = [];
  /** Where `later` leads, once it leads anywhere. */
  later: string | undefined;
  /** Ports are opened when a test says so: see {@link openAll}. */
  slowToOpen = false;

  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #ports = new Set<VirtualPort>();
  readonly #toOpen: (() => void)[] = [];
  #congested = false;
  #lastPort = 40_000;

  constructor(clock: VirtualClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Ports that are open. */
  get ports(): number {
    return this.#ports.size;
  }

  /** From now on the network takes nothing, until {@link flow}. */
  congest(): void {
    this.#congested = true;
  }

  /** Takes all that was held. */
  flow(): void {
    this.#congested = false;
    for (const port of this.#ports) port.flow();
  }

  /** See {@link slowToOpen}. */
  openAll(): void {
    for (const open of this.#toOpen.splice(0)) open();
  }

  /** A datagram from a stranger. */
  inject(octets: Uint8Array, to: DatagramEnd, from: DatagramEnd = { host: '10.9.9.9', port: 9 }): void {
    this.carry(octets, from, to);
  }

  /** The system cannot receive. */
  failAll(cause: Error): void {
    for (const port of this.#ports) port.sink.failed(cause);
  }

  transport(scheme: string): DatagramTransport {
    return {
      scheme,
      check: address => void parse(address),
      open: async (address, use, options, sink) => {
        await new Promise<void>(resolve => {
          if (this.slowToOpen) this.#toOpen.push(resolve);
          else this.#clock.yield(resolve);
        });
        return this.#open(scheme, parse(address), { use, options, sink });
      },
    };
  }

  // for the ports

  get congested(): boolean {
    return this.#congested;
  }

  get clock(): VirtualClock {
    return this.#clock;
  }

  close(port: VirtualPort): void {
    this.#ports.delete(port);
  }

  carry(octets: Uint8Array, from: DatagramEnd, to: DatagramEnd): void {
    this.taken.push({ octets, from, to });
    if (this.#random() < this.nature.loss) return;
    this.#deliver(octets, from, to);
    if (this.#random() < this.nature.duplication) this.#deliver(octets, from, to);
  }

  #deliver(octets: Uint8Array, from: DatagramEnd, to: DatagramEnd): void {
    const { minDelayMs, maxDelayMs } = this.nature;
    const delay = minDelayMs + Math.floor(this.#random() * (maxDelayMs - minDelayMs + 1));
    const arrive = (): void => {
      for (const port of this.#ports) if (port.hears(to)) port.sink.received(Buffer.from(octets), from);
    };
    if (delay === 0) this.#clock.yield(arrive);
    else this.#clock.setTimer(delay, arrive);
  }

  #open(
    scheme: string,
    { host, port }: DatagramEnd,
    { use, options, sink }: { use: 'bind' | 'connect'; options: DatagramOptions; sink: DatagramSink },
  ): VirtualPort {
    this.opened.push({ use, options });
    const known = host === UNKNOWN ? this.later : host;
    if (known === undefined) throw new TransportError('EHOSTUNREACH', `${host} is nowhere`);
    if (known === 'never') throw new UsageError('EINVAL', `${host} is no host for this`);
    const local = use === 'bind' && port !== 0 ? port : (this.#lastPort += 1);
    const end = { host: use === 'bind' ? known : '10.0.0.1', port: local };
    const remote = use === 'connect' ? { host: known, port } : undefined;
    const taken = [...this.#ports].some(each => each.hears(end));
    if (use === 'bind' && taken && !isMulticast(known)) throw new TransportError('EADDRINUSE', 'taken');
    const opened = new VirtualPort(this, sink, { scheme, end, remote, bound: use === 'bind' });
    this.#ports.add(opened);
    return opened;
  }
}

interface VirtualPortMake {
  readonly scheme: string;
  readonly end: DatagramEnd;
  readonly remote: DatagramEnd | undefined;
  readonly bound: boolean;
}

class VirtualPort implements DatagramPort {
  readonly endpoint: string;
  readonly remote: DatagramEnd | undefined;
  readonly sink: DatagramSink;
  readonly #network: VirtualDatagrams;
  readonly #end: DatagramEnd;
  #held: { readonly octets: Uint8Array; readonly to: DatagramEnd }[] = [];
  #closed = false;

  constructor(network: VirtualDatagrams, sink: DatagramSink, { scheme, end, remote, bound }: VirtualPortMake) {
    const { host, port } = bound ? end : (remote ?? end);
    this.endpoint = `${scheme}://${host}:${port}`;
    this.remote = remote;
    this.sink = sink;
    this.#network = network;
    this.#end = end;
  }

  get unsent(): number {
    return this.#held.length;
  }

  hears({ host, port }: DatagramEnd): boolean {
    return this.#end.port === port && this.#end.host === host;
  }

  send(octets: Uint8Array, to: DatagramEnd): boolean {
    if (this.#closed) throw new Error('sent after the end');
    if (octets.length > this.#network.nature.mtu) {
      this.#network.clock.yield(() => {
        if (!this.#closed) this.sink.lost(new Error('message too long'));
      });
      return true;
    }
    if (this.#network.congested) {
      this.#held.push({ octets, to });
      return false;
    }
    this.#network.carry(octets.slice(), this.#end, to);
    return true;
  }

  flow(): void {
    const held = this.#held.splice(0);
    for (const { octets, to } of held) this.#network.carry(octets.slice(), this.#end, to);
    if (held.length === 0) return;
    this.#network.clock.yield(() => {
      if (!this.#closed) this.sink.drained();
    });
  }

  close(): void {
    this.#closed = true;
    this.#held = [];
    this.#network.close(this);
  }
}

function parse(address: string): DatagramEnd {
  const [, host, port] = /^([a-z0-9.]+):([0-9]+|\*)$/.exec(address) ?? [];
  if (host === undefined) throw new UsageError('EINVAL', `udp://${address}: host:port`);
  return { host, port: port === '*' ? 0 : Number(port) };
}
