/** What sockets leave behind in their context, and in each other, when they have met within a process: nothing. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Context,
  Dealer,
  Dish,
  Pair,
  Pull,
  Push,
  Radio,
  Router,
  Subscriber,
  XPublisher,
  type Socket,
} from '../../src/index.ts';
import { Heap } from '../support/zmtp-heap.ts';

const leaks = suite('inproc leaks');

const CYCLES = 10_000;
const NAME = 'inproc://name';

/** Makes sockets that stay, and gives them with what is to be done again and again beside them. */
type Case = (context: Context, heap: Heap) => { stay: readonly Socket[]; cycle: (i: number) => Promise<unknown> };

const CASES: Readonly<Record<string, Case>> = {
  'a PUSH that connects, sends and closes': (context, heap) => {
    const pull = new Pull({ context });
    void pull.bind(NAME);
    const cycle = async (): Promise<void> => {
      const push = heap.watch(new Push({ context }));
      push.connect(NAME);
      push.trySend(heap.watch(Buffer.from('x')));
      await push.close();
      pull.tryReceive();
    };
    return { stay: [pull], cycle };
  },

  'a DEALER that talks to a ROUTER, and closes with something unread': (context, heap) => {
    const router = new Router({ context });
    void router.bind(NAME);
    const cycle = async (): Promise<void> => {
      const dealer = heap.watch(new Dealer({ context, routingId: 'me' }));
      dealer.connect(NAME);
      dealer.trySend('x');
      const request = router.tryReceive() ?? [];
      for (let i = 0; i < 3; i += 1) router.trySend([...request]);
      await dealer.close();
    };
    return { stay: [router], cycle };
  },

  'a SUB that subscribes and closes': (context, heap) => {
    const xpub = new XPublisher({ context });
    void xpub.bind(NAME);
    const cycle = async (i: number): Promise<void> => {
      const sub = heap.watch(new Subscriber({ context }));
      sub.subscribe(`${i}`);
      sub.connect(NAME);
      xpub.trySend(`${i}`);
      await sub.close();
      while (xpub.tryReceive() !== undefined);
    };
    return { stay: [xpub], cycle };
  },

  'a DISH that joins, hears and closes': (context, heap) => {
    const radio = new Radio({ context });
    void radio.bind(NAME);
    const cycle = async (i: number): Promise<void> => {
      const dish = heap.watch(new Dish({ context }));
      dish.join(`${i}`, 'all');
      dish.connect(NAME);
      radio.trySend(heap.watch(Buffer.from('x')), { group: 'all' });
      await dish.close();
    };
    return { stay: [radio], cycle };
  },

  'a second PAIR that is refused': (context, heap) => {
    const [first, other] = [new Pair({ context }), new Pair({ context })];
    void first.bind(NAME);
    other.connect(NAME);
    const cycle = async (): Promise<void> => {
      const pair = heap.watch(new Pair({ context }));
      pair.connect(NAME);
      pair.trySend('x');
      await pair.close();
    };
    return { stay: [first, other], cycle };
  },

  'a binder that somebody who stays had connected to': (context, heap) => {
    const push = new Push({ context });
    const cycle = async (): Promise<void> => {
      const pull = heap.watch(new Pull({ context }));
      await pull.bind(NAME);
      push.connect(NAME);
      push.trySend('x');
      await pull.close();
    };
    return { stay: [push], cycle };
  },

  'one who waits for a name that nobody binds': (context, heap) => {
    const cycle = async (i: number): Promise<void> => {
      const push = heap.watch(new Push({ context }));
      push.connect(`inproc://${i}`);
      push.trySend('x');
      if (i % 2 === 0) push.disconnect(`inproc://${i}`);
      await push.close({ linger: 0 });
    };
    return { stay: [], cycle };
  },

  'messages of a socket that connects and disconnects': (context, heap) => {
    const [push, pull] = [new Push({ context }), new Pull({ context })];
    void pull.bind(NAME);
    const cycle = async (): Promise<void> => {
      for (const name of [NAME, 'inproc://nobody']) {
        push.connect(name);
        push.trySend(heap.watch(Buffer.from('x')));
        push.disconnect(name);
      }
      while (pull.tryReceive() !== undefined);
      await Promise.resolve();
    };
    push.options.linger = 0;
    return { stay: [push, pull], cycle };
  },
};

for (const [name, make] of Object.entries(CASES)) {
  leaks(`${name}: ${CYCLES} times, and nothing is held`, async () => {
    const [context, heap] = [new Context(), new Heap()];
    const { stay, cycle } = make(context, heap);
    for (let i = 0; i < CYCLES; i += 1) await cycle(i);
    const survivors = await heap.survivors();
    assert.ok(survivors <= 2, `${survivors} are still held`); // the last one may be in a register
    for (const socket of stay) await socket.close();
    assert.ok(context.inprocNames.binder('name') === undefined);
  });
}

leaks.run();
