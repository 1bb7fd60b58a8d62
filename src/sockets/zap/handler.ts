/**
 * The handler of RFC 27: any REP or ROUTER of the context on `inproc://zeromq.zap.01`. Each question has a private end of
 * its own there, as if a REQ had connected, asked and left: so replies need no names, and one question's end disturbs no
 * other. The handler's `peers()` and events show it like that. It does not keep the process alive.
 *
 *      waiting ──▶ asked ──▶ read ──▶ answered, withdrawn, or the handler is gone
 *         ▲           └─ at most UNREAD_MAX
 *
 * A handler that does not read finds a bounded number of questions when it does; the others wait here, where a question
 * that is withdrawn leaves nothing behind. One that the handler has not read when it is withdrawn stays in its pipe: to
 * whom it answers is its own end, and that has gone by then.
 */
import type { Clock } from '../../engine/clock.ts';
import { SocketCounters } from '../../engine/counters.ts';
import { InprocEnd, type InprocSocket } from '../../engine/inproc-end.ts';
import type { InprocBinder, InprocNames } from '../../engine/inproc-names.ts';
import type { Message } from '../../message.ts';
import { Metadata } from '../../zmtp/metadata.ts';
import type { SocketType } from '../../zmtp/socket-type.ts';
import { asBuffer } from '../node-memory.ts';

/** Where the handler is, without its scheme. */
const ZAP_NAME = 'zeromq.zap.01';
const ZAP_ENDPOINT = `inproc://${ZAP_NAME}`;

/** Types that answer whoever asks. libzmq ends the process at any other. */
const HANDLERS: ReadonlySet<SocketType> = new Set<SocketType>(['REP', 'ROUTER']);

/** Questions that lie unread in the handler's pipes. */
const UNREAD_MAX = 1000;

/** What a context has for it. */
export interface ZapHandlerMake {
  readonly names: InprocNames;
  readonly clock: Clock;
  /** A number that names one connection or peer of the context. */
  readonly nextId: () => number;
}

/** Told the reply; undefined: the handler has gone. */
export type Replied = (reply: Message | undefined) => void;

/** Asks the handler of one context. */
export class ZapHandler {
  readonly #names: InprocNames;
  readonly #clock: Clock;
  readonly #socket: InprocSocket;
  readonly #waiting = new Set<Question>(); // in order
  #unread = 0;

  constructor({ names, clock, nextId }: ZapHandlerMake) {
    this.#names = names;
    this.#clock = clock;
    this.#socket = privateSocket(clock, nextId);
  }

  /** Who has the name: somebody who answers, somebody who never will, or nobody. */
  get presence(): 'handler' | 'other' | 'none' {
    const type = this.#names.binder(ZAP_NAME)?.type;
    if (type === undefined) return 'none';
    return HANDLERS.has(type) ? 'handler' : 'other';
  }

  /**
   * Asks, as soon as the handler has read enough of what it was asked before. The octets are the handler's from now on.
   * @param replied - called once, perhaps at once
   * @returns what to call when nobody wants to know any more
   */
  ask(message: Message, replied: Replied): () => void {
    const question = new Question(message, this.#clock, replied);
    if (this.#unread < UNREAD_MAX) this.#put(question);
    else this.#waiting.add(question);
    return () => {
      this.#waiting.delete(question);
      question.withdraw();
    };
  }

  #put(question: Question): void {
    const binder = this.#handler;
    if (binder === undefined) {
      question.conclude(undefined);
      return;
    }
    this.#unread += 1;
    question.put(this.#socket, binder, () => {
      this.#unread -= 1;
      this.#putNext();
    });
  }

  #putNext(): void {
    for (const question of this.#waiting) {
      if (this.#unread >= UNREAD_MAX) return;
      this.#waiting.delete(question);
      this.#put(question);
    }
  }

  get #handler(): InprocBinder | undefined {
    return this.presence === 'handler' ? this.#names.binder(ZAP_NAME) : undefined;
  }
}

/** One question, and its private end. */
class Question {
  readonly #message: Message;
  readonly #clock: Clock;
  #replied: Replied | undefined; // until somebody knows, or nobody wants to
  #end: InprocEnd | undefined;
  #read: (() => void) | undefined; // until it was

  constructor(message: Message, clock: Clock, replied: Replied) {
    this.#message = message;
    this.#clock = clock;
    this.#replied = replied;
  }

  /** @param read - called once, when the question is not in the handler's pipe any more */
  put(socket: InprocSocket, binder: InprocBinder, read: () => void): void {
    this.#read = read;
    const over = (): void => {
      this.#end = undefined;
      this.#wasRead();
      this.conclude(undefined);
    };
    const end = (this.#end = new InprocEnd({ socket, endpoint: ZAP_ENDPOINT, over }));
    end.inbound.onReadable = () => {
      const reply = end.inbound.read();
      if (reply !== undefined) this.conclude(reply);
    };
    end.attach();
    binder.accept(end);
    end.outbound.onEmpty = this.#wasRead; // only now: to be joined empties a pipe, too
    end.outbound.write(this.#message);
  }

  withdraw(): void {
    this.#replied = undefined;
    this.#leave();
  }

  conclude(reply: Message | undefined): void {
    const replied = this.#replied;
    this.#replied = undefined;
    replied?.(reply);
    this.#leave();
  }

  #wasRead = (): void => {
    const read = this.#read;
    if (read === undefined) return;
    this.#read = undefined;
    this.#clock.defer(read);
    if (this.#replied === undefined) this.#leave();
  };

  /** Not before it was read, and later: the handler may be in the midst of a call that reads or writes. */
  #leave(): void {
    const end = this.#end;
    if (end === undefined || this.#read !== undefined) return;
    this.#end = undefined;
    this.#clock.defer(() => {
      end.abort();
    });
  }
}

/** What an end needs of a socket, where there is none. */
function privateSocket(clock: Clock, nextId: () => number): InprocSocket {
  return {
    type: 'REQ',
    profile: () => ({
      version: { major: 3, minor: 1 },
      socketType: 'REQ',
      routingId: new Uint8Array(0),
      metadata: new Metadata([]),
    }),
    marks: { send: 1, receive: 1 },
    conflation: () => ({ send: false, receive: false }),
    immediate: () => false,
    notices: () => ({ firstWords: nothing, arrival: nothing, departure: nothing }),
    host: { attach: ignore, connected: ignore, disconnected: ignore, detach: ignore },
    counters: new SocketCounters(),
    monitor: ignore,
    clock,
    nextId,
    asPart: asBuffer,
  };
}

function nothing(): readonly Message[] {
  return [];
}

function ignore(): void {
  // a question has no pattern, and nobody watches it
}
