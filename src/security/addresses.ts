/**
 * Who may come in, by address. Ranges are written `10.0.0.0/8` or `fe80::/10`, or as a single address. An IPv4 address that
 * came through a dual-stack listener is the same address, and is found in ranges of IPv4.
 */
import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { UsageError } from '../errors.ts';
import type { Authenticator } from '../sockets/zap/authenticator.ts';
import { admitted, refused } from './replies.ts';

/**
 * Admits peers whose address lies in one of the ranges.
 *
 * @param ranges - `localhost` stands for the peers of `ipc`, which have no address
 * @throws UsageError EINVAL for what is no range
 */
export function allowAddresses(ranges: Iterable<string>): Authenticator {
  const allowed = new AddressSet(ranges);
  return ({ address }) =>
    allowed.has(address) ? admitted() : refused('the address is not one of those that may come in');
}

/**
 * Refuses peers whose address lies in one of the ranges, and admits all others: put another authenticator behind it with
 * {@link allOf}.
 *
 * @param ranges - as for {@link allowAddresses}
 * @throws UsageError EINVAL for what is no range
 */
export function denyAddresses(ranges: Iterable<string>): Authenticator {
  const denied = new AddressSet(ranges);
  return ({ address }) =>
    denied.has(address) ? refused('the address is one of those that may not come in') : admitted();
}

/** What is told of a peer of `ipc`. */
const LOCAL = 'localhost';

interface Address {
  readonly family: 'ipv4' | 'ipv6';
  readonly text: string;
  /** How many bits were taken off its front: those that say that it is an IPv4 address written as IPv6. */
  readonly mapped: 0 | 96;
}

class AddressSet {
  // One list for each family, as Node looks for addresses of one in ranges of the other.
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  #local = false;

  constructor(ranges: Iterable<string>) {
    for (const range of ranges) {
      if (range === LOCAL) this.#local = true;
      else this.#add(range);
    }
  }

  has(address: string): boolean {
    const parsed = parseAddress(address);
    if (parsed === undefined) return address === LOCAL && this.#local;
    return this.#lists[parsed.family].check(parsed.text, parsed.family);
  }

  #add(range: string): void {
    const [address = '', bits, ...rest] = range.split('/');
    const parsed = parseAddress(address);
    if (parsed === undefined || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
      throw noRange(range);
    const most = parsed.family === 'ipv4' ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits) - parsed.mapped;
    if (prefix < 0 || prefix > most) throw noRange(range);
    this.#lists[parsed.family].addSubnet(parsed.text, prefix, parsed.family);
  }
}

function parseAddress(address: string): Address | undefined {
  if (isIPv4(address)) return { family: 'ipv4', text: address, mapped: 0 };
  if (!isIPv6(address)) return undefined;
  const { address: text } = new SocketAddress({ address, family: 'ipv6' }); // in its one canonical spelling, without a zone
  const inside = /^::ffff:(?<v4>[\d.]+)$/.exec(text)?.groups?.['v4'];
  return inside === undefined ? { family: 'ipv6', text, mapped: 0 } : { family: 'ipv4', text: inside, mapped: 96 };
}

function noRange(range: string): UsageError {
  return new UsageError('EINVAL', `${JSON.stringify(range)} is no range of addresses`);
}
