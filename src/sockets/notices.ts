/** What options make a socket say, or hear, whenever a connection begins or ends. */
import type { Notices } from '../engine/link.ts';
import type { Message } from '../message.ts';
import type { AllOptions } from './option-table.ts';

/** The notices of one endpoint. Types that do not have an option have its default, which says nothing. */
export function noticesOf(options: AllOptions): Notices {
  const { helloMessage } = options; // what is not live stays as it is now
  return {
    firstWords: () => {
      const messages: Message[] = [];
      if (helloMessage !== null) messages.push(copyOf(helloMessage));
      if (options.probeRouter) messages.push(empty());
      return messages;
    },
  };
}

/** Nobody shares it, so whoever receives it may do what he likes. */
function copyOf(part: Uint8Array): Message {
  return [Buffer.from(part)];
}

function empty(): Message {
  return [Buffer.alloc(0)];
}
