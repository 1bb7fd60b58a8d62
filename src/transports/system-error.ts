/**
 * From what the system says to the codes of `errors.ts`. The system's own error stays the `cause`.
 */
import { type ErrnoCode, isErrnoCode, TransportError } from '../errors.ts';

/** The family of codes is closed: a code of the system that is no part of it becomes the nearest one that is. */
const NEAREST: ReadonlyMap<string, ErrnoCode> = new Map([
  ['EAFNOSUPPORT', 'EADDRNOTAVAIL'],
  ['ECONNABORTED', 'ECONNRESET'],
  ['EHOSTDOWN', 'EHOSTUNREACH'],
  ['ENETDOWN', 'EHOSTUNREACH'],
  ['ENETUNREACH', 'EHOSTUNREACH'],
  ['ENFILE', 'EMFILE'],
  ['ENOBUFS', 'EMFILE'],
  ['ENOTDIR', 'ENOENT'],
  ['EPERM', 'EACCES'],
  ['EPIPE', 'ECONNRESET'],
  ['EROFS', 'EACCES'],
]);

/** What was being done when the system said no. */
export interface Failure {
  /** Begins the message: `cannot bind`. */
  readonly doing: string;
  readonly endpoint: string;
  readonly cause: unknown;
  /** The code where the system's own has no counterpart. */
  readonly otherwise: ErrnoCode;
}

/** The error to report; one that is a TransportError already, with its reason told, stays as it is. */
export function toTransportError({ doing, endpoint, cause, otherwise }: Failure): TransportError {
  if (cause instanceof TransportError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TransportError(nearestCode(cause, otherwise), `${doing} ${endpoint}: ${reason}`, {
    cause,
    address: endpoint,
  });
}

/** The system's name for what happened: `ECONNREFUSED`, `ENOTFOUND`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function nearestCode(error: unknown, otherwise: ErrnoCode): ErrnoCode {
  // Several tries, one after the other: the last was the one on which hope rested.
  if (error instanceof AggregateError) return nearestCode(error.errors.at(-1), otherwise);
  const code = systemCode(error);
  if (isErrnoCode(code)) return code;
  return NEAREST.get(code ?? '') ?? otherwise;
}
