import { curveKeyPair } from 'zeromq';
import type { Security } from '../contestants/security.ts';

/** New keys for both sides. */
export function curveSecurity(): Security {
  return { mechanism: 'CURVE', server: curveKeyPair(), client: curveKeyPair() };
}
