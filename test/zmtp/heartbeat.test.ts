import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Heartbeat, type HeartbeatOptions } from '../../src/zmtp/heartbeat.ts';

const heartbeat = suite('zmtp/heartbeat');

const OPTIONS: HeartbeatOptions = { intervalMs: 100, timeoutMs: 300, ttlDeciseconds: 0 };

/** A heartbeat that began at moment 0. */
function beating(options: Partial<HeartbeatOptions> = {}): Heartbeat {
  return new Heartbeat({ ...OPTIONS, ...options }, 0);
}

/** What falls due up to moment `end`, each with its moment, until it gives up. */
function run(heart: Heartbeat, end: number): string[] {
  const log: string[] = [];
  for (let at = heart.deadline(); at !== undefined && at <= end; at = heart.deadline()) {
    const due = heart.tick(at);
    log.push(`${due} ${at}`);
    if (due === 'give up') break;
  }
  return log;
}

heartbeat('waits for nothing without an interval', () => {
  const heart = beating({ intervalMs: 0 });
  assert.is(heart.deadline(), undefined);
  assert.is(heart.tick(1_000_000), 'nothing');
});

heartbeat('does nothing before its time', () => {
  const heart = beating();
  assert.is(heart.deadline(), 100);
  assert.is(heart.tick(99), 'nothing');
  assert.is(heart.deadline(), 100);
  assert.is(heart.tick(100), 'ping');
});

heartbeat('has one PING outstanding, and gives up when nothing has come in its time', () => {
  const log = run(beating(), 10_000).filter(line => !line.startsWith('nothing'));
  assert.equal(log, ['ping 100', 'give up 400']);
});

heartbeat('pings once an interval while the peer answers', () => {
  const heart = beating();
  const log: string[] = [];
  for (let end = 100; end <= 500; end += 100) {
    log.push(...run(heart, end));
    heart.heard();
  }
  assert.equal(log, ['ping 100', 'ping 200', 'ping 300', 'ping 400', 'ping 500']);
});

heartbeat('gives up a millisecond not too early', () => {
  const heart = beating();
  heart.tick(100);
  assert.is(heart.tick(399), 'nothing');
  assert.is(heart.tick(400), 'give up');
});

heartbeat('pings again as soon as an interval begins after the answer to an old PING', () => {
  const heart = beating();
  assert.equal(run(heart, 350), ['ping 100', 'nothing 200', 'nothing 300']);
  heart.heard();
  assert.equal(run(heart, 400), ['ping 400']);
});

heartbeat('without a timeout has one PING outstanding for ever, and never gives up', () => {
  const heart = beating({ timeoutMs: 0 });
  assert.equal(
    run(heart, 100_000).filter(line => !line.startsWith('nothing')),
    ['ping 100'],
  );
  heart.heard();
  assert.is(run(heart, 100_100).at(-1), 'ping 100100');
});

heartbeat('counts the interval from the moment at which it was told, however late', () => {
  const heart = beating({ timeoutMs: 0 });
  assert.is(heart.tick(1050), 'ping');
  assert.is(heart.deadline(), 1150);
});

// the peer's TTL

heartbeat('gives up when the TTL of a PING has passed in silence', () => {
  const heart = beating({ intervalMs: 0 });
  heart.pinged(5, 1000);
  assert.is(heart.deadline(), 1500);
  assert.is(heart.tick(1499), 'nothing');
  assert.is(heart.tick(1500), 'give up');
});

heartbeat('forgets the TTL with any octet', () => {
  const heart = beating({ intervalMs: 0 });
  heart.pinged(5, 1000);
  heart.heard();
  assert.is(heart.deadline(), undefined);
  assert.is(heart.tick(1_000_000), 'nothing');
});

heartbeat('waits for no end with a TTL of 0', () => {
  const heart = beating({ intervalMs: 0 });
  heart.pinged(0, 1000);
  assert.is(heart.deadline(), undefined);
});

for (const [ttlDeciseconds, ms] of [
  [1, 100],
  [655, 65_500],
  [656, 65_600],
  [1311, 131_100],
  [65_535, 6_553_500],
] as const) {
  heartbeat(`takes a TTL of ${ttlDeciseconds} for ${ms} ms`, () => {
    const heart = beating({ intervalMs: 0 });
    heart.pinged(ttlDeciseconds, 0);
    assert.is(heart.deadline(), ms);
  });
}

heartbeat('waits for whichever comes first', () => {
  const heart = beating();
  heart.pinged(1, 50); // until 150
  assert.is(heart.deadline(), 100);
  assert.is(heart.tick(100), 'ping');
  assert.is(heart.deadline(), 150);
  assert.is(heart.tick(150), 'give up');
});

// while this side does not read

heartbeat('does not give up while nobody listens', () => {
  const heart = beating();
  heart.pinged(2, 0);
  assert.is(heart.tick(100), 'ping');
  heart.stopListening();
  assert.is(heart.deadline(), 200); // the next interval; both clocks stand still
  assert.is(heart.tick(1_000_000), 'nothing');
});

