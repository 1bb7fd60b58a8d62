/** Who is asked for a socket's peers. */
import type { Gatekeeper } from '../../engine/gatekeeper.ts';
import { ProtocolError } from '../../errors.ts';

/** Nobody is there to be asked, so nobody comes in who had to be asked about. */
export const nobody: Gatekeeper = (_visitor, answer) => {
  answer(new ProtocolError('ERR_ZAP_NO_HANDLER', 'nobody is there to be asked whether the peer may come in'));
  return ignore;
};

function ignore(): void {
  // the answer was given at once
}
