/** A peer with its pipes, and the connection it has at the moment, if any. */
import type { ProtocolError } from '../errors.ts';
import type { Message } from '../message.ts';
import { ConflatingPipe, Pipe, type Peer } from '../pipe.ts';
import type { Engine } from './engine.ts';

/** Messages a pipe takes before it is mute; 0: no limit. */
export interface HighWaterMarks {
  readonly send: number;
  readonly receive: number;
}

/** Which of a peer's pipes keep only the newest message. */
export interface Conflation {
  readonly send: boolean;
  readonly receive: boolean;
}

/** Messages that no application sends: they come with a connection. Made anew for each. */
export interface Notices {
  /** For the peer, ahead of all others. */
  readonly firstWords: () => readonly Message[];
  /** For the socket's own application as if from the peer, ahead of what that sends. */
  readonly arrival: () => readonly Message[];
  /** Likewise, behind all that the peer had sent when the connection ended. */
  readonly departure: () => readonly Message[];
}

/** The {@link Peer} of the patterns, as dialers and acceptors keep it. */
export class LivePeer implements Peer {
  readonly id: number;
  readonly inbound: Pipe;
  readonly outbound: Pipe;
  routingId: Uint8Array = new Uint8Array(0);
  /** The connection of the moment. */
  engine: Engine | undefined;
  #welcome = false; // the connection of the moment was not refused

  constructor(id: number, marks: HighWaterMarks, conflation: Conflation) {
    this.id = id;
    this.inbound = conflation.receive ? new ConflatingPipe() : new Pipe(marks.receive);
    this.outbound = conflation.send ? new ConflatingPipe() : new Pipe(marks.send);
  }

  /** The marks have changed. */
  apply(marks: HighWaterMarks): void {
    this.inbound.highWaterMark = marks.receive;
    this.outbound.highWaterMark = marks.send;
  }

  /** The pattern knows of the connection, and may have refused it: then nobody is to hear of it. */
  arrived({ arrival }: Notices): void {
    this.#welcome = this.engine?.error === undefined;
    if (this.#welcome) this.#hear(arrival());
  }

  /** All that came with the connection is in the pipe. */
  departed({ departure }: Notices): void {
    if (this.#welcome) this.#hear(departure());
    this.#welcome = false;
  }

  refuse(error: ProtocolError): void {
    this.#welcome = false;
    this.engine?.fail(error);
  }

  #hear(messages: readonly Message[]): void {
    for (const message of messages) this.inbound.write(message);
  }
}
