import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Slab } from '../../src/zmtp/slab.ts';
import { CountingMemory } from '../support/zmtp-side.ts';

const slab = suite('zmtp/slab');

const SLAB_BYTES = 64 * 1024;

slab('takes no memory before somebody writes', () => {
  const memory = new CountingMemory();
  new Slab(memory);
  assert.is(memory.allocated, 0);
});

slab('leases on what was given back, from where it was used up to', () => {
  const room = new Slab(new CountingMemory());
  const first = room.lease(10);
  assert.is(first.used, 0);
  assert.is(first.octets.length, SLAB_BYTES);
  room.giveBack(first.octets, 100);
  const second = room.lease(10);
  assert.is(second.octets, first.octets);
  assert.is(second.used, 100);
});

slab('never leases the same octets to two at a time', () => {
  const room = new Slab(new CountingMemory());
  room.giveBack(room.lease(10).octets, 10);
  const [first, second, third] = [room.lease(10), room.lease(10), room.lease(10)];
  assert.is(new Set([first.octets, second.octets, third.octets]).size, 3);
});

slab('leases a fresh one when what is left is too little', () => {
  const room = new Slab(new CountingMemory());
  const first = room.lease(10);
  room.giveBack(first.octets, SLAB_BYTES - 1000);
  const second = room.lease(1001);
  assert.is.not(second.octets, first.octets);
  assert.is(second.used, 0);
});

slab('leases what is left when it is just enough', () => {
  const room = new Slab(new CountingMemory());
  const first = room.lease(10);
  room.giveBack(first.octets, SLAB_BYTES - 1000);
  assert.is(room.lease(1000).octets, first.octets);
});

slab('lets go of a slab that is used up', () => {
  const room = new Slab(new CountingMemory());
  const first = room.lease(10);
  room.giveBack(first.octets, SLAB_BYTES);
  assert.is.not(room.lease(0).octets, first.octets);
});

slab.run();
