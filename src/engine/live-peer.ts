/** A peer with its pipes, and the connection it has at the moment, if any. */
import type { ProtocolError } from '../errors.ts';
import type { Sender } from '../message.ts';
import { Pipe, type Peer } from '../pipe.ts';
import { Traffic } from './counters.ts';
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
  readonly traffic: Traffic;
  routingId: Uint8Array = new Uint8Array(0);
  /** The connection of the moment. */
  engine: Engine | undefined;
  /** Who was there at the last handshake. */
  latest: Sender | undefined;
  /** Handshakes done. */
  connections = 0;
  /** Who was there before, as long as messages of theirs are unread, and the ordinal of the last of these. */
  #earlier: readonly { readonly sender: Sender; readonly last: number }[] = [];

  constructor(id: number, marks: HighWaterMarks, traffic: Traffic = new Traffic()) {
    this.id = id;
    this.inbound = new Pipe(marks.receive);
    this.outbound = new Pipe(marks.send);
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

  refuse(error: ProtocolError): void {
    this.engine?.fail(error);
  }

  /** The ordinal of the message that was last read. */
  get #read(): number {
    return this.traffic.messagesReceived - this.inbound.size;
  }
}
