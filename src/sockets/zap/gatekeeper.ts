/** Who is asked for a socket's peers. */
import type { Gatekeeper } from '../../engine/gatekeeper.ts';
import { ProtocolError } from '../../errors.ts';
import { Metadata } from '../../zmtp/metadata.ts';

/** Nobody is there to be asked: whoever has shown a key of CURVE comes in, as in libzmq, others do not. */
export const nobody: Gatekeeper = ({ credentials }, answer) => {
  if (credentials.mechanism === 'CURVE') answer({ userId: '', metadata: new Metadata([]) });
  else answer(new ProtocolError('ERR_ZAP_NO_HANDLER', 'nobody is there to be asked whether the peer may come in'));
  return ignore;
};

function ignore(): void {
  // the answer was given at once
}
