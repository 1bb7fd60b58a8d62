// @deadline 120
/** Our sockets and both libzmqs over `ipc://`: the traffic of a smaller matrix, and who gets a path. */
import { unlinkSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { padsAbstractNames } from '../../src/transports/ipc-address.ts';
import { type Peer, startPeer } from '../support/peers/peer.ts';
import { rejection } from '../support/test-net.ts';
import { exists, Scratch } from '../support/unix-files.ts';
import { type End, ours, type Side } from './end.ts';
import { body, matches, play } from './matrix.ts';
import { assertSame, cross } from './pair.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);
const scratch = new Scratch();
const fresh = (): string => `ipc://${scratch.path()}`;

const ipc = suite('ours and libzmq over ipc');

/** Few, for how a frame is written does not depend on the transport. */
const BODIES = [[body(0)], [body(65_537)], [body(1), body(0), body(65_537)]];

for (const peer of peers) {
  for (const match of matches(ours, peer)) {
    ipc(`${match.name}: by path`, () =>
      play(
        match,
        async (left, right) => {
          for (const message of BODIES) await cross(match.pair, left, right, message);
        },
        fresh(),
      ),
    );
  }

  // A Node whose libuv pads abstract names cannot be met there by anything else.
  if (process.platform === 'linux' && !padsAbstractNames(process.versions.uv)) {
    for (const match of matches(ours, peer)) {
      ipc(`${match.name}: by abstract name`, () =>
        play(match, (left, right) => cross(match.pair, left, right, [body(65_537)]), `ipc://${scratch.name()}`),
      );
    }
  }

  for (const [binding, connecting] of [
    [ours, peer],
    [peer, ours],
  ] as const) {
    const names = `${binding.name} binds, ${connecting.name} connects`;

    ipc(`${names}: anywhere`, () =>
      between(connecting, binding, async (left, right) => {
        const endpoint = await right.bind('ipc://*');
        assert.match(endpoint, /^ipc:\/\/.+/);
        await left.connect(endpoint);
        await talk(left, right);
      }),
    );

    ipc(`${names}: before the bind`, () =>
      between(connecting, binding, async (left, right) => {
        const endpoint = fresh();
        await left.connect(endpoint);
        assert.is(await right.bind(endpoint), endpoint);
        await talk(left, right);
      }),
    );

    ipc(`${names}: a path of 107 octets`, () =>
      between(connecting, binding, async (left, right) => {
        const endpoint = `${fresh()}-`.padEnd('ipc://'.length + 107, 'x');
        await right.bind(endpoint);
        await left.connect(endpoint);
        await talk(left, right);
      }),
    );
  }

  ipc(`${peer.name} keeps the path on which it listens`, () =>
    between(ours, peer, async (left, right) => {
      const endpoint = await right.bind(fresh());
      const second = await ours.open('DEALER', {});
      assert.match(String(await rejection(second.bind(endpoint))), /somebody listens/);
      await second.close();
      await left.connect(endpoint);
      await talk(left, right);
    }),
  );

  ipc(`${peer.name} leaves its file behind, and we replace it`, async () => {
    const endpoint = fresh();
    const former = await peer.open('DEALER');
    await former.bind(endpoint);
    await former.close();
    await between(peer, ours, async (left, right) => {
      await bindOnceFree(right, endpoint);
      await left.connect(endpoint);
      await talk(left, right);
    });
  });

  ipc(`${peer.name} takes the path on which we listen, and we leave it there`, () =>
    between(ours, peer, async (left, right) => {
      const path = scratch.path();
      const former = await ours.open('DEALER', {});
      await former.bind(`ipc://${path}`);
      await right.bind(`ipc://${path}`);
      await former.close();
      assert.ok(exists(path));
      await left.connect(`ipc://${path}`);
      await talk(left, right);
      unlinkSync(path);
    }),
  );
}

ipc.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
ipc.run();

async function between(
  leftSide: Side,
  rightSide: Side | Peer,
  play: (left: End, right: End) => Promise<void>,
): Promise<void> {
  const options = { reconnectInterval: 20 };
  const [left, right] = [await leftSide.open('DEALER', options), await rightSide.open('DEALER', options)];
  try {
    await play(left, right);
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

async function talk(left: End, right: End): Promise<void> {
  await left.send(['question', '']);
  assertSame(await right.receive(), ['question', ''], 'the question');
  await right.send(['answer', body(300)]);
  assertSame(await left.receive(), ['answer', body(300)], 'the answer');
}

/** libzmq closes a socket some time after the call that closes it has returned. */
async function bindOnceFree(end: End, endpoint: string): Promise<void> {
  for (;;) {
    try {
      await end.bind(endpoint);
      return;
    } catch (error) {
      if (!String(error).includes('somebody listens')) throw error;
    }
  }
}
