/**
 * One end of a conversation, ours or libzmq's, so that a test need not care which. A {@link PeerSocket} is one as it is;
 * {@link ours} dresses our sockets the same way and gives every step the same deadline.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Context,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../src/index.ts';
import type { MonitorEvent } from '../../src/engine/monitor.ts';
import type { SocketType } from '../../src/zmtp/socket-type.ts';
import { deadlineMs } from '../support/peers/deadline.ts';
import { EventLog } from '../support/peers/event-log.ts';
import { type Part, type PeerSocket, type PeerType, subscription } from '../support/peers/peer-socket.ts';
import { OPEN_DRAFTS } from './draft-sockets.ts';
import { EVENTS, type EndOptions, type OurSocket, type Parts } from './our-socket.ts';

export type { EndOptions, Parts } from './our-socket.ts';

/** What both kinds of sockets can do, see {@link PeerSocket}. */
export type End = Pick<
  PeerSocket,
  | 'bind'
  | 'connect'
  | 'connectPeer'
  | 'send'
  | 'sendAll'
  | 'receive'
  | 'receiveAll'
  | 'echo'
  | 'converse'
  | 'subscribe'
  | 'unsubscribe'
  | 'join'
  | 'leave'
  | 'attempt'
  | 'attemptReceive'
  | 'writable'
  | 'next'
  | 'untilEvent'
  | 'count'
  | 'details'
  | 'close'
> & { readonly type: PeerType };

/** Only some types know all options, and ours refuse what they do not know. */
const OPEN: Readonly<Record<SocketType, (options: EndOptions & { context?: Context }) => OurSocket>> = {
  PAIR: options => new Pair(options),
  PUB: options => new Publisher(options),
  SUB: options => new Subscriber(options),
  REQ: options => new Request(options),
  REP: options => new Reply(options),
  DEALER: options => new Dealer(options),
  ROUTER: options => new Router(options),
  PULL: options => new Pull(options),
  PUSH: options => new Push(options),
  XPUB: options => new XPublisher(options),
  XSUB: options => new XSubscriber(options),
  ...OPEN_DRAFTS,
};

/** One of the two implementations that meet. */
export interface Side<E extends End = End> {
  readonly name: string;
  open(type: SocketType, options: EndOptions): Promise<E>;
}

/** Our side. */
export const ours: Side = {
  name: 'ours',
  open: (type, options) => Promise.resolve(new OurEnd(type, OPEN[type](options))),
};

/** Our side in a context of its own, which may know whom to ask about peers. */
export function oursIn(context: Context): Side {
  return {
    name: 'ours',
    open: (type, options) => Promise.resolve(new OurEnd(type, OPEN[type]({ ...options, context }))),
  };
}

/** A side whose sockets have these options besides. */
export function withOptions<E extends End>(side: Side<E>, more: EndOptions, as: string): Side<E> {
  return { name: `${side.name} (${as})`, open: (type, options) => side.open(type, { ...options, ...more }) };
}

const UNROUTABLE_PAUSE_MS = 2;

class OurEnd implements End {
  readonly type: SocketType;
  readonly #socket: OurSocket;
  readonly #events: EventLog;

  constructor(type: SocketType, socket: OurSocket) {
    this.type = type;
    this.#socket = socket;
    this.#events = new EventLog(`our ${type}`);
    for (const event of EVENTS) {
      socket.events.on(event, told => {
        this.#events.add(event, detailOf(told));
      });
    }
  }

  async bind(endpoint = 'tcp://127.0.0.1:*'): Promise<string> {
    await this.#socket.bind(endpoint);
    return this.#socket.lastEndpoint ?? endpoint;
  }

  async connect(endpoint: string): Promise<void> {
    this.#socket.connect(endpoint);
  }

  async connectPeer(endpoint: string): Promise<string> {
    return String(this.#socket.connectPeer?.(endpoint));
  }

  async send(message: Parts): Promise<void> {
    const signal = AbortSignal.timeout(deadlineMs);
    for (;;) {
      try {
        await this.#socket.send?.(message, { signal });
        return;
      } catch (error) {
        // A mandatory ROUTER's peer may be on its way; the other end tries again, too.
        if (codeOf(error) !== 'EHOSTUNREACH') throw error;
        await delay(UNROUTABLE_PAUSE_MS, undefined, { signal });
      }
    }
  }

  async sendAll(messages: readonly Parts[]): Promise<void> {
    for (const message of messages) await this.send(message);
  }

  async receive(): Promise<Uint8Array[]> {
    if (this.#socket.receive === undefined) throw new Error(`a ${this.type} does not receive`);
    return [...(await this.#socket.receive({ timeout: deadlineMs }))];
  }

  async receiveAll(count: number): Promise<Uint8Array[][]> {
    const messages: Uint8Array[][] = [];
    while (messages.length < count) messages.push(await this.receive());
    return messages;
  }

  async next(): Promise<Uint8Array[] | undefined> {
    try {
      return [...((await this.#socket.receive?.()) ?? [])];
    } catch {
      return undefined;
    }
  }

  async echo(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.send(await this.receive());
  }

  async converse(messages: readonly Parts[]): Promise<Uint8Array[][]> {
    if (this.type !== 'REQ') {
      const [answers] = await Promise.all([this.receiveAll(messages.length), this.sendAll(messages)]);
      return answers;
    }
    const answers: Uint8Array[][] = [];
    for (const message of messages) {
      await this.send(message);
      answers.push(await this.receive());
    }
    return answers;
  }

  async subscribe(...topics: Part[]): Promise<void> {
    if (this.type === 'XSUB') await this.sendAll(topics.map(topic => [subscription(1, topic)]));
    else for (const topic of topics) this.#socket.subscribe?.(topic);
  }

  async unsubscribe(...topics: Part[]): Promise<void> {
    if (this.type === 'XSUB') await this.sendAll(topics.map(topic => [subscription(0, topic)]));
    else for (const topic of topics) this.#socket.unsubscribe?.(topic);
  }

  async join(...groups: Part[]): Promise<void> {
    this.#socket.join?.(...groups);
  }

  async leave(...groups: Part[]): Promise<void> {
    this.#socket.leave?.(...groups);
  }

  async attempt(message: Parts): Promise<string> {
    return outcome(() => this.#socket.trySend?.(message) === true);
  }

  async attemptReceive(): Promise<string> {
    return outcome(() => this.#socket.tryReceive?.() !== undefined);
  }

  async writable(): Promise<boolean> {
    return this.#socket.writable;
  }

  untilEvent(type: string, count = 1): Promise<void> {
    return this.#events.until(type, count);
  }

  details(type: string): readonly string[] {
    return this.#events.details(type);
  }

  count(type: string): number {
    return this.#events.count(type);
  }

  async close(): Promise<void> {
    await this.#socket.close({ linger: 0 });
  }
}

/** As a libzmq tells it, see {@link PeerSocket.details}; where there is more to be told, our code of the error. */
function detailOf(event: MonitorEvent): string | undefined {
  if (!('error' in event) || event.error === undefined) return undefined;
  const { error } = event;
  return 'status' in error && error.status !== undefined ? String(error.status) : error.code;
}

/** As libzmq tells it: what cannot be done now is an error. */
function outcome(attempt: () => boolean): string {
  try {
    return attempt() ? 'ok' : 'EAGAIN';
  } catch (error) {
    return String(codeOf(error));
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
