import { RECEIVING } from './option-table.ts';
import type { ReceiveOptions } from './options.ts';
import { PullPattern } from './pull.ts';
import { ReceivingSocket } from './receiving-socket.ts';

/**
 * Collects messages of one part from SCATTER peers, one from each in turn (RFC 49). Those of several parts are discarded,
 * and counted (`stats().dropped.unexpected`).
 *
 * @example
 * ```ts
 * const gather = new Gather();
 * gather.connect('tcp://127.0.0.1:5555');
 * for await (const [work] of gather) console.log(`${work}`);
 * ```
 */
export class Gather extends ReceivingSocket<PullPattern> {
  constructor(options: ReceiveOptions = {}) {
    super({ type: 'GATHER', ownOptions: RECEIVING, pattern: events => new PullPattern(events) }, options);
  }
}
