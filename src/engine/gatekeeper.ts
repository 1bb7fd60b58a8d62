/** Who is asked which peers may come in (RFC 27), and how. */
import type { ProtocolError } from '../errors.ts';
import type { Admission, Credentials } from '../zmtp/mechanism.ts';

/** A peer that wants to come in. */
export interface Visitor {
  readonly credentials: Credentials;
  /** Its end of the stream, as the transport names it. */
  readonly remoteAddress: string;
}

/** What becomes of it: an error says why it may not come in. */
export type Answer = Admission | ProtocolError;

/**
 * Finds out whether a visitor may come in, and calls `answer` once, now or later.
 * @returns what to call when the visitor has gone; without effect once the answer was given
 */
export type Gatekeeper = (visitor: Visitor, answer: (answer: Answer) => void) => () => void;
