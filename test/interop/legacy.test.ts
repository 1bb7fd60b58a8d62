// @deadline 120
/**
 * Peers of ZMTP 1.0 and 2.0, by hand, at libzmq and at ours: whatever they say, both must answer the same octets and
 * tell their applications the same messages.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLASSIC_TYPES, type ClassicType } from '../../src/zmtp/socket-type.ts';
import { type Peer, startPeer } from '../support/peers/peer.ts';
import { RawStream, awaitRaw, dialRaw } from '../support/peers/raw-stream.ts';
import { begin, frame, frameV1, messageOn, type Beginning } from '../support/raw-zmtp.ts';
import { type End, type EndOptions, type Parts, type Side, ours } from './end.ts';

const libraries = await Promise.all([startPeer('npm'), startPeer('python')]);

const legacy = suite('peers of ZMTP 1.0 and 2.0 at ours and at libzmq');

/** How the raw peer speaks. */
interface Wire {
  readonly name: string;
  readonly beginning: (type: number) => Buffer;
  readonly on: Beginning;
}

const WIRES: readonly Wire[] = [
  ...(['1.0', '1.0 behind a signature', '2.0'] as const).map(on => ({
    name: on,
    beginning: (type: number) => begin(on, { identity: 'me', type }),
    on,
  })),
  { name: '1.0 in the long form', beginning: () => frameV1(0, 'me', true), on: '1.0' },
];

const ROLES = ['connects', 'is connected to'] as const;

/** A scene: one socket, one raw peer that has begun. */
interface Scene {
  readonly end: End;
  readonly raw: RawStream;
  readonly wire: Beginning;
  /** The raw peer says a message. */
  readonly say: (...parts: Parts) => Promise<void>;
  /** The raw peer has heard that message last. */
  readonly hear: (...parts: Parts) => Promise<Buffer>;
}

const SIZES = [0, 1, 252, 253, 254, 255, 256, 9000];

/** What happens, for each type; gives what the socket has received. */
const PLAYS: Readonly<Record<ClassicType, (scene: Scene) => Promise<Uint8Array[][]>>> = {
  PAIR: converse,
  DEALER: converse,
  PUB: async ({ end, raw, wire, say }) => {
    if (wire !== '1.0') await say('\x01t');
    // a PUB does not say when it knows of a subscriber, so it repeats itself until it is heard
    const first = messageOn(wire, 't', '1');
    const heard = { any: false };
    const hearing = raw.until(octets => octets.includes(first), 'first message').then(() => (heard.any = true));
    hearing.catch(() => (heard.any = true));
    while (!heard.any) {
      await end.send(['t', '1']);
      await new Promise(resolve => setImmediate(resolve));
    }
    await hearing;
    return [];
  },
  XPUB: async ({ end, wire, say, hear }) => {
    const subscribed = wire === '1.0' ? [] : [say('\x01t')];
    await Promise.all(subscribed);
    const received = await end.receiveAll(1);
    await end.send(['t', '1']);
    await hear('t', '1');
    if (wire === '1.0') return received;
    await say('\0t');
    await say('\x01u');
    received.push(...(await end.receiveAll(2)));
    await end.send(['t', '2']);
    await end.send(['u']);
    await hear('u');
    return received;
  },
  SUB: listen,
  XSUB: listen,
  REQ: async ({ end, say, hear }) => {
    await end.send(['question', '']);
    await hear('', 'question', '');
    await say('', 'answer', 'more');
    return [await end.receive()];
  },
  REP: async ({ end, say, hear }) => {
    await say('', 'question');
    const received = [await end.receive()];
    await end.send(['answer']);
    await hear('', 'answer');
    await say('far', 'away', '', 'question');
    received.push(await end.receive());
    await end.send(['answer', '']);
    await hear('far', 'away', '', 'answer', '');
    return received;
  },
  ROUTER: async ({ end, say, hear }) => {
    await say('', 'a');
    const received = [await end.receive()];
    await end.send(['me', 'b', '']);
    await hear('b', '');
    return received;
  },
  PULL: async ({ end, raw, wire, say }) => {
    for (const size of SIZES) await say('x'.repeat(size), '');
    const received = await end.receiveAll(SIZES.length);
    const length = wire === '1.0' ? 10 : 12 + messageOn(wire, '').length;
    await raw.until(octets => octets.length >= length, 'greeting');
    return received;
  },
  PUSH: async ({ end, hear }) => {
    for (const size of SIZES) await end.send(['x'.repeat(size), '']);
    await hear('x'.repeat(SIZES.at(-1) ?? 0), '');
    return [];
  },
};

