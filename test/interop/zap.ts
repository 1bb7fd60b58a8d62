/** Our sockets and libzmq's, let in and refused: NULL with a domain and PLAIN, in either role, whichever side binds. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MonitorEventOf } from '../../src/engine/monitor.ts';
import { Dealer, Router } from '../../src/index.ts';
import { startPeer, type Library, type Peer } from '../support/peers/peer.ts';
import type { PeerSocket } from '../support/peers/peer-socket.ts';
import { inTcpWorld, type TcpWorld } from '../support/tcp-world.ts';
import { answer, SIDES, ZAP, type Mechanism } from '../support/zap-world.ts';
import { texts } from '../support/world.ts';

const MECHANISMS = Object.keys(SIDES).filter((name): name is Mechanism => name in SIDES);
const CREDENTIALS = { NULL: [], PLAIN: ['admin', 'secret'] } as const;

/** Runs them all with one libzmq. */
export async function runZap(library: Library): Promise<void> {
  const peer = await startPeer(library);
  const zap = suite(`ZAP, with ${peer.name}`);

  for (const mechanism of MECHANISMS) {
    for (const binds of ['server', 'client'] as const) {
      inTcpWorld(zap, `${mechanism}: our server lets libzmq in, the ${binds} binds`, async world => {
        const asked: string[] = [];
        world.context.authenticator = request => {
          const shown = request.credentials.map(octets => Buffer.from(octets).toString());
          asked.push([request.mechanism, request.domain, request.address, ...shown].join());
          return { status: 200, userId: 'somebody', metadata: { Role: 'admin' } };
        };
        const server = world.open(Router, SIDES[mechanism].server);
        const client = await peer.open('DEALER', { routingId: 'cli', ...SIDES[mechanism].client });
        if (binds === 'server') await client.connect(await world.bind(server));
        else server.connect(await client.bind());
        await client.send(['hello']);
        const { message, peer: sender } = await server.receiveFrom();
        assert.equal(texts(message), ['cli', 'hello']);
        assert.equal([sender?.userId, sender?.metadata.get('role')], ['somebody', 'admin']);
        assert.equal(asked, [[mechanism, 'global', '127.0.0.1', ...CREDENTIALS[mechanism]].join()]);
        await server.send(['cli', 'welcome']);
        assert.equal(texts(await client.receive()), ['welcome']);
        await client.close();
      });

      inTcpWorld(zap, `${mechanism}: libzmq lets our client in, the ${binds} binds`, async world => {
        const { server, handler } = await openServer(peer, mechanism);
        const client = world.open(Dealer, { routingId: 'cli', ...SIDES[mechanism].client });
        if (binds === 'server') client.connect(await server.bind());
        else await server.connect(await world.bind(client));
        const question = await reply(handler, 200);
        assert.equal(question, ['', '1.0', '1', 'global', '127.0.0.1', 'srv', mechanism, ...CREDENTIALS[mechanism]]);
        await client.send('hello');
        assert.equal(texts(await server.receive()), ['cli', 'hello']);
        await server.send(['cli', 'welcome']);
        assert.equal(texts(await client.receive()), ['welcome']);
        for (const socket of [server, handler]) await socket.close();
      });
    }

    for (const status of [400, 500] as const) {
      inTcpWorld(zap, `${mechanism}: our server refuses libzmq with ${status}`, async world => {
        world.context.authenticator = () => ({ status });
        const server = world.open(Router, SIDES[mechanism].server);
        const refused = world.event(server, 'handshake:error:auth');
        const client = await peer.open('DEALER', SIDES[mechanism].client);
        await client.connect(await world.bind(server));
        assert.is((await refused).error.status, status);
        // libzmq's clients of PLAIN know an ERROR only by their servers' spelling
        await client.untilEvent(mechanism === 'NULL' ? 'handshake:error:auth' : 'handshake:error:protocol');
        await client.untilEvent('disconnect');
        await client.close();
      });

      inTcpWorld(zap, `${mechanism}: libzmq refuses our client with ${status}, which stays away`, async world => {
        const { server, handler } = await openServer(peer, mechanism);
        const client = world.open(Dealer, SIDES[mechanism].client);
        const [refused, stopped] = watch(world, client);
        client.connect(await server.bind());
        await reply(handler, status);
        assert.is((await refused).error.status, status);
        assert.is((await stopped).error.code, 'ERR_ZMTP_REFUSED_BY_PEER');
        await server.untilEvent('handshake:error:auth');
        for (const socket of [server, handler]) await socket.close();
      });
    }

    inTcpWorld(zap, `${mechanism}: our server sends libzmq away with 300, and it comes back`, async world => {
      let questions = 0;
      world.context.authenticator = () => ({ status: (questions += 1) < 3 ? 300 : 200 });
      const server = world.open(Router, SIDES[mechanism].server);
      const met = world.event(server, 'handshake');
      const client = await peer.open('DEALER', { reconnectInterval: 10, ...SIDES[mechanism].client });
      await client.connect(await world.bind(server));
      await met;
      assert.is(questions, 3);
      await client.untilEvent('handshake');
      await client.close();
    });
  }

  inTcpWorld(zap, 'PLAIN: without a handler libzmq does not get in, and comes back until there is one', async world => {
    const server = world.open(Router, SIDES.PLAIN.server);
    const turnedAway = world.event(server, 'handshake:error:other');
    const met = world.event(server, 'handshake');
    const client = await peer.open('DEALER', { reconnectInterval: 10, ...SIDES.PLAIN.client });
    await client.connect(await world.bind(server));
    assert.is((await turnedAway).error.code, 'ERR_ZAP_NO_HANDLER');
    world.context.authenticator = () => ({ status: 200 });
    await met;
    await client.close();
  });

  inTcpWorld(zap, 'PLAIN: a peer of NULL gets in neither here nor there', async world => {
    world.context.authenticator = () => ({ status: 200 });
    const server = world.open(Router, SIDES.PLAIN.server);
    const { server: theirs, handler } = await openServer(peer, 'PLAIN');
    const client = await peer.open('DEALER');
    const ours = world.open(Dealer);
    // either side may be the first to see that they do not fit, and close
    const ended = [world.event(server, 'disconnect'), world.event(ours, 'disconnect')];
    await client.connect(await world.bind(server));
    ours.connect(await theirs.bind());
    for (const { error } of await Promise.all(ended)) assert.ok(error);
    assert.equal([server.stats().connections, ours.stats().connections], [0, 0]);
    for (const socket of [client, theirs, handler]) await socket.close();
  });

  zap.after(() => peer.kill());
  zap.run();
}

let servers = 0;

/** A server of libzmq's, and who it asks, whom the test answers for. */
async function openServer(peer: Peer, mechanism: Mechanism): Promise<{ server: PeerSocket; handler: PeerSocket }> {
  const context = `server ${String((servers += 1))}`; // libzmq frees the name of a handler that was closed when it likes
  const handler = await peer.open('ROUTER', { context });
  await handler.bind(ZAP);
  const server = await peer.open('ROUTER', { context, routingId: 'srv', ...SIDES[mechanism].server });
  return { server, handler };
}

/** Answers the next question, and tells it. */
async function reply(handler: PeerSocket, status: number): Promise<string[]> {
  const [id = Buffer.alloc(0), ...question] = await handler.receive();
  await handler.send([id, '', ...answer(status)]);
  return texts(question);
}

function watch(
  world: TcpWorld,
  client: Dealer,
): [Promise<MonitorEventOf<'handshake:error:auth'>>, Promise<MonitorEventOf<'connect:stop'>>] {
  return [world.event(client, 'handshake:error:auth'), world.event(client, 'connect:stop')];
}
