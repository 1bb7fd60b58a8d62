/** What options make a socket say, or hear, whenever a connection begins or ends. */
import type { Notices } from '../engine/live-peer.ts';
import type { Message } from '../message.ts';
import type { AllOptions } from './option-table.ts';

/** The notices of one endpoint. Types that do not have an option have its default, which says nothing. */
export function noticesOf(options: AllOptions, use: 'bind' | 'connect'): Notices {
  const { helloMessage, notifyConnect, notifyDisconnect, disconnectMessage, hiccupMessage } = options; // as they are now: not live
  return {
    firstWords: () => [...copiesOf(helloMessage), ...(options.probeRouter ? empty() : [])],
    arrival: () => (notifyConnect ? empty() : []),
    departure: () => [
      ...(notifyDisconnect ? empty() : []),
      ...copiesOf(use === 'bind' ? disconnectMessage : hiccupMessage),
    ],
  };
}

/** Nobody shares it, so whoever receives it may do with it as he likes. */
function copiesOf(part: Uint8Array | null): Message[] {
  return part === null ? [] : [[Buffer.from(part)]];
}

function empty(): Message[] {
  return [[Buffer.alloc(0)]];
}
