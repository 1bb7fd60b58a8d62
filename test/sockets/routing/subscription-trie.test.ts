import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SubscriptionTrie, type Remains } from '../../../src/sockets/routing/subscription-trie.ts';

const subscriptionTrie = suite('subscription trie');

const MIB = 1024 * 1024;

interface Subscriber {
  readonly name: string;
}
type Trie = SubscriptionTrie<Subscriber>;

/** Ends all subscriptions of a subscriber at once. */
function removeAll(trie: Trie, subscriber: Subscriber, told?: (topic: Uint8Array, last: boolean) => void): void {
  const remains = trie.retire(subscriber);
  if (remains !== undefined) trie.sweep(remains, Infinity, told);
}

function retired(trie: Trie, subscriber: Subscriber): Remains {
  const remains = trie.retire(subscriber);
  if (remains === undefined) throw new Error(`${subscriber.name} had nothing`);
  return remains;
}

const [ann, bob, eve] = [{ name: 'ann' }, { name: 'bob' }, { name: 'eve' }] as const;

subscriptionTrie('tells the first subscriber of a topic from a further one and from a repetition', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  assert.is(trie.add(octets('a'), ann), 'first');
  assert.is(trie.add(octets('a'), bob), 'added');
  assert.is(trie.add(octets('a'), ann), 'present');
  assert.is(trie.add(octets('a'), bob), 'present');
  assert.is(trie.add(octets('ab'), ann), 'first');
  assert.is(trie.size, 2);
});

subscriptionTrie('tells the last subscriber of a topic from an earlier one and from a stranger', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  assert.is(trie.remove(octets('a'), eve), 'absent');
  assert.is(trie.remove(octets('a'), ann), 'removed');
  assert.is(trie.remove(octets('a'), ann), 'absent');
  assert.is(trie.remove(octets('a'), bob), 'last');
  assert.is(trie.size, 0);
});

subscriptionTrie('ends a repeated subscription with one cancel', () => {
  const trie = trieOf(['a', ann], ['a', ann]);
  assert.is(trie.remove(octets('a'), ann), 'last');
  assert.equal(matched(trie, 'a'), []);
});

subscriptionTrie('knows the cancel of a topic nobody has', () => {
  const trie = trieOf(['abc', ann]);
  for (const topic of ['', 'ab', 'abcd', 'x']) assert.is(trie.remove(octets(topic), ann), 'absent');
  assert.is(trie.count(ann), 1);
});

subscriptionTrie('counts the topics of each subscriber', () => {
  const trie = trieOf(['a', ann], ['b', ann], ['b', bob]);
  assert.is(trie.count(ann), 2);
  assert.is(trie.count(bob), 1);
  assert.is(trie.count(eve), 0);
  trie.remove(octets('b'), ann);
  assert.is(trie.count(ann), 1);
});

subscriptionTrie('matches nobody while it is empty', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  assert.equal(matched(trie, ''), []);
  assert.equal(matched(trie, 'a'), []);
});

subscriptionTrie('matches every message with the empty topic, the empty message too', () => {
  const trie = trieOf(['', ann], ['', bob]);
  assert.equal(matched(trie, ''), ['ann', 'bob']);
  assert.equal(matched(trie, 'a'), ['ann', 'bob']);
});

subscriptionTrie('matches the subscribers of all prefixes', () => {
  const trie = trieOf(['a', ann], ['abc', bob], ['abd', eve]);
  assert.equal(matched(trie, 'abcd'), ['ann', 'bob']);
  assert.equal(matched(trie, 'ab'), ['ann']);
  assert.equal(matched(trie, 'b'), []);
});

subscriptionTrie('visits a subscriber once however many of its topics match', () => {
  const trie = trieOf(['', ann], ['a', ann], ['ab', ann], ['ab', bob]);
  assert.equal(matched(trie, 'abc'), ['ann', 'bob']);
  assert.equal(matched(trie, 'abc'), ['ann', 'bob']);
});

