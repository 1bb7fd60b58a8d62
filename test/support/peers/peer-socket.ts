/**
 * What a test holds of a libzmq socket: calls that become requests to the child process, as peer.ts describes.
 */
import type { AnySocketType } from '../../../src/sockets/link-settings.ts';
import type { EventLog } from './event-log.ts';

/** What a libzmq can open: besides the types of the wire, the one of datagrams. */
export type PeerType = AnySocketType | 'DGRAM';

/** One part of a message to send; a string travels as UTF-8. */
export type Part = string | Uint8Array;

/** Puts a request to the child and waits for the answer; as long as any step may take, unless told otherwise. */
export type Ask = (op: string, fields?: object, limitMs?: number) => Promise<unknown>;

/**
 * One libzmq socket in a child process, see peer.ts. Every call fails when its deadline passes.
 *
 * What libzmq keeps beside a message is its first part here, in both directions: of a SERVER or PEER the routing id, in
 * digits; of a RADIO or DISH the group.
 */
export class PeerSocket {
  readonly type: PeerType;
  readonly #ask: Ask;
  readonly #events: EventLog;

  constructor(type: PeerType, ask: Ask, events: EventLog) {
    this.type = type;
    this.#ask = ask;
    this.#events = events;
  }

  /** Binds, and gives the endpoint with its real port. */
  async bind(endpoint = 'tcp://127.0.0.1:*'): Promise<string> {
    return asText(await this.#ask('bind', { endpoint }));
  }

  /** Stops listening; `endpoint` as {@link bind} gave it. */
  async unbind(endpoint: string): Promise<void> {
    await this.#ask('unbind', { endpoint });
  }

  /** Starts connecting, to a peer that is called `routingId` there. */
  async connect(endpoint: string, routingId?: Part): Promise<void> {
    await this.#ask('connect', routingId === undefined ? { endpoint } : { endpoint, routingId: encode(routingId) });
  }

  /** Ends the connection that {@link connect} started. */
  async disconnect(endpoint: string): Promise<void> {
    await this.#ask('disconnect', { endpoint });
  }

  /** Resolves when libzmq has taken the message. */
  async send(message: readonly Part[]): Promise<void> {
    await this.sendAll([message]);
  }

  /** Resolves when libzmq has taken all of them. */
  async sendAll(messages: readonly (readonly Part[])[]): Promise<void> {
    await this.#ask('send', { messages: messages.map(message => message.map(encode)) });
  }

  /** Sends now or not at all: `ok`, or the code of libzmq's error. Goes past sends that wait. */
  async attempt(message: readonly Part[]): Promise<string> {
    return asText(await this.#ask('attempt', { message: message.map(encode) }));
  }

  /** The next message. */
  async receive(): Promise<Uint8Array[]> {
    const [message] = await this.receiveAll(1);
    if (message === undefined) throw new Error(`${this.type} answered without a message`);
    return message;
  }

  /** The next `count` messages. */
  async receiveAll(count: number): Promise<Uint8Array[][]> {
    return asMessages(await this.#ask('receive', { count }));
  }

  /** The next message whenever it comes; undefined when the socket is closed before. */
  async next(): Promise<Uint8Array[] | undefined> {
    const answer = await this.#ask('receive', { count: 1 }, Infinity).catch(() => undefined);
    return answer === undefined ? undefined : asMessages(answer)[0];
  }

  /** What libzmq tells of the sender of the next message (zmq_msg_gets), name by name; null where it tells nothing. */
  async receiveProperties(...names: readonly string[]): Promise<unknown> {
    const answer = await this.#ask('receive', { count: 1, names });
    return Array.isArray(answer) ? answer[0] : undefined;
  }

  /** Sends the next `count` messages back as they came. */
  async echo(count: number): Promise<void> {
    await this.#ask('echo', { count });
  }

  /** Sends all of them, each as soon as the socket lets it, and gives as many messages as come back. */
  async converse(messages: readonly (readonly Part[])[]): Promise<Uint8Array[][]> {
    const [answers] = await Promise.all([this.receiveAll(messages.length), this.sendAll(messages)]);
    return answers;
  }

  /** Subscribes to prefixes: a SUB by option, an XSUB by message. */
  async subscribe(...topics: readonly Part[]): Promise<void> {
    if (this.type === 'XSUB') await this.sendAll(topics.map(topic => [subscription(1, topic)]));
    else await this.#ask('subscribe', { topics: topics.map(encode) });
  }

  /** Takes back what {@link subscribe} asked for. */
  async unsubscribe(...topics: readonly Part[]): Promise<void> {
    if (this.type === 'XSUB') await this.sendAll(topics.map(topic => [subscription(0, topic)]));
    else await this.#ask('unsubscribe', { topics: topics.map(encode) });
  }

  /** Has a DISH join groups, one after the other. */
  async join(...groups: readonly Part[]): Promise<void> {
    await this.#ask('join', { groups: groups.map(encode) });
  }

  /** Takes back what {@link join} asked for. */
  async leave(...groups: readonly Part[]): Promise<void> {
    await this.#ask('leave', { groups: groups.map(encode) });
  }

  /** Whether libzmq would take a message now. */
  async writable(): Promise<boolean> {
    return (await this.#ask('writable')) === true;
  }

  /** Resolves when there have been `count` events of that type, under zeromq.js's names, since the socket was opened. */
  untilEvent(type: string, count = 1): Promise<void> {
    return this.#events.until(type, count);
  }

  /**
   * What the events of that type have said so far, oldest first: `handshake:error:auth` the status that ZAP or the peer
   * gave, `handshake:error:protocol` zeromq.js's code, `handshake:error:other` the name of an errno.
   */
  details(type: string): readonly string[] {
    return this.#events.details(type);
  }

  /** How often that event has come so far. */
  count(type: string): number {
    return this.#events.count(type);
  }

  /** Closes it; requests still waiting fail. */
  async close(): Promise<void> {
    await this.#ask('close');
  }
}

/** A subscription (1) or cancellation (0) as XSUB sends and XPUB receives it. */
export function subscription(verb: 0 | 1, topic: Part): Uint8Array {
  return Buffer.concat([Uint8Array.of(verb), Buffer.from(topic)]);
}

/** Octets as they travel to the child. */
export function encode(part: Part): string {
  return Buffer.from(part).toString('base64');
}

/** @throws when the child answered with something else */
export function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`a text was expected, not ${JSON.stringify(value)}`);
  return value;
}

function asMessages(value: unknown): Uint8Array[][] {
  if (!Array.isArray(value)) throw new Error(`messages were expected, not ${JSON.stringify(value)}`);
  return value.map((message: unknown) => {
    if (!Array.isArray(message)) throw new Error(`a message was expected, not ${JSON.stringify(message)}`);
    return message.map(part => Buffer.from(asText(part), 'base64'));
  });
}
