/** Who may connect to a listener, by address (ZMQ_TCP_ACCEPT_FILTER). */
import { BlockList, isIPv6 } from 'node:net';

/** Whether an address, as node:net writes it, may connect. */
export type AcceptFilter = (address: string) => boolean;

/**
 * Lets in what lies in one of the ranges, `10.0.0.0/8` or a single address; everybody when there are none. An IPv4
 * address that came through a dual-stack listener is found in ranges of IPv4.
 */
export function acceptFilter(ranges: readonly string[]): AcceptFilter {
  if (ranges.length === 0) return () => true;
  const admitted = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    admitted.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return address => admitted.check(address.replace(/%.*$/, ''), isIPv6(address) ? 'ipv6' : 'ipv4');
}
