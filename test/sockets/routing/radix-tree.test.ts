import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NONE } from '../../../src/sockets/routing/record-pool.ts';
import { RadixTree, ROOT } from '../../../src/sockets/routing/radix-tree.ts';

const radixTree = suite('radix tree');

const NODE_BYTES = 64; // more than a node, its edge and their share of free room can take
const KIB = 1024;
const MIB = 1024 * KIB;

/** Two octets, so that keys share much; the lowest and the highest there are. */
const keys = fc
  .uint8Array({ maxLength: 8, size: 'max' })
  .map(octets => octets.map(octet => (octet < 128 ? 0x00 : 0xff)));

const changes = fc.array(fc.tuple(fc.constantFrom('insert', 'insert', 'remove'), keys), {
  maxLength: 200,
  size: 'max',
});

radixTree('is empty at first', () => {
  const tree = new RadixTree();
  assert.is(tree.size, 0);
  assert.is(tree.nodeCount, 1);
  assert.is(tree.find(octets('')), NONE);
  assert.equal(prefixes(tree, 'abc'), []);
});

radixTree('gives back the value and the octets of each key', () => {
  const tree = treeOf('', 'ab', 'abcd', 'abx', 'b');
  for (const [index, key] of ['', 'ab', 'abcd', 'abx', 'b'].entries()) {
    const node = tree.find(octets(key));
    assert.is(tree.value(node), index);
    assert.equal(tree.key(node), octets(key));
  }
});

radixTree('does not find a key that is only a part of others', () => {
  const tree = treeOf('abcd', 'abxy');
  for (const key of ['', 'a', 'ab', 'abc', 'abcde', 'abz', 'x']) assert.is(tree.find(octets(key)), NONE);
});

radixTree('keeps the value of a key that is inserted again', () => {
  const tree = new RadixTree();
  const node = tree.insert(octets('ab'), 7);
  assert.is(tree.insert(octets('ab'), 8), node);
  assert.is(tree.value(node), 7);
  assert.is(tree.size, 1);
});

radixTree('keeps the empty key at the root', () => {
  const tree = new RadixTree();
  assert.is(tree.insert(octets(''), 3), ROOT);
  assert.equal(prefixes(tree, 'abc'), ['']);
  assert.equal(prefixes(tree, ''), ['']);
  tree.remove(ROOT);
  assert.is(tree.find(octets('')), NONE);
});

radixTree('copies the octets of a key', () => {
  const tree = new RadixTree();
  const key = octets('abc');
  tree.insert(key, 1);
  key.fill(0);
  assert.is.not(tree.find(octets('abc')), NONE);
});

radixTree('steps through the prefixes of a key, the shortest first', () => {
  const tree = treeOf('abcd', 'ab', '', 'abcde', 'abx', 'b');
  assert.equal(prefixes(tree, 'abcdx'), ['', 'ab', 'abcd']);
  assert.equal(prefixes(tree, 'abc'), ['', 'ab']);
});

radixTree('splits an edge where a shorter key ends, and joins it again', () => {
  const tree = treeOf('abcdef');
  assert.is(tree.nodeCount, 2);
  const middle = tree.insert(octets('abc'), 1);
  assert.is(tree.nodeCount, 3);
  tree.remove(middle);
  assert.is(tree.nodeCount, 2);
  assert.equal(prefixes(tree, 'abcdef'), ['abcdef']);
});

radixTree('splits an edge where two keys part, and joins it again', () => {
  const tree = treeOf('abcdef', 'abcxyz');
  assert.is(tree.nodeCount, 4);
  tree.remove(tree.find(octets('abcdef')));
  assert.is(tree.nodeCount, 2);
  assert.equal(prefixes(tree, 'abcxyz'), ['abcxyz']);
});

radixTree('leaves the node of a key alone while others come and go around it', () => {
  const tree = new RadixTree();
  const node = tree.insert(octets('abcdef'), 1);
  for (const key of ['abc', 'abcd', 'abx', 'abcdefgh', 'a']) tree.insert(octets(key), 2);
  for (const key of ['abc', 'abx', 'abcdefgh']) tree.remove(tree.find(octets(key)));
  assert.is(tree.find(octets('abcdef')), node);
  assert.is(tree.value(node), 1);
});

radixTree('tells all 256 octets apart at one node, whatever the order they come and go in', () => {
  const order = Array.from({ length: 256 }, (_, index) => (index * 167) % 256); // 167 is odd: each octet once
  const tree = new RadixTree();
  for (const octet of order) tree.insert(Uint8Array.of(0x61, octet), octet);
  for (const octet of order) assert.is(tree.value(tree.find(Uint8Array.of(0x61, octet))), octet);
  for (const [index, octet] of order.entries()) {
    tree.remove(tree.find(Uint8Array.of(0x61, octet)));
    for (const gone of order.slice(0, index + 1)) assert.is(tree.find(Uint8Array.of(0x61, gone)), NONE);
    for (const left of order.slice(index + 1)) assert.is(tree.value(tree.find(Uint8Array.of(0x61, left))), left);
  }
});

