/** The answers that ready-made authenticators give. */
import type { AuthenticationReply } from '../sockets/zap/authenticator.ts';

/** The peer may come in. */
export function admitted(about: Pick<AuthenticationReply, 'userId' | 'metadata'> = {}): AuthenticationReply {
  return { status: 200, ...about };
}

/** The peer may not come in. */
export function refused(text: string): AuthenticationReply {
  return { status: 400, text };
}

/** Not now: there is too much to do, or the peer has gone. */
export function postponed(text: string): AuthenticationReply {
  return { status: 300, text };
}

/** Nobody could find out. */
export function failed(text: string): AuthenticationReply {
  return { status: 500, text };
}
