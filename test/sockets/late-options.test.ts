import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pull, Push } from '../../src/index.ts';
import { TimeoutError } from '../../src/errors.ts';
import { inWorld } from '../support/world.ts';

const late = suite('options that are set late');

/** What `act` makes the process warn of. */
async function warnings(act: () => unknown): Promise<string[]> {
  const seen: string[] = [];
  const listen = (warning: Error): void => void seen.push(warning.message);
  process.on('warning', listen);
  await act();
  await new Promise(setImmediate); // warnings are emitted on the next tick
  process.off('warning', listen);
  return seen;
}

inWorld(late, 'bring live pipes to a new high-water mark at once', async world => {
  const [push, pull] = [world.open(Push), world.open(Pull)];
  const link = await world.join(push, pull);
  link.back.freeze();
  push.options.sendHighWaterMark = 3;
  let taken = 0;
  while (push.trySend('x')) taken += 1;
  push.options.sendHighWaterMark = 5;
  while (push.trySend('x')) taken += 1;
  assert.is(taken, 5);
});

inWorld(late, 'count for calls that come afterwards', async world => {
  const pull = world.open(Pull);
  pull.options.receiveTimeout = 0;
  const error: unknown = await pull.receive().catch((reason: unknown) => reason);
  assert.instance(error, TimeoutError);
});

inWorld(late, 'warn when there are endpoints that take no notice', async world => {
  const pull = world.open(Pull);
  assert.equal(await warnings(() => (pull.options.maxMessageSize = 5)), []);
  await pull.bind('mem://here');
  assert.equal(await warnings(() => (pull.options.linger = 5)), []);
  const [warning, ...others] = await warnings(() => (pull.options.maxMessageSize = 6));
  assert.match(warning ?? '', /maxMessageSize takes effect/);
  assert.equal(others, []);
});

inWorld(late, 'warn about names of inproc as about other endpoints', async world => {
  const [pull, push] = [world.open(Pull), world.open(Push)];
  await pull.bind('inproc://name');
  push.connect('inproc://other');
  for (const socket of [pull, push]) assert.is((await warnings(() => (socket.options.backlog = 5))).length, 1);
});

late.run();
