import { DATAGRAM_FORMS, parseDatagramEnd } from '../engine/datagram-forms.ts';
import { UsageError } from '../errors.ts';
import type { Message } from '../message.ts';
import { DuplexSocket } from './duplex-socket.ts';
import { toMessage, type MessageLike } from './message-like.ts';
import { MULTICAST, RECEIVING, SENDING } from './option-table.ts';
import type { MulticastOptions, ReceiveOptions, SendOptions } from './options.ts';
import { PairPattern } from './pair.ts';
import type { WaitOptions } from './waiters.ts';

/** What a {@link Datagram} can be told. */
export type DatagramSocketOptions = SendOptions & ReceiveOptions & MulticastOptions;

/**
 * Plain UDP, to and from anybody: messages are `[address, body]`, the address `127.0.0.1:5555` or `[::1]:5555`, the body one
 * datagram. It is bound to one `udp://` endpoint and connects to none. Datagrams may get lost, and come twice or out of
 * order; what comes while `receiveHighWaterMark` messages wait is dropped, and counted in `stats()`.
 *
 * Inside it is a PAIR: its port is the one peer it has.
 *
 * Where libzmq drops a message without a word (an address that cannot be read) or cuts it (a body of more than 8,192
 * octets, which its receivers have no room for), `send` throws. It ends the process of whoever sends before there is an
 * endpoint; here that waits. Its received addresses end with a zero octet, ours do not; what is sent may.
 *
 * @example
 * ```ts
 * const datagram = new Datagram();
 * await datagram.bind('udp://127.0.0.1:7777');
 * for await (const [address, body] of datagram) await datagram.send([address, body]); // an echo
 * ```
 */
export class Datagram extends DuplexSocket<PairPattern> {
  constructor(options: DatagramSocketOptions = {}) {
    const ownOptions = [...SENDING, ...RECEIVING, ...MULTICAST];
    super({ type: 'DGRAM', ownOptions, pattern: events => new PairPattern(events) }, options);
  }

  /**
   * Queues a datagram. Resolves when it is queued, which is at once unless the system is slow to take what was sent before,
   * or there is no endpoint yet. Octets are not copied: do not change them before they have left.
   *
   * @throws UsageError EINVAL for anything but an address in numbers with its port, and a body (IPv6 needs option `ipv6`);
   * EMSGSIZE for a body of more than 8,192 octets; ClosedError EBADF
   * @throws TimeoutError (as a rejection) EAGAIN when there was no room in time; the signal's reason
   */
  override send(message: MessageLike, options?: WaitOptions): Promise<void> {
    return this.sendMessage(this.#checked(message), options);
  }

  /**
   * Queues a datagram now or not at all: false when it would have to wait.
   *
   * @throws UsageError EINVAL, EMSGSIZE as {@link send}; ClosedError EBADF
   */
  override trySend(message: MessageLike): boolean {
    return this.trySendMessage(this.#checked(message));
  }

  #checked(value: MessageLike): Message {
    const message = toMessage(value);
    const [address] = message;
    if (address === undefined || message.length !== 2) {
      const parts = `${String(message.length)} part${message.length === 1 ? '' : 's'}`;
      throw new UsageError('EINVAL', `message of ${parts}, a DGRAM sends an address and a body`);
    }
    const end = parseDatagramEnd(address);
    if (end === undefined) throw new UsageError('EINVAL', 'no address in numbers with a port, as in 127.0.0.1:5555');
    if (end.host.includes(':') && !this.options.ipv6) {
      throw new UsageError('EINVAL', `${end.host} is IPv6, which is not switched on`);
    }
    DATAGRAM_FORMS.DGRAM.check(message);
    return message;
  }
}
