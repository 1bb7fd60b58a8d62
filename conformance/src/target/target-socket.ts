/** One socket of the target's application. */
import { fromText, toText, type Answer, type Refusal, type SocketType, type TargetMessage } from './protocol.ts';
import { BadAdaptor, Unsupported, type Target } from './target-process.ts';
import { Bell } from '../raw/bell.ts';
import { Unreached } from '../raw/raw-peer.ts';

export class TargetSocket {
  readonly sid: string;
  readonly type: SocketType;
  /** Where it is really bound, or what it was told to connect to. */
  readonly endpoint: string;
  /** Of the ZAP handler it asks. */
  readonly context: string;
  /** Of a PEER that connects: whom it has connected to. */
  readonly routingId: number | undefined;
  readonly #process: Target;
  readonly #stepMs: number;
  readonly #arrived: TargetMessage[] = [];
  readonly #bell: Bell = new Bell();
  #closed = false;

  constructor(
    process: Target,
    stepMs: number,
    it: Pick<TargetSocket, 'sid' | 'type' | 'endpoint' | 'context'> & { readonly routingId?: number },
  ) {
    this.sid = it.sid;
    this.type = it.type;
    this.endpoint = it.endpoint;
    this.context = it.context;
    this.routingId = it.routingId;
    this.#process = process;
    this.#stepMs = stepMs;
    process.listen(it.sid, event => {
      if (event.event !== 'message') return;
      this.#arrived.push(messageOf(event));
      this.#bell.ring();
    });
  }

  /** The next message that reaches the application, or undefined when none does in time. */
  async receive(withinMs: number = this.#stepMs): Promise<TargetMessage | undefined> {
    if (!this.#process.application) throw new Unsupported('an application, which only an adaptor has');
    const look = (): TargetMessage | undefined => {
      const message = this.#arrived.shift();
      if (message === undefined && this.#process.over !== undefined) throw this.#process.over;
      return message;
    };
    return this.#bell.until(look, withinMs);
  }

  async expectMessage(withinMs?: number): Promise<TargetMessage> {
    const message = await this.receive(withinMs);
    if (message === undefined) throw new Unreached('no message reached the application');
    return message;
  }

  /** Takes the first of the messages that have come and fit, and leaves the others; says whether there was one. */
  takeArrived(fits: (message: TargetMessage) => boolean): boolean {
    const at = this.#arrived.findIndex(fits);
    if (at !== -1) this.#arrived.splice(at, 1);
    return at !== -1;
  }

  /** What has reached the application and was not received. */
  get waiting(): number {
    return this.#arrived.length;
  }

  /** @param withinMs - how long the application is willing to wait; 0: not at all */
  send(message: TargetMessage, withinMs: number = this.#stepMs): Promise<'sent' | Refusal> {
    return this.#attempt({ do: 'send', ...encoded(message), timeoutMs: withinMs });
  }

  /** One part, with more to follow; the rest by `send`. Types of one part refuse it. */
  sendPart(part: Uint8Array, withinMs: number = this.#stepMs): Promise<'sent' | Refusal> {
    return this.#attempt({ do: 'send-part', parts: [toText(part)], timeoutMs: withinMs });
  }

  /** Octets of any kind are topics; of the option, not of the wire. */
  subscribe(topic: Uint8Array): Promise<'sent' | Refusal> {
    return this.#attempt({ do: 'subscribe', data: toText(topic) });
  }

  unsubscribe(topic: Uint8Array): Promise<'sent' | Refusal> {
    return this.#attempt({ do: 'unsubscribe', data: toText(topic) });
  }

  join(group: Uint8Array): Promise<'sent' | Refusal> {
    return this.#attempt({ do: 'join', data: toText(group) });
  }

  leave(group: Uint8Array): Promise<'sent' | Refusal> {
    return this.#attempt({ do: 'leave', data: toText(group) });
  }

  /** The application receives no further, until `resume`. */
  async pause(): Promise<void> {
    await this.#ask({ do: 'pause' });
  }

  async resume(): Promise<void> {
    await this.#ask({ do: 'resume' });
  }

  /** From the endpoint it was opened with, bound or connected. */
  async disconnect(): Promise<void> {
    await this.#ask({ do: 'disconnect' });
  }

  /** Resolves when it is closed, which takes as long as `lingerMs` at most. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#ask({ do: 'close' });
    this.#process.forget(this.sid);
  }

  async #attempt(fields: Readonly<Record<string, unknown>>): Promise<'sent' | Refusal> {
    const answer = await this.#ask(fields);
    if (answer.event === 'sent') return 'sent';
    const why = answer['why'];
    if (why === 'would-block' || why === 'no-route' || why === 'state' || why === 'invalid') return why;
    throw new BadAdaptor(`${String(fields['do'])} is answered with ${JSON.stringify(answer)}`);
  }

  #ask(fields: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#process.ask({ sid: this.sid, ...fields });
  }
}

function encoded({ parts, routingId, group }: TargetMessage): Readonly<Record<string, unknown>> {
  return {
    parts: parts.map(toText),
    ...(routingId === undefined ? {} : { routingId }),
    ...(group === undefined ? {} : { group: toText(group) }),
  };
}

function messageOf(event: Answer): TargetMessage {
  const { parts, routingId, group, properties } = event;
  if (!Array.isArray(parts)) throw new BadAdaptor(`a message without parts: ${JSON.stringify(event)}`);
  return {
    parts: parts.map(part => fromText(String(part))),
    ...(typeof routingId === 'number' ? { routingId } : {}),
    ...(typeof group === 'string' ? { group: fromText(group) } : {}),
    ...(typeof properties === 'object' && properties !== null
      ? { properties: properties as Readonly<Record<string, string>> }
      : {}),
  };
}