async function converse({ end, raw, wire, say, hear }: Scene): Promise<Uint8Array[][]> {
  await say('a', '', 'b');
  // bits that mean something in later versions only: 2.0 drops a command, 1.0 has none
  await raw.write(wire === '2.0' ? frame(4, 'command') : frameV1(0xfe, 'flags'));
  await raw.write(wire === '2.0' ? frame(0xf8, 'flags') : frameV1(0xfc, 'flags'));
  for (const size of SIZES) await say('x'.repeat(size));
  const received = await end.receiveAll(SIZES.length + (wire === '2.0' ? 2 : 3));
  for (const size of SIZES) await end.send(['', 'y'.repeat(size)]);
  await end.send(['end']);
  await hear('end');
  return received;
}

async function listen({ end, say, hear }: Scene): Promise<Uint8Array[][]> {
  await end.subscribe('t');
  await hear('\x01t');
  await say('t', '1');
  const received = [await end.receive()];
  await end.unsubscribe('t');
  await hear('\0t');
  await end.subscribe('long'.repeat(60));
  await hear(`\x01${'long'.repeat(60)}`);
  return received;
}

/** All that can be seen of a socket from both of its sides. */
async function seen(
  side: Side | Peer,
  type: ClassicType,
  wire: Wire,
  role: (typeof ROLES)[number],
  octetwise: boolean,
): Promise<{ octets: string; received: string[][] }> {
  const named = type === 'DEALER' || type === 'ROUTER' || type === 'REQ';
  const options: EndOptions = named ? { routingId: 'abc' } : {};
  const end = await side.open(type, options);
  const raw = role === 'connects' ? await dialRaw(await end.bind()) : await awaitRaw(endpoint => end.connect(endpoint));
  try {
    const octets = wire.beginning(CLASSIC_TYPES.indexOf(type));
    for (const chunk of octetwise ? [...octets].map(octet => Buffer.of(octet)) : [octets]) await raw.write(chunk);
    const received = await PLAYS[type]({
      end,
      raw,
      wire: wire.on,
      say: (...parts) => raw.write(messageOn(wire.on, ...parts)),
      hear: (...parts) => {
        const last = messageOn(wire.on, ...parts);
        return raw.until(heard => heard.subarray(-last.length).equals(last), `message ${parts.join()}`);
      },
    });
    const heard = type === 'PUB' ? untilFirst(raw.heard, messageOn(wire.on, 't', '1')) : raw.heard;
    return {
      octets: heard.toString('hex'),
      received: received.map(message => message.map(part => Buffer.from(part).toString('latin1'))),
    };
  } finally {
    raw.close();
    await end.close();
  }
}

function untilFirst(heard: Buffer, last: Buffer): Buffer {
  return heard.subarray(0, heard.indexOf(last) + last.length);
}

for (const library of libraries) {
  for (const wire of WIRES) {
    for (const role of ROLES) {
      for (const type of CLASSIC_TYPES) {
        legacy(`a peer of ${wire.name} ${role}: ${library.name} and ours make the same of it as ${type}`, async () => {
          const model = await seen(library, type, wire, role, false);
          assert.equal(await seen(ours, type, wire, role, false), model);
          assert.match(model.octets, /^ff000000000000000[14]7f/);
        });
      }

      legacy(
        `a peer of ${wire.name} ${role} octet by octet: ${library.name} and ours make the same of it`,
        async () => {
          const model = await seen(library, 'ROUTER', wire, role, true);
          assert.equal(await seen(ours, 'ROUTER', wire, role, true), model);
          assert.equal(model.received, [['me', '', 'a']]);
        },
      );
    }
  }

  for (const on of ['1.0', '1.0 behind a signature'] as const) {
    legacy(`a frame of ${on} without flags: ${library.name} and ours end the connection`, async () => {
      for (const side of [library, ours]) {
        const end = await side.open('PULL', {});
        const raw = await dialRaw(await end.bind());
        await raw.write(Buffer.concat([begin(on), messageOn(on, 'before'), Buffer.of(0)]));
        assert.equal((await end.receive()).map(String), ['before']);
        await raw.until(() => raw.ended, 'end');
        await end.close();
      }
    });
  }
}

legacy.after(async () => {
  await Promise.all(libraries.map(library => library.kill()));
});
legacy.run();
