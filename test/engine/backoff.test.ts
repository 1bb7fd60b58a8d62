import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Backoff } from '../../src/engine/backoff.ts';

const backoff = suite('backoff');

/** The first delays of an endpoint; the same chance every time. */
function delays(options: { intervalMs: number; maxIntervalMs: number; random: number; refused?: true }, count: number) {
  const { random, refused, ...rest } = options;
  const subject = new Backoff(rest, () => random);
  return Array.from({ length: count }, () => subject.next(refused === undefined ? 'unreachable' : 'refused'));
}

backoff('without a maximum stays the same, with a random part of up to one interval more', () => {
  assert.equal(delays({ intervalMs: 100, maxIntervalMs: 0, random: 0 }, 3), [100, 100, 100]);
  assert.equal(delays({ intervalMs: 100, maxIntervalMs: 0, random: 0.5 }, 3), [150, 150, 150]);
  assert.equal(delays({ intervalMs: 100, maxIntervalMs: 0, random: 0.999 }, 3), [200, 200, 200]);
});

backoff('with a maximum doubles until it is reached', () => {
  assert.equal(delays({ intervalMs: 100, maxIntervalMs: 1000, random: 0 }, 7), [100, 200, 400, 800, 1000, 1000, 1000]);
  assert.equal(delays({ intervalMs: 100, maxIntervalMs: 1000, random: 0.5 }, 3), [150, 250, 450]);
});

backoff('takes a maximum below the interval for the interval', () => {
  assert.equal(delays({ intervalMs: 100, maxIntervalMs: 50, random: 0 }, 3), [100, 100, 100]);
});

backoff('of 0 or -1 is no delay but the end', () => {
  for (const intervalMs of [0, -1]) {
    assert.equal(delays({ intervalMs, maxIntervalMs: 1000, random: 0.5 }, 2), [undefined, undefined]);
    assert.equal(delays({ intervalMs, maxIntervalMs: 0, random: 0.5, refused: true }, 1), [undefined]);
  }
});

backoff('grows for a peer that answers but cannot be talked to, also without a maximum', () => {
  const refused = delays({ intervalMs: 100, maxIntervalMs: 0, random: 0, refused: true }, 12);
  assert.equal(refused.slice(0, 5), [100, 200, 400, 800, 1600]);
  assert.equal(refused.slice(-2), [30_000, 30_000]);
  const given = delays({ intervalMs: 100, maxIntervalMs: 300, random: 0, refused: true }, 4);
  assert.equal(given, [100, 200, 300, 300]);
});

backoff('begins again after a success', () => {
  const subject = new Backoff({ intervalMs: 100, maxIntervalMs: 1000 }, () => 0);
  for (let i = 0; i < 5; i += 1) subject.next('unreachable');
  subject.reset();
  assert.equal([subject.next('unreachable'), subject.next('unreachable')], [100, 200]);
});

backoff('never overflows, and never goes below the interval or beyond maximum and random part', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      fc.boolean(),
      (intervalMs, maxIntervalMs, random, refused) => {
        const subject = new Backoff({ intervalMs, maxIntervalMs }, () => random);
        const most = Math.max(intervalMs, maxIntervalMs > 0 ? maxIntervalMs : refused ? 30_000 : 0) + intervalMs;
        for (let i = 0; i < 100; i += 1) {
          const delay = subject.next(refused ? 'refused' : 'unreachable') ?? -1;
          assert.ok(Number.isInteger(delay) && delay >= intervalMs && delay <= most, `${delay} of ${most}`);
        }
      },
    ),
  );
});

backoff.run();
