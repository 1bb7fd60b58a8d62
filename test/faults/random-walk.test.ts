// @deadline 240
/** Whole topologies in an invented network: what must hold whatever happens, in thousands of orders of events. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Received } from '../../src/sockets/receive-line.ts';
import { Channel } from '../../src/sockets/channel.ts';
import { Client } from '../../src/sockets/client.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { Gather } from '../../src/sockets/gather.ts';
import { Pair } from '../../src/sockets/pair.ts';
import { Peer } from '../../src/sockets/peer.ts';
import { Publisher } from '../../src/sockets/publisher.ts';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Reply } from '../../src/sockets/reply.ts';
import { Request } from '../../src/sockets/request.ts';
import { Router } from '../../src/sockets/router.ts';
import { Scatter } from '../../src/sockets/scatter.ts';
import { Server } from '../../src/sockets/server.ts';
import type { AnySocket } from '../../src/sockets/socket.ts';
import { Subscriber } from '../../src/sockets/subscriber.ts';
import { XPublisher } from '../../src/sockets/xpublisher.ts';
import { XSubscriber } from '../../src/sockets/xsubscriber.ts';
import { ClosedError, NoRouteError, TimeoutError } from '../../src/errors.ts';
import { texts } from '../support/world.ts';
import { takeWalks, type Walk } from '../support/walk.ts';

const walks = suite('random walks');

/** What was sent and what has come, by sender: nothing twice, everything in order, nothing invented. */
class Ledger {
  readonly #sent = new Map<string, number>();
  readonly #lastSeen = new Map<string, number>(); // by sender, receiver and, where it is known, connection
  readonly #seen = new Set<string>();
  readonly #oneConnection: boolean;

  /** @param walk - where it is calm, all that goes from one to the other goes over one connection, in order */
  constructor(walk: Walk) {
    this.#oneConnection = walk.calm;
  }