radixTree('holds keys of 64 KiB and 1 MiB that differ in the last octet', () => {
  for (const length of [64 * KIB, MIB]) {
    const left = new Uint8Array(length).fill(0x61);
    const right = left.with(length - 1, 0x62);
    const tree = new RadixTree();
    tree.insert(left, 1);
    tree.insert(right, 2);
    assert.is(tree.value(tree.find(left)), 1);
    assert.is(tree.value(tree.find(right)), 2);
    assert.is(tree.find(left.subarray(1)), NONE);
    assert.ok(Buffer.from(right).equals(tree.key(tree.find(right))));
  }
});

radixTree('needs no deep stack for 12,000 keys each of which is a prefix of the next', () => {
  const longest = new Uint8Array(12_000).fill(0x61);
  const tree = new RadixTree();
  for (let length = 1; length <= longest.length; length += 1) tree.insert(longest.subarray(0, length), length);
  assert.is(tree.nodeCount, 1 + longest.length);
  for (let length = 1; length <= longest.length; length += 2) tree.remove(tree.find(longest.subarray(0, length)));
  assert.is(tree.nodeCount, 1 + longest.length / 2);
  const deepest = tree.find(longest);
  assert.is(tree.value(deepest), longest.length);
  assert.equal(tree.key(deepest), longest);
});

radixTree('joins without a copy what a split has cut, however long', () => {
  const long = new Uint8Array(MIB).fill(0x61);
  const tree = new RadixTree();
  tree.insert(long, 1);
  const before = tree.sizeBytes;
  for (let length = 1; length <= 100; length += 1) tree.remove(tree.insert(long.subarray(0, length), 2));
  assert.is(tree.nodeCount, 2);
  assert.is(tree.sizeBytes, before);
});

radixTree('does not copy a long label for the removal of a short key', () => {
  const { tree, long } = treeWithStandingNode();
  assert.is(tree.nodeCount, 4); // root, z, aaa, long
  assert.is(tree.find(octets('aaa')), NONE);
  assert.is(tree.value(tree.find(long)), 2);
});

radixTree('uses a node left standing when its key comes back', () => {
  const { tree } = treeWithStandingNode();
  tree.insert(octets('aaa'), 3);
  assert.is(tree.nodeCount, 4);
  assert.equal(prefixes(tree, 'aaab'), ['aaa']);
});

radixTree('takes away with the last key below it a node left standing', () => {
  const { tree, long } = treeWithStandingNode();
  tree.remove(tree.find(long));
  assert.is(tree.nodeCount, 2); // root, z
});

radixTree('does not let nodes left standing pile up one above the other', () => {
  const { tree, long } = treeWithStandingNode();
  for (let length = 4; length <= 40; length += 1) {
    const node = tree.insert(long.subarray(0, length), 4);
    moveAllLabels(tree); // the split halves no longer lie side by side
    tree.remove(node);
    assert.is(tree.nodeCount, 4);
  }
  assert.is(tree.value(tree.find(long)), 2);
});

radixTree('does not grow by the octets that joins leave behind', () => {
  const tree = treeOf('z');
  const [left, right] = [octets(`${'-'.repeat(60)}a`), octets(`${'-'.repeat(60)}b`)];
  tree.insert(left, 1);
  for (let i = 0; i < 10_000; i += 1) {
    tree.insert(i % 2 === 0 ? right : left, 1);
    tree.remove(tree.find(i % 2 === 0 ? left : right));
  }
  assert.is(tree.nodeCount, 3);
  assert.ok(tree.sizeBytes < 2 * KIB, `${tree.sizeBytes} bytes`);
});

radixTree('gives its memory back when the last key goes', () => {
  const fresh = new RadixTree().sizeBytes;
  const tree = new RadixTree();
  for (let i = 0; i < 5000; i += 1) tree.insert(octets(String(i)), i);
  assert.ok(tree.sizeBytes > fresh);
  for (let i = 0; i < 5000; i += 1) tree.remove(tree.find(octets(String(i))));
  assert.is(tree.sizeBytes, fresh);
  assert.is(tree.nodeCount, 1);
});

radixTree('gives the octets of a long key back while other keys stay', () => {
  const tree = treeOf('stays');
  const long = new Uint8Array(MIB).fill(0x61);
  tree.insert(long, 1);
  tree.remove(tree.find(long));
  assert.ok(tree.sizeBytes < KIB * 4);
  assert.equal(prefixes(tree, 'stays'), ['stays']);
});

