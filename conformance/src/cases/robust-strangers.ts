/** Those who come to the wrong door: how they begin, and what becomes of them. */
import type { Token } from '../catalogue/case.ts';
import { SIGNATURE_SIZE } from '../raw/greeting.ts';
import { ascii, filled, hex, join } from '../raw/octets.ts';
import { arrival } from '../trial/arrivals.ts';
import type { Trial } from '../trial/trial.ts';

export type Stranger = 'HTTP' | 'TLS' | 'SSH' | 'noise' | 'noise with a signature';

/** Every run sends the same, so that every run sees the same. */
export const STRANGERS: Readonly<Record<Stranger, Uint8Array>> = {
  HTTP: join(
    ascii('GET /index.html HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nCookie: '),
    filled(333, 0x62),
    ascii('\r\n\r\n'),
  ),
  // A record of 200 octets, with a ClientHello of 196 in it.
  TLS: join(hex('16 03 01 00 c8 01 00 00 c4 03 03'), noise(194)),
  SSH: ascii('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'),
  noise: withNinth(0x30),
  'noise with a signature': withNinth(0x31),
};

/** Neither may it reach the application, nor shall it be waited for any longer than a handshake is. */
export async function metStranger(trial: Trial, octets: Uint8Array): Promise<Token> {
  const limitMs = trial.stepMs / 2;
  const socket = await trial.open(trial.can('handshake-limit') ? { handshakeMs: limitMs } : {});
  const peer = await trial.meet(socket);
  peer.write(octets, 'a stranger');
  const message = await arrival(trial, socket, peer, limitMs + trial.stepMs / 2);
  if (typeof message !== 'string') return 'delivered';
  return peer.closedAt === undefined ? 'open' : 'closed';
}

/** 200 octets behind FF; octet 9 is what tells a signature from the head of a frame. */
function withNinth(octet: number): Uint8Array {
  const octets = join(Uint8Array.of(0xff), noise(200));
  octets[SIGNATURE_SIZE - 1] = octet;
  return octets;
}

function noise(count: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: count }, () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return (state >>> 8) & 0xff;
  });
}
