/** What a ZAP handler inside the target is asked. RFC 27 "Message Format". */
import { toAscii } from '../raw/octets.ts';
import type { Trial } from './trial.ts';

export interface ZapRequest {
  readonly version: string;
  readonly requestId: Uint8Array;
  readonly domain: string;
  readonly address: string;
  readonly identity: Uint8Array;
  readonly mechanism: string;
  readonly credentials: readonly Uint8Array[];
}

const FEWEST_FRAMES = 6;

/** @param frames - behind the delimiter; undefined where there are too few of them */
export function parseZapRequest(frames: readonly Uint8Array[]): ZapRequest | undefined {
  const [version, requestId, domain, address, identity, mechanism, ...credentials] = frames;
  if (frames.length < FEWEST_FRAMES) return undefined;
  if (requestId === undefined || identity === undefined) return undefined;
  const text = (frame: Uint8Array | undefined): string => toAscii(frame ?? new Uint8Array(0));
  return {
    version: text(version),
    requestId,
    domain: text(domain),
    address: text(address),
    identity,
    mechanism: text(mechanism),
    credentials,
  };
}

/**
 * The frames of every request that has come until now. An adaptor tells in order: once it has answered, whatever it was
 * told of before has been told here.
 * @param requests - of `trial.zapRequests`, asked for before the first could come
 */
export async function zapRequestsUntilNow(
  trial: Trial,
  requests: readonly (readonly Uint8Array[])[],
): Promise<readonly (readonly Uint8Array[])[]> {
  await trial.process.ask({ do: 'hello' });
  return requests;
}
