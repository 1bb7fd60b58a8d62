import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TopicSet } from '../../../src/sockets/routing/topic-set.ts';

const topicSet = suite('topic set');

const MIB = 1024 * 1024;

/** Two octets, so that topics share much; the lowest and the highest there are. */
const topics = fc.uint8Array({ maxLength: 5 }).map(octets => octets.map(octet => (octet < 128 ? 0x00 : 0xff)));

topicSet('tells a new topic from one it has already', () => {
  const set = new TopicSet();
  assert.is(set.add(octets('a')), true);
  assert.is(set.add(octets('a')), false);
  assert.is(set.add(octets('ab')), true);
  assert.is(set.size, 2);
});

topicSet('needs as many cancels as there were subscriptions', () => {
  const set = new TopicSet();
  set.add(octets('a'));
  set.add(octets('a'));
  assert.is(set.remove(octets('a')), 'counted');
  assert.ok(set.matches(octets('a')));
  assert.is(set.remove(octets('a')), 'last');
  assert.not(set.matches(octets('a')));
  assert.is(set.size, 0);
});

topicSet('knows the cancel of a topic it has not', () => {
  const set = new TopicSet();
  set.add(octets('abc'));
  for (const topic of ['', 'ab', 'abcd', 'x']) assert.is(set.remove(octets(topic)), 'absent');
  assert.is(set.size, 1);
});

topicSet('counts anew when a topic comes back', () => {
  const set = new TopicSet();
  set.add(octets('a'));
  set.remove(octets('a'));
  assert.is(set.add(octets('a')), true);
  assert.is(set.remove(octets('a')), 'last');
});

topicSet('matches nothing while it is empty', () => {
  const set = new TopicSet();
  assert.not(set.matches(octets('')));
  assert.not(set.matches(octets('a')));
});

topicSet('matches everything with the empty topic, the empty message too', () => {
  const set = new TopicSet();
  set.add(octets(''));
  assert.ok(set.matches(octets('')));
  assert.ok(set.matches(octets('a')));
});

topicSet('matches what begins with a topic, not what only begins like one', () => {
  const set = new TopicSet();
  set.add(octets('abc'));
  assert.ok(set.matches(octets('abc')));
  assert.ok(set.matches(octets('abcd')));
  assert.not(set.matches(octets('ab')));
  assert.not(set.matches(octets('abd')));
});

topicSet('tells octets 00 and FF from nothing at all', () => {
  const set = new TopicSet();
  set.add(Uint8Array.of(0x00, 0xff));
  assert.ok(set.matches(Uint8Array.of(0x00, 0xff, 0x00)));
  assert.not(set.matches(Uint8Array.of(0x00)));
  assert.not(set.matches(Uint8Array.of(0x00, 0x00)));
});

topicSet('copies the octets of a topic', () => {
  const set = new TopicSet();
  const topic = octets('abc');
  set.add(topic);
  topic.fill(0);
  assert.equal(Array.from(set.topics(), text), ['abc']);
});

topicSet('lists each distinct topic once', () => {
  const set = new TopicSet();
  for (const topic of ['b', '', 'abc', 'ab', 'ab', 'b']) set.add(octets(topic));
  set.remove(octets('abc'));
  assert.equal(Array.from(set.topics(), text).sort(), ['', 'ab', 'b']);
});

topicSet('lists copies that may be changed', () => {
  const set = new TopicSet();
  set.add(octets('ab'));
  for (const topic of set.topics()) topic.fill(0);
  assert.ok(set.matches(octets('ab')));
});

topicSet('takes topics of 64 KiB and 1 MiB', () => {
  for (const length of [MIB / 16, MIB]) {
    const topic = new Uint8Array(length).fill(0x61);
    const set = new TopicSet();
    set.add(topic);
    assert.ok(set.matches(topic));
    assert.not(set.matches(topic.subarray(1)));
    assert.not(set.matches(topic.with(length - 1, 0x62)));
    assert.is(set.remove(topic), 'last');
  }
});

topicSet('gives its memory back when the last topic goes', () => {
  const set = new TopicSet();
  const fresh = set.sizeBytes;
  for (let i = 0; i < 1000; i += 1) set.add(octets(String(i)));
  for (let i = 0; i < 1000; i += 1) set.remove(octets(String(i)));
  assert.is(set.sizeBytes, fresh);
});

type Model = Map<string, number>;
type Step = fc.Command<Model, TopicSet>;

/** A command that may always run; it ends with a look at what every command could have broken. */
function step(label: string, run: (counts: Model, set: TopicSet) => void): Step {
  return {
    check: () => true,
    run: (counts, set) => {
      run(counts, set);
      assert.is(set.size, counts.size);
    },
    toString: () => label,
  };
}

const adds = topics.map(topic =>
  step(`add ${hex(topic)}`, (counts, set) => {
    const count = counts.get(text(topic)) ?? 0;
    assert.is(set.add(topic), count === 0);
    counts.set(text(topic), count + 1);
  }),
);

const removes = topics.map(topic =>
  step(`remove ${hex(topic)}`, (counts, set) => {
    const count = counts.get(text(topic)) ?? 0;
    assert.is(set.remove(topic), count === 0 ? 'absent' : count === 1 ? 'last' : 'counted');
    if (count > 1) counts.set(text(topic), count - 1);
    else counts.delete(text(topic));
  }),
);

const matches = topics.map(whole =>
  step(`matches ${hex(whole)}`, (counts, set) => {
    const expected = [...counts.keys()].some(topic => text(whole).startsWith(topic));
    assert.is(set.matches(whole), expected);
  }),
);

const listings = fc.constant(
  step('topics', (counts, set) => {
    assert.equal(Array.from(set.topics(), text).sort(), [...counts.keys()].sort());
  }),
);

topicSet('behaves as a Map of counts does', () => {
  const commands = fc.commands([adds, removes, matches, listings], { maxCommands: 200, size: 'max' });
  fc.assert(
    fc.property(commands, list => fc.modelRun(() => ({ model: new Map(), real: new TopicSet() }), list)),
    { numRuns: 300 },
  );
});

function octets(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, character => character.charCodeAt(0));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

topicSet.run();