subscriptionTrie('matches exactly: neither prefixes nor what has the topic in front', () => {
  const trie = trieOf(['', ann], ['a', bob], ['a', eve], ['ab', ann]);
  assert.equal(matchedExactly(trie, octets('a')), ['bob', 'eve']);
  assert.equal(matchedExactly(trie, octets('')), ['ann']);
  assert.equal(matchedExactly(trie, octets('ab')), ['ann']);
  for (const topic of ['b', 'abc', 'A']) assert.equal(matchedExactly(trie, octets(topic)), []);
});

subscriptionTrie('matches exactly, also from within a visit, those who are there when their turn comes', () => {
  const trie = trieOf(['a', ann], ['a', bob], ['b', eve]);
  const visited: string[] = [];
  trie.matchExactly(octets('a'), ({ name }) => {
    visited.push(name, ...matchedExactly(trie, octets('b')));
    trie.retire(name === 'ann' ? bob : ann);
    trie.add(octets('a'), eve);
  });
  assert.equal(visited, ['ann', 'eve']);
});

subscriptionTrie('tells octets 00 and FF from nothing at all', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  trie.add(Uint8Array.of(0x00, 0xff), ann);
  assert.equal(matched(trie, '\x00\xff\x00'), ['ann']);
  assert.equal(matched(trie, '\x00'), []);
  assert.equal(matched(trie, '\x00\x00'), []);
});

subscriptionTrie('copies the octets of a topic', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  const topic = octets('abc');
  trie.add(topic, ann);
  topic.fill(0);
  assert.equal(matched(trie, 'abc'), ['ann']);
});

subscriptionTrie('takes topics of 64 KiB and 1 MiB', () => {
  for (const length of [MIB / 16, MIB]) {
    const trie = new SubscriptionTrie<Subscriber>();
    const topic = new Uint8Array(length).fill(0x61);
    trie.add(topic, ann);
    trie.add(topic.subarray(1), bob);
    assert.equal(matchedOctets(trie, topic), ['ann', 'bob']);
    assert.equal(matchedOctets(trie, topic.with(length - 1, 0x62)), ['bob']);
    assert.equal(matchedOctets(trie, topic.subarray(2)), []);
    assert.is(trie.remove(topic, ann), 'last');
  }
});

subscriptionTrie('keeps a subscriber for each of 256 octets apart', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  const subscribers = Array.from({ length: 256 }, (_, octet) => ({ name: String(octet) }));
  for (const [octet, subscriber] of subscribers.entries()) trie.add(Uint8Array.of(octet), subscriber);
  for (let octet = 0; octet < 256; octet += 1) {
    assert.equal(matchedOctets(trie, Uint8Array.of(octet, 0)), [String(octet)]);
  }
});

subscriptionTrie('keeps a set also for a topic that hundreds have, while they come and go', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  const crowd = Array.from({ length: 300 }, (_, index) => ({ name: String(index) }));
  const topic = octets('a');
  for (const [index, subscriber] of crowd.entries()) assert.is(trie.add(topic, subscriber), index ? 'added' : 'first');
  for (const subscriber of crowd) assert.is(trie.add(topic, subscriber), 'present');
  assert.is(matched(trie, 'abc').length, 300);
  for (const subscriber of crowd.slice(0, 299)) assert.is(trie.remove(topic, subscriber), 'removed');
  for (const subscriber of crowd.slice(0, 299)) assert.is(trie.remove(topic, subscriber), 'absent');
  for (const subscriber of crowd.slice(0, 100)) assert.is(trie.add(topic, subscriber), 'added');
  assert.is(trie.add(topic, crowd[299] ?? ann), 'present');
  assert.is(matched(trie, 'abc').length, 101);
});

