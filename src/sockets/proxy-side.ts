/** A socket as a proxy sees it: what it can do, what has passed through it, and a message that waits for it. */
import { ZmtpError } from '../errors.ts';
import type { Message } from '../message.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { ReceivingSocket } from './receiving-socket.ts';
import { SendingSocket } from './sending-socket.ts';
import type { Socket } from './socket.ts';

/** Messages, whole ones however many parts they have, and the octets of their parts. */
export interface ProxyCount {
  readonly messages: number;
  readonly octets: number;
}

/** What has passed through one socket of a proxy. */
export interface ProxyTraffic {
  readonly received: ProxyCount;
  readonly sent: ProxyCount;
}

/** How a side tells its proxy. */
export interface ProxySideEvents {
  /** Something may be possible that was not. */
  readonly changed: () => void;
  /** What cannot be mended by going on. */
  readonly failed: (error: unknown) => void;
}

/** Whether it is a socket that sends and receives parts and nothing besides, so that another can pass them on. */
export function carriesParts(socket: unknown): socket is SendingSocket | ReceivingSocket | DuplexSocket {
  return socket instanceof SendingSocket || socket instanceof ReceivingSocket || socket instanceof DuplexSocket;
}

const FOR_EVER = { timeout: -1 } as const;

/** One socket of a proxy. */
export class ProxySide {
  readonly socket: Socket;
  readonly #source: ReceivingSocket | DuplexSocket | undefined;
  readonly #target: SendingSocket | undefined;
  readonly #events: ProxySideEvents;
  readonly #received = { messages: 0, octets: 0 };
  readonly #sent = { messages: 0, octets: 0 };
  #waiting = false;

  constructor(socket: Socket, events: ProxySideEvents) {
    this.socket = socket;
    this.#source = socket instanceof ReceivingSocket || socket instanceof DuplexSocket ? socket : undefined;
    this.#target = socket instanceof SendingSocket ? socket : undefined;
    this.#events = events;
  }

  get receives(): boolean {
    return this.#source !== undefined;
  }

  get sends(): boolean {
    return this.#target !== undefined;
  }

  /** Whether a message could be handed to {@link put}. */
  get hasRoom(): boolean {
    return !this.#waiting && this.#target?.writable === true;
  }

  get traffic(): ProxyTraffic {
    return { received: { ...this.#received }, sent: { ...this.#sent } };
  }

  /** The next message, if there is one. */
  take(): Message | undefined {
    // a REQ or REP that is not readable may be out of turn, which it would say by throwing
    return this.#source?.readable === true ? this.#source.tryReceive() : undefined;
  }

  /** A message of so many octets was taken. */
  countReceived(octets: number): void {
    this.#received.messages += 1;
    this.#received.octets += octets;
  }

  /**
   * Sends on a message of so many octets. Where `writable` speaks of some peer and the message is for another (a
   * mandatory ROUTER) it may have to wait all the same: in the socket's own line, and this side has no room meanwhile.
   */
  put(message: Message, octets: number): void {
    try {
      if (this.#target?.trySend(message) === true) this.#countSent(octets);
      else void this.#wait(message, octets);
    } catch (error) {
      this.#judge(error);
    }
  }

  async #wait(message: Message, octets: number): Promise<void> {
    this.#waiting = true;
    try {
      await this.#target?.send(message, FOR_EVER);
      this.#countSent(octets);
    } catch (error) {
      this.#judge(error);
    }
    this.#waiting = false;
    this.#events.changed();
  }

  /**
   * A message that the socket refuses is dropped: it has no route, or is nothing that a ROUTER can send. Whoever is at
   * the other side may have made it so, and must not be able to end the proxy.
   */
  #judge(error: unknown): void {
    if (!(error instanceof ZmtpError)) this.#events.failed(error);
  }

  #countSent(octets: number): void {
    this.#sent.messages += 1;
    this.#sent.octets += octets;
  }
}
