/** A peer with its pipes, and the connection it has at the moment, if any. */
import type { ProtocolError } from '../errors.ts';
import { Pipe, type Peer } from '../pipe.ts';
import type { Engine } from './engine.ts';

/** Messages a pipe takes before it is mute; 0: no limit. */
export interface HighWaterMarks {
  readonly send: number;
  readonly receive: number;
}

/** The {@link Peer} of the patterns, as dialers and acceptors keep it. */
export class LivePeer implements Peer {
  readonly id: number;
  readonly inbound: Pipe;
  readonly outbound: Pipe;
  routingId: Uint8Array = new Uint8Array(0);
  /** The connection of the moment. */
  engine: Engine | undefined;
  /** How a peer ends that is more than its connection: one that this side connects to. */
  onClose: (() => void) | undefined;

  constructor(id: number, marks: HighWaterMarks) {
    this.id = id;
    this.inbound = new Pipe(marks.receive);
    this.outbound = new Pipe(marks.send);
  }

  /** The marks have changed. */
  apply(marks: HighWaterMarks): void {
    this.inbound.highWaterMark = marks.receive;
    this.outbound.highWaterMark = marks.send;
  }

  refuse(error: ProtocolError): void {
    this.engine?.fail(error);
  }

  close(): void {
    if (this.onClose === undefined) this.engine?.finishSoon();
    else this.onClose();
  }
}