subscriptionTrie('removes a subscriber with all its topics and nobody else', () => {
  const trie = trieOf(['a', ann], ['ab', ann], ['ab', bob], ['', ann], ['c', bob]);
  removeAll(trie, ann);
  assert.is(trie.count(ann), 0);
  assert.is(trie.size, 2);
  assert.equal(matched(trie, 'abc'), ['bob']);
});

subscriptionTrie('tells each topic of a removed subscriber, the oldest first, and whether it is gone', () => {
  const trie = trieOf(['c', ann], ['ab', ann], ['ab', bob], ['', ann], ['a', bob]);
  const gone: (readonly [string, boolean])[] = [];
  removeAll(trie, ann, (topic, last) => gone.push([text(topic), last]));
  assert.equal(gone, [
    ['c', true],
    ['ab', false],
    ['', true],
  ]);
});

subscriptionTrie('removes a stranger without a word', () => {
  const trie = trieOf(['a', ann]);
  removeAll(trie, bob, () => assert.unreachable());
  assert.is(trie.size, 1);
});

subscriptionTrie('may be used by who is told of the topics of a removed subscriber', () => {
  const trie = trieOf(['a', ann], ['b', ann], ['b', bob]);
  removeAll(trie, ann, topic => {
    assert.is(trie.remove(topic, ann), 'absent');
    trie.add(octets('new'), bob);
  });
  assert.equal(matched(trie, 'a'), []);
  assert.equal(matched(trie, 'b'), ['bob']);
  assert.equal(matched(trie, 'new'), ['bob']);
});

subscriptionTrie('keeps the topics not told yet when the telling fails', () => {
  const trie = trieOf(['a', ann], ['b', ann]);
  const remains = retired(trie, ann);
  assert.throws(() =>
    trie.sweep(remains, 2, () => {
      throw new Error('no');
    }),
  );
  assert.is(trie.size, 1);
  assert.is(trie.sweep(remains, 2), 1);
  assert.is(trie.size, 0);
});

subscriptionTrie('knows no more of a subscriber that has been retired, swept or not', () => {
  const trie = trieOf(['a', ann], ['b', ann], ['b', bob]);
  const remains = retired(trie, ann);
  assert.is(trie.count(ann), 0);
  assert.is(trie.retire(ann), undefined);
  assert.is(trie.remove(octets('a'), ann), 'absent');
  assert.equal([matched(trie, 'a'), matched(trie, 'b')], [[], ['bob']]);
  assert.is(trie.add(octets('a'), ann), 'added', 'the topic has not been swept yet');
  assert.is(trie.remove(octets('b'), bob), 'removed');
  assert.equal(matched(trie, 'a'), ['ann']);
  const gone: (readonly [string, boolean])[] = [];
  assert.is(
    trie.sweep(remains, 3, (topic, last) => gone.push([text(topic), last])),
    2,
  );
  assert.equal(gone, [
    ['a', false],
    ['b', true],
  ]);
  assert.equal(matched(trie, 'a'), ['ann'], 'who came back keeps what it has');
});

subscriptionTrie('sweeps as many topics at a time as it is told', () => {
  const trie = trieOf(['a', ann], ['b', ann], ['c', ann], ['d', ann]);
  const remains = retired(trie, ann);
  const sizes: number[] = [];
  for (let swept = 2; swept === 2; sizes.push(trie.size)) swept = trie.sweep(remains, 2);
  assert.equal(sizes, [2, 0, 0], 'less than asked for: those were the last');
});

subscriptionTrie('does not visit who was retired by an earlier visit', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  const visited: string[] = [];
  trie.match(octets('a'), subscriber => {
    visited.push(subscriber.name);
    trie.retire(subscriber === ann ? bob : ann);
  });
  assert.is(visited.length, 1);
});

