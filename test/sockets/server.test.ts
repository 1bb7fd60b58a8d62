import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Client } from '../../src/sockets/client.ts';
import { Server } from '../../src/sockets/server.ts';
import { inWorld, texts } from '../support/world.ts';

const server = suite('SERVER');

inWorld(server, 'answers', async world => {
  const [bound, client] = [world.open(Server), world.open(Client)];
  await world.join(bound, client);
  await client.send('hi');
  const [body, from] = await bound.receive();
  await bound.send(body, from);
  assert.equal(texts(await client.receive()), ['hi']);
});
server.run();
