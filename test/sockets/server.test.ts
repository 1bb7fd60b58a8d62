import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client } from '../../src/sockets/client.ts';
import { Server } from '../../src/sockets/server.ts';
import { inWorld, texts } from '../support/world.ts';

const server = suite('SERVER and CLIENT');

inWorld(server, 'talk without taking turns, whoever binds', async world => {
  const [bound, connecting] = [world.open(Server), world.open(Server)];
  const [client, hub] = [world.open(Client), world.open(Client)];
  await world.join(bound, client);
  await world.join(hub, connecting);
  for (const [asker, answerer] of [
    [client, bound],
    [hub, connecting],
  ] as const) {
    await asker.send('one');
    await asker.send('two');
    const [, from] = await answerer.receive();
    for (const word of ['a', 'b', 'c']) await answerer.send(word, from);
    const [second] = await answerer.receive();
    assert.is(String(second), 'two');
    for (const word of ['a', 'b', 'c']) assert.equal(texts(await asker.receive()), [word]);
  }
});

server.run();
