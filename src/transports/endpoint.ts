/**
 * Endpoints as users write them, `tcp://127.0.0.1:5555`, cut at the first `://`. Which schemes exist is the socket's
 * question, what an address means is its transport's.
 */
import { UsageError } from '../errors.ts';

/** The two halves of an endpoint, neither of them empty. */
export interface Endpoint {
  /** As it was written: `TCP` is not `tcp`. */
  readonly scheme: string;
  readonly address: string;
}

const SEPARATOR = '://';

/**
 * Cuts an endpoint in two.
 * @throws UsageError with code EINVAL when a half is missing
 */
export function parseEndpoint(text: string): Endpoint {
  const cut = text.indexOf(SEPARATOR);
  const address = cut < 0 ? '' : text.slice(cut + SEPARATOR.length);
  if (cut <= 0 || address === '') {
    throw new UsageError('EINVAL', `endpoint ${JSON.stringify(text)}, expected scheme://address`, { address: text });
  }
  return { scheme: text.slice(0, cut), address };
}

/** The text that {@link parseEndpoint} reads back. */
export function formatEndpoint({ scheme, address }: Endpoint): string {
  return scheme + SEPARATOR + address;
}