radixTree('does not grow while 100,000 keys of changing lengths come and go', () => {
  const tree = new RadixTree();
  const key = (index: number): Uint8Array => octets(`${(index * 7919) % 100_003}`.padEnd(5 + (index % 40), '.'));
  const kept = 500;
  let most = 0;
  for (let index = 0; index < 100_000; index += 1) {
    tree.insert(key(index), index);
    if (index >= kept) tree.remove(tree.find(key(index - kept)));
    most = Math.max(most, tree.sizeBytes);
  }
  assert.is(tree.size, kept);
  assert.ok(tree.nodeCount <= 2 * kept + 1);
  assert.ok(most <= kept * (2 * NODE_BYTES + 3 * 45), `${most} bytes`);
});

radixTree('fits 20-octet keys in well under 100 bytes each', () => {
  const tree = new RadixTree();
  for (let i = 0; i < 50_000; i += 1) tree.insert(octets(`${Math.imul(i, 0x9e3779b1) >>> 0}`.padEnd(20, '-')), i);
  assert.ok(tree.sizeBytes / tree.size < 100, `${tree.sizeBytes / tree.size} bytes`);
});

radixTree('lists the node of each key once', () => {
  const tree = treeOf('', 'ab', 'abcd', 'abx', 'b');
  tree.remove(tree.find(octets('abcd')));
  const listed = Array.from(tree.nodes(), node => text(tree.key(node)));
  assert.equal(listed.sort(), ['', 'ab', 'abx', 'b']);
});

radixTree('behaves as a Map of keys does', () => {
  fc.assert(
    fc.property(changes, keys, (list, probe) => {
      const tree = new RadixTree();
      const model = new Map<string, number>();
      for (const [index, [kind, key]] of list.entries()) {
        const node = tree.find(key);
        assert.is(node === NONE ? undefined : tree.value(node), model.get(text(key)));
        if (kind === 'insert') {
          tree.insert(key, index);
          if (!model.has(text(key))) model.set(text(key), index);
        } else if (node !== NONE) {
          tree.remove(node);
          model.delete(text(key));
        }
        assert.is(tree.size, model.size);
        assert.ok(tree.nodeCount <= 2 * model.size + 1);
      }
      const entries = Array.from(tree.nodes(), node => [text(tree.key(node)), tree.value(node)] as const);
      assert.equal(new Map(entries.sort()), new Map([...model].sort()));
      const expected = [...model.keys()].filter(key => text(probe).startsWith(key));
      assert.equal(
        prefixes(tree, probe),
        expected.sort((a, b) => a.length - b.length),
      );
    }),
  );
});

radixTree('behaves as a Map of keys does when labels are too long to be joined', () => {
  const stretched = changes.map(list => list.map(([kind, key]) => [kind, stretch(key)] as const));
  fc.assert(
    fc.property(stretched, list => {
      const tree = new RadixTree();
      const model = new Set<string>();
      for (const [kind, key] of list) {
        const node = tree.find(key);
        assert.is(node !== NONE, model.has(text(key)));
        if (kind === 'insert') {
          tree.insert(key, 1);
          model.add(text(key));
        } else if (node !== NONE) {
          tree.remove(node);
          model.delete(text(key));
        }
      }
      const listed = Array.from(tree.nodes(), node => text(tree.key(node)));
      assert.equal(listed.sort(), [...model].sort());
    }),
  );
});

/** FF becomes a run of 200 octets, so that keys keep what they have in common while their labels get long. */
function stretch(key: Uint8Array): Uint8Array {
  return Uint8Array.from(Array.from(key, octet => new Array<number>(octet === 0 ? 1 : 200).fill(octet)).flat());
}

/** "aaa" has been removed above a label of its own that is too long to be joined with. */
function treeWithStandingNode(): { tree: RadixTree; long: Uint8Array } {
  const tree = treeOf('aaa', 'z'); // the octet of z lies between the labels, so a join would be a copy
  const long = new Uint8Array(KIB).fill(0x61);
  tree.insert(long, 2);
  tree.remove(tree.find(octets('aaa')));
  return { tree, long };
}

/** Makes so much garbage that the tree moves its labels to a fresh arena. */
function moveAllLabels(tree: RadixTree): void {
  tree.remove(tree.insert(new Uint8Array(64 * KIB).fill(0xff), 0));
}

function treeOf(...list: readonly string[]): RadixTree {
  const tree = new RadixTree();
  for (const [index, key] of list.entries()) tree.insert(octets(key), index);
  return tree;
}

/** The keys of the tree that are prefixes of `key`, in the order of the steps. */
function prefixes(tree: RadixTree, key: string | Uint8Array): string[] {
  const whole = typeof key === 'string' ? octets(key) : key;
  const found: string[] = [];
  for (let node = ROOT; node !== NONE; node = tree.step(node, whole)) {
    if (tree.value(node) !== NONE) found.push(text(tree.key(node)));
  }
  return found;
}

function octets(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, character => character.charCodeAt(0));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

radixTree.run();
