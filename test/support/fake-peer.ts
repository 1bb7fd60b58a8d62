/** A peer without a connection: pipes in the hand of a test, which plays the engine. */
import type { ProtocolError } from '../../src/errors.ts';
import type { Message } from '../../src/message.ts';
import { Pipe, type Peer } from '../../src/pipe.ts';

/** One peer of a pattern. */
export class FakePeer implements Peer {
  readonly id: number;
  readonly inbound: Pipe;
  readonly outbound: Pipe;
  readonly routingId: Uint8Array;
  /** Why it was refused, each time. */
  readonly refusals: ProtocolError[] = [];
  closed = false;

  constructor(id: number, { highWaterMark = 0, routingId = '' }: { highWaterMark?: number; routingId?: string } = {}) {
    this.id = id;
    this.inbound = new Pipe(highWaterMark);
    this.outbound = new Pipe(highWaterMark);
    this.routingId = Buffer.from(routingId);
  }

  refuse(error: ProtocolError): void {
    this.refusals.push(error);
  }

  leave(): void {
    this.closed = true;
  }
}

/** A message of one part. */
export function text(part: string): Message {
  return [Buffer.from(part)];
}
