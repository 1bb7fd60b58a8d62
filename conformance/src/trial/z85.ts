/** RFC 32's text for octets, as the target's library has it. */
import { fromText, toText } from '../target/protocol.ts';
import { BadAdaptor } from '../target/target-process.ts';
import type { Trial } from './trial.ts';

/** @returns the text, or that the octets are not taken */
export async function z85Encode(trial: Trial, octets: Uint8Array): Promise<{ readonly text: string } | 'refused'> {
  const answer = await trial.process.ask({ do: 'z85', action: 'encode', data: toText(octets) });
  if (answer.event === 'refused') return 'refused';
  if (typeof answer['text'] !== 'string') throw new BadAdaptor(`z85 is answered with ${JSON.stringify(answer)}`);
  return { text: answer['text'] };
}

/** @returns the octets, or that the text is not taken */
export async function z85Decode(trial: Trial, text: string): Promise<{ readonly octets: Uint8Array } | 'refused'> {
  const data = toText(new Uint8Array(Buffer.from(text, 'latin1')));
  const answer = await trial.process.ask({ do: 'z85', action: 'decode', data });
  if (answer.event === 'refused') return 'refused';
  if (typeof answer['data'] !== 'string') throw new BadAdaptor(`z85 is answered with ${JSON.stringify(answer)}`);
  return { octets: fromText(answer['data']) };
}