subscriptionTrie('takes nobody else for a retired subscriber before all of it is swept', () => {
  const trie = trieOf(['a', ann], ['b', ann]);
  const remains = retired(trie, ann);
  trie.add(octets('c'), bob);
  trie.add(octets('a'), eve);
  assert.equal([matched(trie, 'a'), matched(trie, 'b'), matched(trie, 'c')], [['eve'], [], ['bob']]);
  trie.remove(octets('c'), bob);
  trie.remove(octets('a'), eve);
  assert.is(trie.size, 2, 'what is left behind is not thrown away with the last subscriber');
  assert.is(trie.sweep(remains, 9), 2);
  trie.add(octets('d'), bob);
  assert.equal(matched(trie, 'd'), ['bob']);
});

subscriptionTrie('takes a removed subscriber back as a new one', () => {
  const trie = trieOf(['a', ann]);
  removeAll(trie, ann);
  assert.is(trie.add(octets('a'), ann), 'first');
  assert.equal(matched(trie, 'a'), ['ann']);
});

subscriptionTrie('visits everybody when each visit removes the one it visits', () => {
  const trie = trieOf(['', ann], ['a', bob], ['a', eve], ['ab', eve]);
  const visited: string[] = [];
  trie.match(octets('abc'), subscriber => {
    visited.push(subscriber.name);
    removeAll(trie, subscriber);
  });
  assert.equal(visited.sort(), ['ann', 'bob', 'eve']);
  assert.is(trie.size, 0);
});

subscriptionTrie('does not visit who was removed by an earlier visit', () => {
  const trie = trieOf(['a', ann], ['a', bob], ['a', eve]);
  const visited: string[] = [];
  trie.match(octets('a'), subscriber => {
    visited.push(subscriber.name);
    for (const other of [ann, bob, eve]) if (other !== subscriber) removeAll(trie, other);
  });
  assert.is(visited.length, 1);
});

subscriptionTrie('does not take for a removed subscriber the new one that got its place', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  const visited: string[] = [];
  trie.match(octets('a'), subscriber => {
    visited.push(subscriber.name);
    removeAll(trie, subscriber === ann ? bob : ann);
    trie.add(octets('z'), eve);
  });
  assert.is(visited.length, 1);
  assert.not.ok(visited.includes('eve'));
});

subscriptionTrie('allows a match within a visit', () => {
  const trie = trieOf(['a', ann], ['a', bob], ['b', eve], ['b', ann]);
  const visited: string[] = [];
  trie.match(octets('a'), outer => {
    trie.match(octets('b'), inner => visited.push(`${outer.name} ${inner.name}`));
  });
  assert.equal(visited.sort(), ['ann ann', 'ann eve', 'bob ann', 'bob eve']);
});

subscriptionTrie('is as before after a visit that fails', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  assert.throws(() =>
    trie.match(octets('a'), () => {
      throw new Error('no');
    }),
  );
  assert.equal(matched(trie, 'a'), ['ann', 'bob']);
});

subscriptionTrie('does not grow while 100,000 subscriptions come and go', () => {
  const trie = trieOf(['stays', bob]);
  const subscribers = Array.from({ length: 50 }, (_, index) => ({ name: String(index) }));
  const topic = (index: number): Uint8Array => octets(`${(index * 7919) % 100_003}`.padEnd(5 + (index % 30), '.'));
  const subscriber = (index: number): Subscriber => subscribers[index % 50] ?? ann;
  const kept = 500;
  let most = 0;
  for (let index = 0; index < 100_000; index += 1) {
    trie.add(topic(index), subscriber(index));
    if (index >= kept) trie.remove(topic(index - kept), subscriber(index - kept));
    most = Math.max(most, trie.sizeBytes);
  }
  assert.is(trie.size, kept + 1);
  assert.ok(most < kept * 300, `${most} bytes`);
});

subscriptionTrie('does not grow by repeated subscriptions', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  const before = trie.sizeBytes;
  for (let i = 0; i < 1000; i += 1) trie.add(octets('a'), i % 2 === 0 ? ann : bob);
  assert.is(trie.sizeBytes, before);
});

