import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RawConnection } from '../../src/engine/raw-connection.ts';
import { plainMemory } from '../../src/message.ts';
import { Slab } from '../../src/zmtp/slab.ts';

const raw = suite('raw connection');

function connection(): RawConnection {
  return new RawConnection(new Slab(plainMemory));
}

raw('is open before anything has come, and waits for nothing', () => {
  const one = connection();
  assert.is(one.nextEvent()?.kind, 'handshake');
  assert.is(one.nextEvent(), undefined);
  assert.is(one.deadline(), undefined);
  assert.is(one.outputBytes, 0);
});

raw('gives what was read as it was read, as many messages as are asked for', () => {
  const one = connection();
  for (const octet of [1, 2, 3]) one.receive(Uint8Array.of(octet));
  one.receive(new Uint8Array(0));
  one.nextEvent();
  assert.equal(one.nextEvent(2), { kind: 'messages', messages: [[Uint8Array.of(1)], [Uint8Array.of(2)]] });
  assert.equal(one.nextEvent(Infinity), { kind: 'messages', messages: [[Uint8Array.of(3)]] });
  assert.is(one.nextEvent(Infinity), undefined);
});

raw('writes what is sent and nothing else, whatever its size', () => {
  const size = fc.oneof(fc.nat(20), fc.constantFrom(8191, 8192, 8193, 65_536, 200_000));
  fc.assert(
    fc.property(fc.array(fc.record({ size, take: fc.boolean() }), { maxLength: 30 }), parts => {
      const one = connection();
      const sent: Buffer[] = [];
      const taken: Uint8Array[] = [];
      parts.forEach((part, i) => {
        const octets = Buffer.alloc(part.size, i + 1);
        const before = one.outputBytes;
        one.send([octets]);
        sent.push(octets);
        assert.is(one.outputBytes, before + part.size);
        if (part.take) taken.push(...one.takeOutput().map(chunk => Uint8Array.from(chunk)));
      });
      taken.push(...one.takeOutput());
      assert.is(one.outputBytes, 0);
      assert.is(Buffer.compare(Buffer.concat(taken), Buffer.concat(sent)), 0);
    }),
  );
});

raw('gathers what is small, and does not copy what is large', () => {
  const one = connection();
  const large = new Uint8Array(100_000);
  for (const part of [Uint8Array.of(1), Uint8Array.of(2), large, Uint8Array.of(3)]) one.send([part]);
  const output = one.takeOutput();
  assert.equal(
    output.map(chunk => chunk.length),
    [2, 100_000, 1],
  );
  assert.is(output[1], large);
});

raw.run();
