/** Scripts for one STREAM among plain sockets. Whoever's it is, it must see the same. */
import type { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Scene, type StreamEndOptions, type StreamSide } from './stream-end.ts';

interface Script {
  readonly options?: StreamEndOptions;
  readonly play: (scene: Scene) => Promise<void>;
  readonly seen: readonly string[];
}

const MEGABYTE = 1_000_000;

const SCRIPTS: Record<string, Script> = {
  'a client comes, is answered, and goes': {
    play: async scene => {
      const endpoint = await scene.bind();
      for (const name of ['first', 'second']) {
        const client = await scene.dial(endpoint);
        const id = await scene.notice();
        client.write(name);
        await scene.octets(name.length);
        await scene.send(id, 'answer');
        scene.seen.push(await client.read(6));
        client.close();
        await scene.notice();
        await scene.untilUnknown(id);
      }
    },
    seen: [
      ...['A notice', 'A first', 'ok', 'answer', 'A notice'],
      ...['B notice', 'B second', 'ok', 'answer', 'B notice'],
    ],
  },
  'a client speaks at once and a lot': {
    play: async scene => {
      const client = await scene.dial(await scene.bind());
      client.write(Buffer.alloc(8193));
      await scene.notice();
      await scene.octets(8193);
      client.write(Buffer.alloc(MEGABYTE));
      await scene.octets(MEGABYTE);
    },
    seen: ['A notice', 'A 8193 octets', 'A 1000000 octets'],
  },
  'a client closes its direction only, and is closed altogether': {
    play: async scene => {
      const client = await scene.dial(await scene.bind());
      const id = await scene.notice();
      client.write('last words');
      client.shutdown();
      await scene.octets(10);
      await scene.notice();
      await scene.untilUnknown(id);
      scene.seen.push(`${(await client.rest()).length} octets back`);
    },
    seen: ['A notice', 'A last words', 'A notice', '0 octets back'],
  },
  'a client resets': {
    play: async scene => {
      const client = await scene.dial(await scene.bind());
      await scene.notice();
      client.reset();
      await scene.notice();
    },
    seen: ['A notice', 'A notice'],
  },
  'nobody has an id': {
    play: async scene => {
      await scene.send('nobody', 'x');
      await scene.send(Buffer.of(0, 1, 2, 3, 4), 'x');
      await scene.send('nobody', '');
    },
    seen: ['EHOSTUNREACH', 'EHOSTUNREACH', 'EHOSTUNREACH'],
  },
  'an empty part closes when all has left, without a notice': {
    play: async scene => {
      const endpoint = await scene.bind();
      const client = await scene.dial(endpoint);
      const id = await scene.notice();
      for (let i = 0; i < 20; i += 1) await scene.send(id, Buffer.alloc(MEGABYTE / 10));
      await scene.send(id, '');
      await scene.untilUnknown(id);
      scene.seen.push(`${(await client.rest()).length} octets there`);
      await scene.dial(endpoint);
      await scene.notice();
    },
    seen: ['A notice', ...Array<string>(21).fill('ok'), '2000000 octets there', 'B notice'],
  },
  'a server is lost, and found again under the same id': {
    play: async scene => {
      const server = await scene.listen();
      await scene.connect(server.endpoint);
      const id = await scene.notice();
      const first = await server.next();
      first.write('hello');
      await scene.octets(5);
      first.close();
      await scene.notice();
      await scene.notice();
      const second = await server.next();
      await scene.send(id, 'again');
      scene.seen.push(await second.read(5));
      second.write('yes');
      await scene.octets(3);
    },
    seen: ['A notice', 'A hello', 'A notice', 'A notice', 'ok', 'again', 'A yes'],
  },
  'what is sent while a server is away waits for it': {
    play: async scene => {
      const server = await scene.listen();
      await scene.connect(server.endpoint);
      const id = await scene.notice();
      const first = await server.next();
      const port = server.pause();
      first.close();
      await scene.notice();
      await scene.send(id, 'one');
      await scene.send(id, 'two');
      await server.start(await port);
      scene.seen.push(await (await server.next()).read(6));
      await scene.notice();
    },
    seen: ['A notice', 'A notice', 'ok', 'ok', 'onetwo', 'A notice'],
  },
  'a server with a name of our choice is sent to at once': {
    play: async scene => {
      const server = await scene.listen();
      await scene.connect(server.endpoint, 'it');
      await scene.send('it', 'early');
      const wire = await server.next();
      scene.seen.push(await wire.read(5));
      wire.write('heard');
      await scene.notice();
      await scene.octets(5);
      wire.close();
      await scene.notice();
      await scene.notice();
    },
    seen: ['ok', 'early', 'it notice', 'it heard', 'it notice', 'it notice'],
  },
  'an empty part ends a connection of its own for good': {
    play: async scene => {
      const server = await scene.listen();
      await scene.connect(server.endpoint, 'it');
      await scene.notice();
      await scene.send('it', 'bye');
      await scene.send('it', '');
      const wire = await server.next();
      await scene.untilUnknown('it');
      scene.seen.push((await wire.rest()).toString());
      wire.close();
      await scene.connect(server.endpoint, 'other');
      await scene.notice();
      (await server.next()).write('only me');
      await scene.octets(7);
    },
    seen: ['it notice', 'ok', 'ok', 'bye', 'other notice', 'other only me'],
  },
  'two connections to one endpoint are two': {
    play: async scene => {
      const server = await scene.listen();
      await scene.connect(server.endpoint, 'one');
      await scene.notice();
      await scene.connect(server.endpoint, 'two');
      await scene.notice();
      for (const id of ['two', 'one']) await scene.send(id, id);
      scene.seen.push(await (await server.next()).read(3), await (await server.next()).read(3));
    },
    seen: ['one notice', 'two notice', 'ok', 'ok', 'one', 'two'],
  },
  'who is not there takes as much as the mark allows, and others are not held up': {
    options: { sendTimeout: 0 },
    play: async scene => {
      const [absent, server] = [await scene.listen(), await scene.listen()];
      const { endpoint } = absent;
      await absent.pause();
      await scene.connect(endpoint, 'absent');
      await scene.connect(server.endpoint, 'there');
      await scene.fill('absent', 1200);
      await scene.send('there', 'x');
      scene.seen.push(await (await server.next()).read(1));
    },
    seen: ['1000 taken, then EAGAIN', 'ok', 'x'],
  },
  'without notices there are octets only': {
    options: { notify: false },
    play: async scene => {
      const endpoint = await scene.bind();
      for (const text of ['one', 'two']) {
        const client = await scene.dial(endpoint);
        client.write(text);
        await scene.octets(3);
        client.close();
      }
    },
    seen: ['A one', 'B two'],
  },
};

/** Plays all scripts on a side. */
export function addAlike(tests: ReturnType<typeof suite>, side: StreamSide): void {
  for (const [name, { options, play, seen }] of Object.entries(SCRIPTS)) {
    tests(`${side.name}: ${name}`, async () => {
      const scene = new Scene(await side.open(options));
      try {
        await play(scene);
        assert.equal(scene.seen, seen);
      } finally {
        await scene.end();
      }
    });
  }
}
