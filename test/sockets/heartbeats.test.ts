/** Heartbeats between any two types that talk: the times of the options, on the wire and for the connection. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../src/index.ts';
import { eventsOf, inWorld, typesOf } from '../support/world.ts';

const heartbeats = suite('heartbeats of sockets');

type SocketClass = new (options?: object) => Socket;

const PAIRS: readonly (readonly [SocketClass, SocketClass])[] = [
  [Pair, Pair],
  [Dealer, Router],
  [Request, Reply],
  [Push, Pull],
  [Subscriber, Publisher],
  [XSubscriber, XPublisher],
];
const BOTH_WAYS = PAIRS.flatMap(([one, other]) =>
  one === other
    ? [[one, other]]
    : [
        [one, other],
        [other, one],
      ],
) as (readonly [SocketClass, SocketClass])[];

for (const [Connecting, Bound] of BOTH_WAYS) {
  const who = `${Connecting.name} that connects and ${Bound.name}`;

  inWorld(heartbeats, `of ${who} keep them together for as long as they are answered`, async world => {
    const options = { heartbeatInterval: 50, heartbeatTimeout: 100, heartbeatTimeToLive: 1000 };
    const [connecting, bound] = [world.open(Connecting, options), world.open(Bound, options)];
    const [here, there] = [eventsOf(connecting), eventsOf(bound)];
    await world.join(bound, connecting);
    await world.advance(10_000);
    assert.is(typesOf(here), 'connect:delay connect handshake');
    assert.is(typesOf(there), 'bind accept handshake');
  });

  inWorld(heartbeats, `of ${who} that come less often than they promise end the connection`, async world => {
    const options = { heartbeatInterval: 250, heartbeatTimeToLive: 100, reconnectInterval: 10_000 };
    const [connecting, bound] = [world.open(Connecting, options), world.open(Bound)];
    const there = eventsOf(bound);
    await world.join(bound, connecting);
    await world.advance(349); // the first PING is sent after 250
    assert.is(typesOf(there), 'bind accept handshake');
    await world.advance(1);
    assert.is(typesOf(there), 'bind accept handshake disconnect');
    const end = there.find(event => event.type === 'disconnect');
    assert.is(end?.error?.code, 'ERR_ZMTP_PEER_SILENT');
  });
}

for (const [ms, told] of [
  [0, [0x00, 0x00]],
  [99, [0x00, 0x00]],
  [100, [0x00, 0x01]],
  [1999, [0x00, 0x13]],
  [65_500, [0x02, 0x8f]],
  [6_553_500, [0xff, 0xff]],
] as const) {
  inWorld(heartbeats, `with a time to live of ${ms} ms tell ${told.join(' ')}`, async world => {
    const dealer = world.open(Dealer, { heartbeatInterval: 100, heartbeatTimeToLive: ms });
    await dealer.bind('mem://hub');
    const raw = (await world.dialRaw('mem://hub')).shakeHands('DEALER');
    await world.advance(100);
    assert.equal(raw.commands, [`PING ${Buffer.from(told).toString('latin1')}`]);
    assert.is(dealer.options.heartbeatTimeToLive, ms);
  });
}

heartbeats.run();
