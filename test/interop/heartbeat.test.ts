/** Heartbeats between ours and either libzmq, with a tap on the wire that can go dead (RFC 37 "Connection Heartbeating"). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Peer, startPeer } from '../support/peers/peer.ts';
import { type Tap, tap } from '../support/peers/tap.ts';
import { type End, type Side, ours } from './end.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);

const heartbeat = suite('heartbeats between ours and libzmq');

for (const peer of peers) {
  for (const [connecting, bound] of [
    [ours, peer],
    [peer, ours],
  ] as const) {
    heartbeat(`${connecting.name} connects, ${bound.name} binds: each answers the other's PING`, () =>
      overTap(connecting, bound, async ({ wire }) => {
        await wire.until(() => hasPassed(wire, 'PING') && hasPassed(wire, 'PONG'));
      }),
    );

    heartbeat(`${connecting.name} connects, ${bound.name} binds: both give up a dead wire, and meet again`, () =>
      overTap(connecting, bound, async ({ wire, connectingEnd, boundEnd }) => {
        await connectingEnd.send(['before']);
        assert.equal((await boundEnd.receive()).map(String), ['before']);
        wire.silence();
        await Promise.all([connectingEnd.untilEvent('disconnect'), boundEnd.untilEvent('disconnect')]);
        wire.resume();
        await connectingEnd.send(['after']);
        assert.equal((await boundEnd.receive()).map(String), ['after']);
      }),
    );
  }
}

heartbeat.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
heartbeat.run();

interface Scene {
  readonly wire: Tap;
  readonly connectingEnd: End;
  readonly boundEnd: End;
}

const HEARTBEATS = { heartbeatInterval: 50, heartbeatTimeout: 300, heartbeatTimeToLive: 600, reconnectInterval: 20 };

async function overTap(
  connecting: Side | Peer,
  bound: Side | Peer,
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const connectingEnd = await connecting.open('DEALER', HEARTBEATS);
  const boundEnd = await bound.open('DEALER', HEARTBEATS);
  const wire = await tap(await boundEnd.bind());
  try {
    await connectingEnd.connect(wire.endpoint);
    await play({ wire, connectingEnd, boundEnd });
  } finally {
    await Promise.all([connectingEnd.close(), boundEnd.close()]);
    await wire.close();
  }
}

/** Whether both sides have sent a command of that name; on this wire nothing else looks like one. */
function hasPassed(wire: Tap, command: string): boolean {
  return (['connecting', 'bound'] as const).every(side => Buffer.from(wire.sent(side)).includes(command));
}