  get sent(): number {
    return [...this.#sent.values()].reduce((sum, count) => sum + count, 0);
  }

  get seen(): number {
    return this.#seen.size;
  }

  /** The next message of a sender, and how to note that it was taken. */
  next(sender: string, body: string): { readonly message: string[]; readonly taken: () => void } {
    const number = this.#sent.get(sender) ?? 0;
    return { message: [sender, String(number), body], taken: () => this.#sent.set(sender, number + 1) };
  }

  /** @param connection - the one it came with: what came with one that was cut may be read beside what the next one brings */
  see(receiver: string, [sender = '', number = '', body]: readonly string[], connection?: number): void {
    const key = `${sender} ${number}`;
    assert.ok(Number(number) < (this.#sent.get(sender) ?? 0), `${key} was never sent`);
    assert.not.ok(this.#seen.has(key), `${key} came twice`);
    this.#seen.add(key);
    assert.is(body, bodyOf(Number(number)), 'whole');
    const road = `${sender} ${receiver} ${connection ?? ''}`;
    const inOrder = Number(number) > (this.#lastSeen.get(road) ?? -1);
    assert.ok(inOrder || (connection === undefined && !this.#oneConnection), `${key} came to ${receiver} out of order`);
    this.#lastSeen.set(road, Number(number));
  }
}

function nobody(): never {
  throw new Error('a message of nobody');
}

/** Bodies of all sizes that matter: none, short, at the border of long frames, larger than what is copied. */
function bodyOf(number: number): string {
  const size = number % 40 === 39 ? 9000 : ([0, 1, 5, 10, 20, 50, 255, 256][number % 8] ?? 0);
  return String(number % 10).repeat(size);
}

interface Sends {
  trySend(message: string[]): boolean;
}
interface Receives {
  tryReceiveFrom(): Received | undefined;
}

/** Sends some, as far as there is room. */
function sendSome(walk: Walk, ledger: Ledger, name: string, socket: Sends): void {
  for (let left = walk.int(1, 20); left > 0; left -= 1) {
    const number = ledger.next(name, '').message[1];
    const { message, taken } = ledger.next(name, bodyOf(Number(number)));
    if (!socket.trySend(message)) return;
    taken();
  }
}

function receiveSome(ledger: Ledger, name: string, socket: Receives, most: number): number {
  let count = 0;
  for (; count < most; count += 1) {
    const received = socket.tryReceiveFrom();
    if (received === undefined) break;
    ledger.see(name, texts(received.message), received.peer?.connectionId ?? nobody());
  }
  return count;
}

/** Receives until nothing more comes. */
async function receiveAll(
  walk: Walk,
  ledger: Ledger,
  receivers: readonly (readonly [string, Receives])[],
): Promise<void> {
  await walk.calmDown();
  for (let quiet = 0; quiet < 2;) {
    let count = 0;
    for (const [name, socket] of receivers) count += receiveSome(ledger, name, socket, Infinity);
    await walk.world.advance(count > 0 ? 100 : 3000);
    quiet = count > 0 ? 0 : quiet + 1;
  }
}

const mark = (walk: Walk): number => walk.pick([1, 2, 3, 10, 1000]);

/** Joins everybody of one side with everybody of the other; either side is bound. */
async function join(walk: Walk, some: readonly AnySocket[], others: readonly AnySocket[]): Promise<void> {
  const [bound, connecting] = walk.chance(0.5) ? [some, others] : [others, some];
  for (const socket of bound) await socket.bind('mem://*');
  for (const socket of connecting) for (const { lastEndpoint } of bound) socket.connect(lastEndpoint ?? '');
  if (walk.chance(0.5)) await walk.world.advance(200);
}

takeWalks(walks, 'PUSH to PULL: nothing twice, in order, nothing lost without a cut, linger kept', async walk => {
  const ledger = new Ledger(walk);
  const pushes = walk.times(1, 3, () => walk.world.open(Push, { sendHighWaterMark: mark(walk) }));
  const pulls = walk.times(1, 3, () => walk.world.open(Pull, { receiveHighWaterMark: mark(walk) }));
  await join(walk, pushes, pulls);
  const named = pulls.map((pull, i) => [`pull ${i}`, pull] as const);
  await walk.go(60, [
    {
      weight: 8,
      take: () => {
        const i = walk.int(0, pushes.length - 1);
        sendSome(walk, ledger, `push ${i}`, pushes[i] as Push);
      },
    },
    { weight: 5, take: () => receiveSome(ledger, ...walk.pick(named), walk.int(1, 10)) },
  ]);
  // whoever closes keeps its linger and tells what it has dropped
  const linger = walk.pick([0, 50, 5000]);
  const before = walk.world.clock.now();
  const closing = Promise.all(pushes.map(push => push.close({ linger })));
  const reports = await walk.world.until(closing, linger + 5000);
  assert.ok(walk.world.clock.now() - before <= linger + 1000, 'linger, and a moment for goodbyes');
  const dropped = reports.reduce((sum, report) => sum + report.dropped, 0);
  await receiveAll(walk, ledger, named);
  if (walk.calm)
    assert.ok(ledger.seen + dropped >= ledger.sent, `${ledger.sent} sent, ${ledger.seen} seen, ${dropped} dropped`);
  assert.ok(ledger.seen <= ledger.sent);
});

/** A message of a ledger in one part, as those types have it that have no more; and back. */
const joined = (parts: readonly string[]): string => parts.join(' ');
const split = (body: Uint8Array | undefined): string[] =>
  Buffer.from(body ?? [])
    .toString()
    .split(' ');

function asOne(socket: { trySend(message: string): boolean }): Sends {
  return { trySend: parts => socket.trySend(joined(parts)) };
}

function asMany(socket: Receives): Receives {
  return {
    tryReceiveFrom: () => {
      const received = socket.tryReceiveFrom();
      if (received === undefined) return undefined;
      assert.is(received.message.length, 1);
      return { ...received, message: split(received.message[0]).map(part => Buffer.from(part)) };
    },
  };
}

takeWalks(walks, 'SCATTER to GATHER: nothing twice, in order, nothing lost without a cut', async walk => {
  const ledger = new Ledger(walk);
  const scatters = walk.times(1, 3, () => walk.world.open(Scatter, { sendHighWaterMark: mark(walk) }));
  const gathers = walk.times(1, 3, () => walk.world.open(Gather, { receiveHighWaterMark: mark(walk) }));
  await join(walk, scatters, gathers);
  const senders = scatters.map((scatter, i) => [`scatter-${i}`, asOne(scatter)] as const);
  const named = gathers.map((gather, i) => [`gather ${i}`, asMany(gather)] as const);
  await walk.go(60, [
    { weight: 8, take: () => sendSome(walk, ledger, ...walk.pick(senders)) },
    { weight: 5, take: () => receiveSome(ledger, ...walk.pick(named), walk.int(1, 10)) },
  ]);
  await receiveAll(walk, ledger, named);
  if (walk.calm) assert.is(ledger.seen, ledger.sent);
});

takeWalks(walks, 'CHANNEL to CHANNEL: both ways, in order, nothing lost without a cut', async walk => {
  const ledger = new Ledger(walk);
  const open = (): Channel =>
    walk.world.open(Channel, { sendHighWaterMark: mark(walk), receiveHighWaterMark: mark(walk) });
  const [left, right] = [open(), open()];
  await join(walk, [left], [right]);
  const ends = [
    ['left', asOne(left), asMany(left)],
    ['right', asOne(right), asMany(right)],
  ] as const;
  await walk.go(60, [
    {
      weight: 8,
      take: () => {
        const [name, end] = walk.pick(ends);
        sendSome(walk, ledger, name, end);
      },
    },
    {
      weight: 5,
      take: () => {
        const [name, , end] = walk.pick(ends);
        receiveSome(ledger, name, end, walk.int(1, 10));
      },
    },
  ]);
  await receiveAll(
    walk,
    ledger,
    ends.map(([name, , end]) => [name, end] as const),
  );
  if (walk.calm) assert.is(ledger.seen, ledger.sent);
});

takeWalks(walks, 'CLIENT to SERVER: answers reach who asked, in order, none lost without a cut', async walk => {
  const ledger = new Ledger(walk);
  const server = walk.world.open(Server, { sendHighWaterMark: 1000, receiveHighWaterMark: mark(walk) });
  const clients = walk.times(1, 4, () => walk.world.open(Client, { receiveHighWaterMark: mark(walk) }));
  await join(walk, [server], clients);
  const failures: unknown[] = [];
  const owners = new Map<number, string>(); // a number is given once, to one connection
  const batches = walk.chance(0.5);
  void (async () => {
    for (;;) {
      const messages = batches ? await server.receiveBatch({ max: walk.int(1, 20) }) : [await server.receive()];
      for (const [body, from] of messages) {
        const [name = ''] = split(body);
        const known = owners.get(from.routingId);
        assert.is(known ?? name, name, 'a number has changed hands');
        owners.set(from.routingId, name);
        try {
          await server.send(body, from);
        } catch (error) {
          if (!(error instanceof NoRouteError)) throw error; // the asker has gone
        }
      }
    }
  })().catch((error: unknown) => {
    if (!(error instanceof ClosedError)) failures.push(error);
  });
  const named = clients.map((client, i) => [`client-${i}`, client] as const);
  await walk.go(60, [
    {
      weight: 6,
      take: () => {
        const [name, client] = walk.pick(named);
        sendSome(walk, ledger, name, asOne(client));
      },
    },
    {
      weight: 5,
      take: () => {
        const [name, client] = walk.pick(named);
        receiveOwn(ledger, name, client, walk.int(1, 10));
      },
    },
  ]);
  await walk.calmDown();
  for (let quiet = 0; quiet < 2;) {
    const count = named.reduce((sum, [name, client]) => sum + receiveOwn(ledger, name, client, Infinity), 0);
    await walk.world.advance(count > 0 ? 100 : 3000);
    quiet = count > 0 ? 0 : quiet + 1;
  }
  assert.equal(failures, []);
  if (walk.calm) assert.is(ledger.seen, ledger.sent);
});

/** Each answer is what this one has asked. */
function receiveOwn(ledger: Ledger, name: string, client: Client, most: number): number {
  let count = 0;
  for (; count < most; count += 1) {
    const message = client.tryReceive();
    if (message === undefined) break;
    const parts = split(message[0]);
    assert.is(parts[0], name, 'somebody else asked that');
    ledger.see(name, parts);
  }
  return count;
}

takeWalks(walks, 'PEER to PEER: what is for somebody reaches that one, also who is let go meanwhile', async walk => {
  const ledger = new Ledger(walk);
  const peers = walk.times(2, 4, i => {
    const options = { sendHighWaterMark: mark(walk), receiveHighWaterMark: mark(walk) };
    return { name: `peer-${i}`, socket: walk.world.open(Peer, options), known: new Map<number, string>() };
  });
  for (const [i, peer] of peers.entries()) {
    await peer.socket.bind(`mem://${i}`);
    for (const [j, other] of peers.entries()) {
      if (j < i) peer.known.set(peer.socket.connectPeer(`mem://${j}`), other.name);
    }
  }
  if (walk.chance(0.5)) await walk.world.advance(200);
  const hear = ({ name, socket, known }: (typeof peers)[number], most: number): number => {
    let count = 0;
    for (; count < most; count += 1) {
      const received = socket.tryReceiveFrom();
      if (received === undefined) break;
      const [body, { routingId }] = received.message;
      const [road = '', ...rest] = split(body);
      const [sender = '', receiver] = road.split('>');
      assert.is(receiver, name, 'that was for somebody else');
      assert.is(known.get(routingId) ?? sender, sender, 'a number has changed hands');
      known.set(routingId, sender);
      ledger.see(name, [road, ...rest], received.peer?.connectionId ?? nobody());
    }
    return count;
  };
  await walk.go(60, [
    {
      weight: 8,
      take: () => {
        const { name, socket, known } = walk.pick(peers);
        if (known.size === 0) return;
        const [routingId, whom] = walk.pick([...known]);
        try {
          sendSome(walk, ledger, `${name}>${whom}`, { trySend: parts => socket.trySend(joined(parts), { routingId }) });
        } catch (error) {
          if (!(error instanceof NoRouteError)) throw error;
          known.delete(routingId);
        }
      },
    },
    { weight: 5, take: () => hear(walk.pick(peers), walk.int(1, 10)) },
    {
      weight: walk.calm ? 0 : 0.3,
      take: () => {
        const { socket, known } = walk.pick(peers);
        if (known.size === 0) return;
        const [routingId] = walk.pick([...known]);
        try {
          socket.disconnectPeer(routingId);
        } catch (error) {
          if (!(error instanceof NoRouteError)) throw error;
        }
        known.delete(routingId);
      },
    },
  ]);
  await walk.calmDown();
  for (let quiet = 0; quiet < 2;) {
    const count = peers.reduce((sum, peer) => sum + hear(peer, Infinity), 0);
    await walk.world.advance(count > 0 ? 100 : 3000);
    quiet = count > 0 ? 0 : quiet + 1;
  }
  if (walk.calm) assert.is(ledger.seen, ledger.sent);
});

takeWalks(walks, 'PUSH to PULL: all that waits is bounded, and comes fairly', async walk => {
  const ledger = new Ledger(walk);
  const sendHighWaterMark = walk.pick([1, 5, 20]);
  const receiveHighWaterMark = walk.pick([4, 10, 20]);
  const pushes = walk.times(2, 4, () => walk.world.open(Push, { sendHighWaterMark }));
  const pull = walk.world.open(Pull, { receiveHighWaterMark });
  await join(walk, pushes, [pull]);
  await walk.calmDown();
  for (let round = 0; round < 30; round += 1) {
    pushes.forEach((push, i) => {
      while (push.trySend([`push ${i}`, '0', 'x'.repeat(1000)])) ledger.next(`push ${i}`, '').taken();
    });
    await walk.world.advance(300);
  }
  const perLink = sendHighWaterMark + receiveHighWaterMark + (64 * 1024 * 5) / 1000; // batches, both systems, one chunk
  assert.ok(ledger.sent <= pushes.length * perLink, `${ledger.sent} wait, ${pushes.length} links`);
  const senders = Array.from({ length: pushes.length * 4 }, () => texts(pull.tryReceive() ?? [])[0]);
  for (let i = 0; i < pushes.length; i += 1) assert.is(senders.filter(name => name === `push ${i}`).length, 4);
});

takeWalks(walks, 'PAIR to PAIR: both ways, in order, nothing lost without a cut', async walk => {
  const ledger = new Ledger(walk);
  const ends = ['left', 'right'].map(
    name => [name, walk.world.open(Pair, { sendHighWaterMark: mark(walk), receiveHighWaterMark: mark(walk) })] as const,
  );
  await join(walk, [ends[0]?.[1] as Pair], [ends[1]?.[1] as Pair]);
  await walk.go(60, [
    {
      weight: 8,
      take: () => {
        const [name, end] = walk.pick(ends);
        sendSome(walk, ledger, name, end);
      },
    },
    { weight: 5, take: () => receiveSome(ledger, ...walk.pick(ends), walk.int(1, 10)) },
  ]);
  await receiveAll(walk, ledger, ends);
  if (walk.calm) assert.is(ledger.seen, ledger.sent);
});

takeWalks(walks, 'DEALER to ROUTER: answers reach who asked, in order, none lost without a cut', async walk => {
  const ledger = new Ledger(walk);
  const router = walk.world.open(Router, {
    mandatory: walk.chance(0.5),
    sendHighWaterMark: 1000,
    receiveHighWaterMark: mark(walk),
  });
  const dealers = walk.times(1, 4, () =>
    walk.world.open(Dealer, {
      receiveHighWaterMark: mark(walk),
      ...(walk.chance(0.5) && { routingId: `id ${walk.int(0, 1e9)}` }),
    }),
  );
  await join(walk, [router], dealers);
  void (async () => {
    for await (const [id, ...message] of router) {
      if (id === undefined) continue;
      try {
        await router.send([id, ...message]);
      } catch {
        // mandatory, and the asker has gone
      }
    }
  })().catch(() => undefined);
  const named = dealers.map((dealer, i) => [`dealer ${i}`, dealer] as const);
  await walk.go(60, [
    {
      weight: 6,
      take: () => {
        const [name, dealer] = walk.pick(named);
        sendSome(walk, ledger, name, dealer);
      },
    },
    {
      weight: 5,
      take: () => {
        const [name, dealer] = walk.pick(named);
        receiveAnswers(ledger, name, dealer, walk.int(1, 10));
      },
    },
  ]);
  await walk.calmDown();
  for (let quiet = 0; quiet < 2;) {
    const count = named.reduce((sum, [name, dealer]) => sum + receiveAnswers(ledger, name, dealer, Infinity), 0);
    await walk.world.advance(count > 0 ? 100 : 3000);
    quiet = count > 0 ? 0 : quiet + 1;
  }
  if (walk.calm) assert.is(ledger.seen, ledger.sent);
});

/** Each answer is what this one has asked. */
function receiveAnswers(ledger: Ledger, name: string, dealer: Dealer, most: number): number {
  let count = 0;
  for (; count < most; count += 1) {
    const message = dealer.tryReceive();
    if (message === undefined) break;
    const [sender = '', ...rest] = texts(message);
    assert.is(sender, name, 'somebody else asked that');
    ledger.see(name, [sender, ...rest]);
  }
  return count;
}

takeWalks(walks, 'REQ to REP: one answer to each question, its own', async walk => {
  const servers = walk.times(1, 3, () => walk.world.open(Reply));
  for (const server of servers) await server.bind('mem://*');
  for (const server of servers) {
    void (async () => {
      for await (const question of server)
        await server.send(question.map(part => `re ${Buffer.from(part).toString()}`));
    })().catch(() => undefined);
  }
  let [asked, answered, givenUp] = [0, 0, 0];
  const ask = async (client: number): Promise<void> => {
    let request = open();
    for (let i = 0; i < 8; i += 1) {
      const question = [`client ${client}`, `${i}`, bodyOf(i)];
      asked += 1;
      await request.send(question);
      try {
        assert.equal(
          texts(await request.receive({ timeout: 60_000 })),
          question.map(part => `re ${part}`),
        );
        answered += 1;
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        givenUp += 1;
        void request.close({ linger: 0 });
        request = open();
      }
    }
  };
  const open = (): Request => {
    const request = walk.world.open(Request);
    for (const { lastEndpoint } of servers) request.connect(lastEndpoint ?? '');
    return request;
  };
  const clients = Promise.all(walk.times(1, 4, ask));
  await walk.go(40, []);
  await walk.calmDown();
  await walk.world.until(clients, 60_000 * 10);
  assert.is(answered + givenUp, asked);
  if (walk.calm) assert.is(givenUp, 0);
});

const TOPICS = ['', 'a', 'ab', 'abc', 'b', 'ba', 'c'];

takeWalks(walks, 'PUB to SUB: subscriptions converge, whatever has happened', async walk => {
  const publishers = walk.times(1, 2, () =>
    walk.chance(0.5) ? walk.world.open(Publisher) : walk.world.open(XPublisher),
  );
  const subscribers = walk.times(1, 4, () => walk.world.open(Subscriber, { receiveHighWaterMark: mark(walk) }));
  const wanted = subscribers.map(() => new Map<string, number>());
  await join(walk, publishers, subscribers);
  const wants = (i: number, topic: string): boolean =>
    [...(wanted[i] ?? [])].some(([prefix, count]) => count > 0 && topic.startsWith(prefix));
  let number = 0;
  const lastSeen = new Map<string, number>();
  const seenBy = subscribers.map(() => new Set<string>());
  const take = (i: number, most: number): string[] => {
    const seen: string[] = [];
    for (let left = most; left > 0; left -= 1) {
      const received = subscribers[i]?.tryReceiveFrom();
      if (received === undefined) break;
      const [topic = '', from = '', count = ''] = texts(received.message);
      assert.ok(wants(i, topic), `subscriber ${i} does not want ${topic}`);
      const road = `${from} ${i} ${received.peer?.connectionId ?? nobody()}`;
      assert.not.ok(seenBy[i]?.has(count), 'nothing twice');
      seenBy[i]?.add(count);
      assert.ok(Number(count) > (lastSeen.get(road) ?? -1), 'in order, of one connection');
      lastSeen.set(road, Number(count));
      seen.push(`${topic} ${from} ${count}`);
    }
    return seen;
  };
  /** Waits, since what is no longer wanted may stand in front of what is. */
  const untilNothingComes = async (i: number): Promise<void> => {
    const last = subscribers[i]?.receive({ timeout: 1000 }).then(
      () => false,
      () => true,
    );
    if (last !== undefined && !(await walk.world.until(last))) await untilNothingComes(i);
  };
  const publish = (topic: string, p: number): string => {
    number += 1;
    publishers[p]?.trySend([topic, `pub ${p}`, `${number}`]);
    return `${topic} pub ${p} ${number}`;
  };
  await walk.go(60, [
    { weight: 6, take: () => publish(walk.pick(TOPICS), walk.int(0, publishers.length - 1)) },
    {
      weight: 3,
      take: () => {
        const [i, topic] = [walk.int(0, subscribers.length - 1), walk.pick(TOPICS)];
        subscribers[i]?.subscribe(topic);
        wanted[i]?.set(topic, (wanted[i].get(topic) ?? 0) + 1);
      },
    },
    {
      weight: 2,
      take: () => {
        const [i, topic] = [walk.int(0, subscribers.length - 1), walk.pick(TOPICS)];
        if ((wanted[i]?.get(topic) ?? 0) === 0) return;
        take(i, Infinity); // what is still wanted now
        subscribers[i]?.unsubscribe(topic);
        wanted[i]?.set(topic, (wanted[i].get(topic) ?? 0) - 1);
      },
    },
    { weight: 4, take: () => take(walk.int(0, subscribers.length - 1), walk.int(1, 20)) },
  ]);
  await walk.calmDown();
  for (let i = 0; i < subscribers.length; i += 1) await untilNothingComes(i);
  for (const topic of ['x', ...TOPICS]) {
    for (let p = 0; p < publishers.length; p += 1) {
      const probe = publish(topic, p);
      await walk.world.advance(300);
      subscribers.forEach((_, i) =>
        assert.equal(take(i, Infinity), wants(i, topic) ? [probe] : [], `to subscriber ${i}`),
      );
    }
  }
});

takeWalks(walks, 'XPUB and XSUB: a publisher learns of the first and the last who wants a topic', async walk => {
  const xpublisher = walk.world.open(XPublisher);
  const subscribers = walk.times(1, 4, () =>
    walk.chance(0.5) ? walk.world.open(Subscriber) : walk.world.open(XSubscriber),
  );
  await join(walk, [xpublisher], subscribers);
  const counts = subscribers.map(() => new Map<string, number>());
  const known = new Set<string>();
  const listen = (): void => {
    for (let message = xpublisher.tryReceive(); message !== undefined; message = xpublisher.tryReceive()) {
      const [text = ''] = texts(message);
      const topic = text.slice(1);
      if (text.charCodeAt(0) === 1) {
        assert.not.ok(known.has(topic), `${topic} was known`);
        known.add(topic);
      } else {
        known.delete(topic);
      }
    }
  };
  const change = (i: number, topic: string, by: 1 | -1): void => {
    const subscriber = subscribers[i];
    if (subscriber instanceof Subscriber) {
      if (by === 1) subscriber.subscribe(topic);
      else subscriber.unsubscribe(topic);
    } else {
      subscriber?.trySend([Buffer.from(`${by === 1 ? '\u0001' : '\u0000'}${topic}`)]);
    }
    counts[i]?.set(topic, (counts[i].get(topic) ?? 0) + by);
  };
  await walk.go(60, [
    { weight: 4, take: () => change(walk.int(0, subscribers.length - 1), walk.pick(TOPICS), 1) },
    {
      weight: 3,
      take: () => {
        const [i, topic] = [walk.int(0, subscribers.length - 1), walk.pick(TOPICS)];
        if ((counts[i]?.get(topic) ?? 0) > 0) change(i, topic, -1);
      },
    },
    { weight: 3, take: listen },
  ]);
  await walk.calmDown();
  listen();
  const wanted = TOPICS.filter(topic => counts.some(count => (count.get(topic) ?? 0) > 0));
  assert.equal([...known].toSorted(), wanted.toSorted());
});

walks.run();
