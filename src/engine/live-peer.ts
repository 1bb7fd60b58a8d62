/** A peer with its pipes, and the connection it has at the moment, if any. */
import type { ProtocolError } from '../errors.ts';
import type { Message, Sender } from '../message.ts';
import { ConflatingPipe, Pipe, type Peer } from '../pipe.ts';
import type { Traffic } from './counters.ts';
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

/** What a peer is made with. */
export interface PeerMake {
  readonly marks: HighWaterMarks;
  readonly conflation: Conflation;
  /** Where to count what passes. */
  readonly traffic: Traffic;
}

/** The {@link Peer} of the patterns, as dialers and acceptors keep it. */
export class LivePeer implements Peer {
  readonly id: number;
  readonly inbound: Pipe;
  readonly outbound: Pipe;
  readonly traffic: Traffic;
  routingId: Uint8Array = new Uint8Array(0);
  /** The connection of the moment. */
  engine: Engine | undefined;
  /** How a peer ends that is more than its connection: one that this side connects to. */
  onClose: (() => void) | undefined;
  /** Who was there at the last handshake. */
  latest: Sender | undefined;
  /** Handshakes done. */
  connections = 0;
  /** Who was there before, as long as messages of theirs are unread, and the ordinal of the last of these. */
  #earlier: readonly { readonly sender: Sender; readonly last: number }[] = [];
  #welcome = false; // the connection of the moment was not refused

  constructor(id: number, { marks, conflation, traffic }: PeerMake) {
    this.id = id;
    this.inbound = conflation.receive ? new ConflatingPipe() : new Pipe(marks.receive);
    this.outbound = conflation.send ? new ConflatingPipe() : new Pipe(marks.send);
    this.traffic = traffic;
  }

  /** A connection may lead to another than the one before: what each has said stays its own. */
  get sender(): Sender | undefined {
    if (this.#earlier.length === 0) return this.latest;
    this.#earlier = this.#earlier.filter(({ last }) => last >= this.#read);
    return this.#earlier[0]?.sender ?? this.latest;
  }

  /** A handshake is done. */
  meet(sender: Sender): void {
    const before = this.latest;
    this.latest = sender;
    this.connections += 1;
    if (before === undefined) return;
    const unread = this.#earlier.filter(({ last }) => last > this.#read);
    const last = this.traffic.messagesReceived;
    if (last > (unread.at(-1)?.last ?? this.#read)) unread.push({ sender: before, last }); // only who has said something
    this.#earlier = unread;
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
    this.traffic.receivedMessages(messages.length); // or those behind would be taken for somebody else's
    for (const message of messages) this.inbound.write(message);
  }

  /** The ordinal of the message that was last read. */
  get #read(): number {
    return this.traffic.messagesReceived - this.inbound.size;
  }

  leave(): void {
    if (this.onClose === undefined) this.engine?.finishSoon();
    else this.onClose();
  }
}