subscriptionTrie('does not grow while subscribers come and go', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  removeAll(trie, bob);
  const before = trie.sizeBytes;
  for (let i = 0; i < 1000; i += 1) {
    const passing = { name: String(i) };
    trie.add(octets('a'), passing);
    removeAll(trie, passing);
  }
  assert.is(trie.sizeBytes, before);
});

subscriptionTrie('does not grow by matches', () => {
  const trie = trieOf(['a', ann], ['a', bob]);
  matched(trie, 'a');
  const before = trie.sizeBytes;
  for (let i = 0; i < 1000; i += 1) matched(trie, 'a');
  assert.is(trie.sizeBytes, before);
});

subscriptionTrie('holds nobody who has left', async () => {
  const trie = trieOf(['a', ann]);
  const left = comeAndGo(trie);
  await setImmediate(); // a WeakRef keeps what it refers to until the turn ends
  collectGarbage();
  assert.is(left.deref(), undefined);
  assert.equal(matched(trie, 'a'), ['ann']);
});

subscriptionTrie('gives its memory back when the last subscription goes', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  const fresh = trie.sizeBytes;
  for (let i = 0; i < 1000; i += 1) trie.add(octets(String(i)), i % 2 === 0 ? ann : bob);
  removeAll(trie, ann);
  removeAll(trie, bob);
  assert.is(trie.sizeBytes, fresh);
});

subscriptionTrie('fits 20-octet topics in well under 200 bytes each', () => {
  const trie = new SubscriptionTrie<Subscriber>();
  for (let i = 0; i < 50_000; i += 1) trie.add(octets(`${Math.imul(i, 0x9e3779b1) >>> 0}`.padEnd(20, '-')), ann);
  assert.ok(trie.sizeBytes / trie.size < 150, `${trie.sizeBytes / trie.size} bytes`);
});

/** Many subscribers, few topics: also topics with a crowd. */
const people = Array.from({ length: 40 }, (_, index) => ({ name: `p${index}` }));
const anyone = fc.constantFrom(...people);
/** Two octets, so that topics share much; the lowest and the highest there are. */
const topics = fc.uint8Array({ maxLength: 4 }).map(bytes => bytes.map(octet => (octet < 128 ? 0x00 : 0xff)));

class Model {
  readonly topics = new Map<string, Set<Subscriber>>();

  topicsOf(subscriber: Subscriber): string[] {
    return [...this.topics].filter(([, set]) => set.has(subscriber)).map(([topic]) => topic);
  }

  add(topic: string, subscriber: Subscriber): 'first' | 'added' | 'present' {
    const set = this.topics.get(topic);
    if (set?.has(subscriber)) return 'present';
    this.topics.set(topic, (set ?? new Set()).add(subscriber));
    return set === undefined ? 'first' : 'added';
  }

  remove(topic: string, subscriber: Subscriber): 'last' | 'removed' | 'absent' {
    const set = this.topics.get(topic);
    if (!set?.delete(subscriber)) return 'absent';
    if (set.size > 0) return 'removed';
    this.topics.delete(topic);
    return 'last';
  }

  matchExactly(topic: string): string[] {
    return [...(this.topics.get(topic) ?? [])].map(({ name }) => name).sort();
  }

  match(topic: string): string[] {
    const matching = [...this.topics].filter(([prefix]) => topic.startsWith(prefix));
    return [...new Set(matching.flatMap(([, set]) => [...set]))].map(({ name }) => name).sort();
  }
}

type Step = fc.Command<Model, Trie>;

/** A command that may always run; it ends with a look at what every command could have broken. */
function step(label: string, run: (model: Model, trie: Trie) => void): Step {
  return {
    check: () => true,
    run: (model, trie) => {
      run(model, trie);
      assert.is(trie.size, model.topics.size);
    },
    toString: () => label,
  };
}

const adds = fc.tuple(topics, anyone).map(([topic, subscriber]) =>
  step(`add ${hex(topic)} ${subscriber.name}`, (model, trie) => {
    assert.is(trie.add(topic, subscriber), model.add(text(topic), subscriber));
    assert.is(trie.count(subscriber), model.topicsOf(subscriber).length);
  }),
);

