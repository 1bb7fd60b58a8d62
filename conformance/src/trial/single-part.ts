/** Types whose messages have one part: what becomes of others. RFC 37 "Thread-Safe Socket Types". */
import type { Judge, Token } from '../catalogue/case.ts';
import { frame, message, MORE } from '../raw/frame.ts';
import { ascii } from '../raw/octets.ts';
import { afterOctets, reach } from './arrivals.ts';
import type { Trial } from './trial.ts';

export type SinglePartStep =
  'two parts' | 'three parts, one empty' | 'one part behind' | 'from another, while half is here' | 'the other half';

/** To be discarded; the connection may be ended. */
const DISCARDED: Judge = { rfc: ['dropped', 'closed', 'closed+ERROR(*)'], wire: ['dropped'] };

export const SINGLE_PART_JUDGE: Readonly<Record<SinglePartStep, Judge>> = {
  'two parts': DISCARDED,
  'three parts, one empty': DISCARDED,
  'one part behind': { rfc: ['delivered', 'closed', 'closed+ERROR(*)'], wire: ['delivered'] },
  'from another, while half is here': { rfc: ['delivered'] },
  'the other half': DISCARDED,
};

/** @param peers - how many the type may have at a time, as far as it matters here */
export async function discardParts(
  trial: Trial,
  peers: 'one peer' | 'many peers',
): Promise<Readonly<Partial<Record<SinglePartStep, Token>>>> {
  const socket = await trial.open();
  const peer = await trial.join(socket);
  const two = [ascii('m1'), ascii('m2')];
  const three = [ascii('m3'), ascii(''), ascii('m4')];
  const afterTwo = await afterOctets(trial, socket, peer, message(...two), two);
  const afterThree = await afterOctets(trial, socket, peer, message(...three), three);
  const { single } = await reach(trial, socket, peer, { single: [ascii('single')] });
  const tokens = { 'two parts': afterTwo, 'three parts, one empty': afterThree, 'one part behind': single };
  if (trial.role === 'connect' || peers === 'one peer') return tokens;

  const halfway = await trial.join(socket);
  const other = await trial.join(socket);
  halfway.write(frame(ascii('h1'), { flags: MORE }));
  const { meanwhile } = await reach(trial, socket, other, { meanwhile: [ascii('meanwhile')] });
  const rest = frame(ascii('h2'));
  const half = await afterOctets(trial, socket, halfway, rest, [ascii('h1'), ascii('h2')]);
  return { ...tokens, 'from another, while half is here': meanwhile, 'the other half': half };
}
