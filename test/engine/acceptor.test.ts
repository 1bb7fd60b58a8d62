import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull } from '../../src/sockets/pull.ts';
import { Push } from '../../src/sockets/push.ts';
import { Router } from '../../src/sockets/router.ts';
import { greeting, message } from '../support/raw-zmtp.ts';
import { Heap } from '../support/zmtp-heap.ts';
import { drain, eventsOf, inWorld, typesOf } from '../support/world.ts';

const acceptor = suite('accepting');

inWorld(acceptor, 'goes on when the system fails to accept somebody, and tells', async world => {
  const [pull, push] = [world.open(Pull), world.open(Push)];
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  world.network.failAccept('sink', 'EMFILE');
  await world.connect(push, 'mem://sink');
  await push.send('x');
  await world.settle();
  assert.equal(drain(pull), [['x']]);
  assert.is(typesOf(events), 'bind accept:error accept handshake');
  const failed = events.find(event => event.type === 'accept:error');
  assert.equal([failed?.address, failed?.error.code], ['mem://sink', 'EMFILE']);
});

inWorld(acceptor, 'turns away who comes when the socket is being closed', async world => {
  const pull = world.open(Pull);
  const events = eventsOf(pull);
  await pull.bind('mem://sink');
  world.network.nature.acceptsLate = true; // the system had accepted, and tells only now
  const dialling = world.dialRaw('mem://sink');
  await new Promise(resolve => setImmediate(resolve));
  const closed = pull.close();
  const raw = await dialling;
  await world.until(closed);
  await world.settle();
  assert.ok(raw.closedWith);
  assert.is(typesOf(events), 'bind close end');
  assert.is(raw.octets.length, 0);
});

inWorld(acceptor, 'ends with the socket for those who have not shaken hands', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  const raw = (await world.dialRaw('mem://sink')).write(greeting());
  await world.settle();
  const closed = pull.close();
  await world.settle();
  assert.ok(raw.closedWith);
  await closed;
});

inWorld(acceptor, 'ends with the listener for those who have not shaken hands', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  const raw = await world.dialRaw('mem://sink');
  await pull.unbind('mem://sink');
  await world.settle();
  assert.ok(raw.closedWith);
});

inWorld(acceptor, 'drops with the listener what had come through it and was not received', async world => {
  const pull = world.open(Pull);
  await pull.bind('mem://a');
  await pull.bind('mem://b');
  const [a, b] = [await world.dialRaw('mem://a'), await world.dialRaw('mem://b')];
  a.shakeHands('PUSH').write(message('through a'));
  b.shakeHands('PUSH').write(message('through b'));
  await world.settle();
  await pull.unbind('mem://a');
  assert.equal(drain(pull), [['through b']]);
});

inWorld(acceptor, 'gives each that comes an outgoing and an incoming limit of its own', async world => {
  const router = world.open(Router, { sendHighWaterMark: 2, receiveHighWaterMark: 2 });
  await router.bind('mem://hub');
  const raws = [];
  for (const identity of ['a', 'b']) {
    const raw = await world.dialRaw('mem://hub');
    raw.shakeHands('DEALER', { identity }).write(...Array.from({ length: 5 }, (_, i) => message(`${i}`)));
    raws.push(raw);
  }
  await world.settle();
  assert.is(drain(router).length, 4, 'two of each');
});

inWorld(acceptor, 'keeps no connection of somebody whose last words nobody has received', async world => {
  const heap = new Heap();
  const pull = world.open(Pull);
  await pull.bind('mem://sink');
  await (async () => {
    for (let i = 0; i < 5; i += 1) {
      const push = new Push({ context: world.context });
      const link = await world.connect(push, 'mem://sink');
      await push.send(`${i}`);
      heap.watch(link.accepting);
      await world.close(push);
    }
  })();
  assert.is(await heap.survivors(), 0);
  assert.is(drain(pull).length, 5);
});

acceptor.run();