const crowds = topics.map(topic =>
  step(`everybody adds ${hex(topic)}`, (model, trie) => {
    for (const subscriber of people) assert.is(trie.add(topic, subscriber), model.add(text(topic), subscriber));
  }),
);

const removes = fc.tuple(topics, anyone).map(([topic, subscriber]) =>
  step(`remove ${hex(topic)} ${subscriber.name}`, (model, trie) => {
    assert.is(trie.remove(topic, subscriber), model.remove(text(topic), subscriber));
    assert.is(trie.count(subscriber), model.topicsOf(subscriber).length);
  }),
);

const departures = anyone.map(subscriber =>
  step(`remove all of ${subscriber.name}`, (model, trie) => {
    const expected = model.topicsOf(subscriber).map(topic => [topic, model.remove(topic, subscriber) === 'last']);
    const gone: [string, boolean][] = [];
    removeAll(trie, subscriber, (topic, last) => gone.push([text(topic), last]));
    assert.equal(gone.sort(), expected.sort());
    assert.is(trie.count(subscriber), 0);
  }),
);

const matches = topics.map(topic =>
  step(`match ${hex(topic)}`, (model, trie) => {
    assert.equal(matchedOctets(trie, topic), model.match(text(topic)));
    assert.equal(matchedExactly(trie, topic), model.matchExactly(text(topic)));
  }),
);

const matchesThatRemove = fc.tuple(topics, anyone).map(([topic, victim]) =>
  step(`match ${hex(topic)} and remove the visited and ${victim.name}`, (model, trie) => {
    const expected = model.match(text(topic));
    const visited: string[] = [];
    trie.match(topic, subscriber => {
      visited.push(subscriber.name);
      for (const gone of [subscriber, victim]) {
        removeAll(trie, gone);
        for (const left of model.topicsOf(gone)) model.remove(left, gone);
      }
    });
    assert.is(new Set(visited).size, visited.length);
    const missed = expected.filter(name => !visited.includes(name));
    assert.ok(visited.every(name => expected.includes(name)));
    assert.ok(missed.every(name => name === victim.name));
  }),
);

subscriptionTrie('behaves as a Map of Sets does', () => {
  const commands = fc.commands([adds, adds, crowds, removes, departures, matches, matchesThatRemove], {
    maxCommands: 150,
    size: 'max',
  });
  fc.assert(
    fc.property(commands, list =>
      fc.modelRun(() => ({ model: new Model(), real: new SubscriptionTrie<Subscriber>() }), list),
    ),
    { numRuns: 300 },
  );
});

function trieOf(...list: readonly (readonly [string, Subscriber])[]): Trie {
  const trie = new SubscriptionTrie<Subscriber>();
  for (const [topic, subscriber] of list) trie.add(octets(topic), subscriber);
  return trie;
}

function comeAndGo(trie: Trie): WeakRef<Subscriber> {
  const passing = { name: 'passing' };
  trie.add(octets('a'), passing);
  assert.equal(matched(trie, 'a'), ['ann', 'passing']);
  removeAll(trie, passing);
  return new WeakRef(passing);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

function matched(trie: Trie, topic: string): string[] {
  return matchedOctets(trie, octets(topic));
}

/** Not made distinct: whoever is visited twice is there twice. */
function matchedOctets(trie: Trie, topic: Uint8Array): string[] {
  const names: string[] = [];
  trie.match(topic, subscriber => names.push(subscriber.name));
  return names.sort();
}

function matchedExactly(trie: Trie, topic: Uint8Array): string[] {
  const names: string[] = [];
  trie.matchExactly(topic, subscriber => names.push(subscriber.name));
  return names.sort();
}

function octets(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, character => character.charCodeAt(0));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

subscriptionTrie.run();