heartbeat('grants a PING its whole time again when somebody listens again', () => {
  const heart = beating({ intervalMs: 10_000 });
  assert.is(heart.tick(10_000), 'ping');
  heart.stopListening();
  heart.listenAgain(15_000);
  assert.is(heart.deadline(), 15_300);
  assert.is(heart.tick(15_300), 'give up');
});

heartbeat('grants a TTL its whole time again when somebody listens again', () => {
  const heart = beating({ intervalMs: 0 });
  heart.pinged(20, 0);
  heart.stopListening();
  heart.listenAgain(15_000);
  assert.is(heart.deadline(), 17_000);
  assert.is(heart.tick(17_000), 'give up');
});

heartbeat('is owed nothing after a pause in which nothing was outstanding', () => {
  const heart = beating({ intervalMs: 0 });
  heart.stopListening();
  heart.listenAgain(1000);
  assert.is(heart.deadline(), undefined);
});

heartbeat('goes on pinging while it does not listen, when the peer holds it to a TTL', () => {
  const heart = beating({ ttlDeciseconds: 5 });
  heart.stopListening();
  assert.equal(run(heart, 500), ['ping 100', 'ping 200', 'ping 300', 'ping 400', 'ping 500']);
  heart.listenAgain(550);
  assert.equal(run(heart, 10_000).at(-1), 'give up 850');
});

heartbeat('sends one PING only while it does not listen, when the peer was told no TTL', () => {
  const heart = beating();
  heart.stopListening();
  assert.equal(
    run(heart, 1000).filter(line => line.startsWith('ping')),
    ['ping 100'],
  );
});

// against a model that counts every millisecond

interface Input {
  readonly after: number;
  readonly what: 'heard' | 'deaf' | 'listen' | { readonly ttl: number };
}

const anyInputs: fc.Arbitrary<Input[]> = fc.array(
  fc.record({
    after: fc.nat(120),
    what: fc.oneof(
      fc.constantFrom('heard' as const, 'deaf' as const, 'listen' as const),
      fc.record({ ttl: fc.nat(3) }),
    ),
  }),
  { maxLength: 30, size: 'max' },
);

/** Looks at every moment; remembers since when there is silence, not until when. */
class SlowHeartbeat {
  readonly log: string[] = [];
  readonly #options: HeartbeatOptions;
  #sincePing = 0;
  #silentSincePing: number | undefined;
  #silentSinceTtl: { ms: number; ttlMs: number } | undefined;
  #deaf = false;
  #over = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  millisecond(now: number): void {
    if (this.#over) return;
    const { intervalMs, timeoutMs, ttlDeciseconds } = this.#options;
    this.#sincePing += 1;
    if (this.#silentSincePing !== undefined) this.#silentSincePing += 1;
    if (this.#silentSinceTtl !== undefined) this.#silentSinceTtl.ms += 1;
    const unanswered = timeoutMs > 0 && (this.#silentSincePing ?? -1) >= timeoutMs;
    const { ms, ttlMs } = this.#silentSinceTtl ?? { ms: 0, ttlMs: Infinity };
    if (!this.#deaf && (unanswered || ms >= ttlMs)) {
      this.#over = true;
      this.log.push(`give up ${now}`);
    } else if (intervalMs > 0 && this.#sincePing >= intervalMs) {
      this.#sincePing = 0;
      if (this.#silentSincePing !== undefined && !(this.#deaf && ttlDeciseconds > 0)) return;
      this.#silentSincePing = 0;
      this.log.push(`ping ${now}`);
    }
  }

  input(what: Input['what']): void {
    if (what === 'deaf') this.#deaf = true;
    else if (what === 'listen') {
      this.#deaf = false;
      if (this.#silentSincePing !== undefined) this.#silentSincePing = 0;
      if (this.#silentSinceTtl !== undefined) this.#silentSinceTtl.ms = 0;
    } else {
      this.#silentSincePing = undefined;
      this.#silentSinceTtl = undefined;
      if (what !== 'heard' && what.ttl > 0) this.#silentSinceTtl = { ms: 0, ttlMs: what.ttl * 100 };
    }
  }
}

heartbeat('does by deadlines what a clock that looks every millisecond would do', () => {
  const anyOptions = fc.record({
    intervalMs: fc.constantFrom(0, 30, 70),
    timeoutMs: fc.constantFrom(0, 20, 100),
    ttlDeciseconds: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(anyOptions, anyInputs, (options, inputs) => {
      const heart = new Heartbeat(options, 0);
      const slow = new SlowHeartbeat(options);
      const log: string[] = [];
      let now = 0;
      for (const { after, what } of [...inputs, { after: 500, what: 'heard' } as const]) {
        for (let ms = now + 1; ms <= now + after; ms += 1) slow.millisecond(ms);
        now += after;
        if (!log.at(-1)?.startsWith('give up'))
          log.push(...run(heart, now).filter(line => !line.startsWith('nothing')));
        slow.input(what);
        if (what === 'deaf') heart.stopListening();
        else if (what === 'listen') heart.listenAgain(now);
        else {
          heart.heard();
          if (what !== 'heard') heart.pinged(what.ttl, now);
        }
      }
      assert.equal(log, slow.log);
    }),
    { numRuns: 500 },
  );
});

heartbeat.run();
