/**
 * `node:net` with the octets that ZMTP would put on the wire after its handshake, and nothing else: no queues, no
 * promises, no routing. What is left of a machine's speed when a message library costs nothing.
 *
 * Small frames are copied into a chunk of 64 KiB that is written when it is full; the bodies of large ones go out by
 * reference, four to a gathered write. Other chunk sizes, several chunks in flight and copies of 64 KiB bodies were
 * tried and are no faster.
 */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { connect, createServer, type Socket } from 'node:net';
import type { Contestant } from './contestant.ts';
import { frameReader, headLength, putHead } from './raw-frames.ts';
import { socketPath } from './socket-path.ts';
import type { Sent, Tally } from './tally.ts';

const CHUNK = 65_536; // octets
const TURN_BYTES = 1024 * 1024;
const COPIED = 16_384; // octets of the largest body that is copied
const LOOPED = 24; // octets of the largest body that a plain loop copies faster than TypedArray.set
const GATHERED = 4; // large messages in a write

export const raw: Contestant = {
  pull(tally) {
    return listen(socket => countFrames(socket, tally));
  },

  async push(endpoint, body, sent) {
    const socket = await dial(endpoint);
    if (body.length <= COPIED) await pushCopies(socket, body, sent);
    else await pushGathered(socket, body, sent);
  },

  forward(endpoint) {
    // both ways and without a look, so whatever the two ends have to say before they begin goes through as well
    return listen(async from => {
      const to = await dial(endpoint);
      from.pipe(to);
      to.pipe(from);
    });
  },

  reply() {
    return listen(socket => {
      socket.on(
        'data',
        frameReader((octets, start, size, more) => {
          if (!more) socket.write(enveloped(octets.subarray(start, start + size)));
        }),
      );
    });
  },

  async request(endpoint, body, lap) {
    const socket = await dial(endpoint);
    socket.on(
      'data',
      frameReader((octets, start, size, more) => {
        if (more) return;
        lap(octets.subarray(start, start + size));
        socket.write(enveloped(body));
      }),
    );
    socket.write(enveloped(body));
  },

  async publish(subscribers, kind) {
    const before = kind === 'radio' ? GROUP : NOTHING;
    const sockets: Socket[] = [];
    const endpoint = await listen(socket => {
      sockets.push(socket);
    });
    return {
      endpoint,
      async hello(body) {
        const frames = framesOf(body, before);
        for (const socket of sockets) socket.write(frames);
      },
      async run(body, sent) {
        if (sockets.length !== subscribers) throw new Error('not every subscriber is there');
        const chunks = new ChunkFiller(body, before);
        while (true) {
          const { chunk, messages } = chunks.fill();
          sent.messages += messages;
          const full = sockets.filter(socket => !socket.write(chunk));
          await Promise.all(full.map(socket => once(socket, 'drain')));
        }
      },
    };
  },

  async subscribe(endpoint, tally, kind) {
    const socket = await dial(endpoint);
    if (kind === 'radio') countLastFrames(socket, tally);
    else countFrames(socket, tally);
  },

  hold() {
    return listen(socket => socket.on('data', () => {}));
  },
};

/** The same over a Unix socket; in the roles of a flow. */
export const rawOverIpc: Contestant = {
  ...raw,

  async pull(tally) {
    const path = socketPath();
    const server = createServer(socket => countFrames(socket, tally));
    server.listen({ path });
    await once(server, 'listening');
    return `ipc://${path}`;
  },
};

const NOTHING = new Uint8Array(0);

/** The frame that a RADIO puts before each body. */
const GROUP = Uint8Array.of(1, 3, 0x61, 0x6c, 0x6c);

/** Makes chunks full of one body after another, each behind the same octets. */
class ChunkFiller {
  readonly #body: Uint8Array;
  readonly #before: Uint8Array;
  readonly #frameLength: number;

  constructor(body: Uint8Array, before: Uint8Array = NOTHING) {
    this.#body = body;
    this.#before = before;
    this.#frameLength = before.length + headLength(body.length) + body.length;
  }

  fill(): { readonly chunk: Uint8Array; readonly messages: number } {
    const messages = Math.floor(CHUNK / this.#frameLength);
    const chunk = Buffer.allocUnsafeSlow(messages * this.#frameLength);
    const [body, before] = [this.#body, this.#before];
    const { length } = body;
    let at = 0;
    for (let i = 0; i < messages; i += 1) {
      for (let j = 0; j < before.length; j += 1) chunk[at + j] = before[j] ?? 0;
      at = putHead(chunk, at + before.length, length, 0);
      if (length <= LOOPED) for (let j = 0; j < length; j += 1) chunk[at + j] = body[j] ?? 0;
      else chunk.set(body, at);
      at += length;
    }
    return { chunk, messages };
  }
}

async function pushCopies(socket: Socket, body: Uint8Array, sent: Sent): Promise<void> {
  const chunks = new ChunkFiller(body);
  while (true) {
    const { chunk, messages } = chunks.fill();
    sent.messages += messages;
    if (!socket.write(chunk)) await drain(socket);
    await turns.after(chunk.length);
  }
}

async function pushGathered(socket: Socket, body: Uint8Array, sent: Sent): Promise<void> {
  const head = new Uint8Array(headLength(body.length));
  putHead(head, 0, body.length, 0);
  while (true) {
    let room = true;
    socket.cork();
    for (let i = 0; i < GATHERED; i += 1) {
      socket.write(head);
      room = socket.write(body);
    }
    socket.uncork();
    sent.messages += GATHERED;
    if (!room) await drain(socket);
    await turns.after(GATHERED * body.length);
  }
}

/** A REQ's or REP's message: the empty delimiter, then the body. */
function enveloped(body: Uint8Array): Uint8Array {
  return framesOf(body, DELIMITER);
}

const DELIMITER = Uint8Array.of(1, 0);

/** A body in its frame, behind other octets. */
function framesOf(body: Uint8Array, before: Uint8Array): Uint8Array {
  const frames = Buffer.allocUnsafe(before.length + headLength(body.length) + body.length);
  frames.set(before);
  frames.set(body, putHead(frames, before.length, body.length, 0));
  return frames;
}

function countFrames(socket: Socket, tally: Tally): void {
  socket.on(
    'data',
    frameReader((octets, start, size) => tally.count(octets[start] ?? 0, octets[start + size - 1] ?? 0, size)),
  );
}

/** The group's frame says that more follows. */
function countLastFrames(socket: Socket, tally: Tally): void {
  socket.on(
    'data',
    frameReader((octets, start, size, more) => {
      if (!more) tally.count(octets[start] ?? 0, octets[start + size - 1] ?? 0, size);
    }),
  );
}

/**
 * Lets the event loop go round after each mebibyte that the process has sent. As long as the kernel takes everything at
 * once, 'drain' comes without a turn of the loop, and the first of a thousand sockets would starve the others.
 */
class Turns {
  #budget = TURN_BYTES;
  #turn: Promise<void> | undefined;

  after(bytes: number): Promise<void> | undefined {
    this.#budget -= bytes;
    if (this.#budget > 0) return undefined;
    return (this.#turn ??= setImmediate().then(() => {
      this.#turn = undefined;
      this.#budget = TURN_BYTES;
    }));
  }
}

const turns = new Turns();

function drain(socket: Socket): Promise<void> {
  return new Promise(resolve => socket.once('drain', resolve));
}

async function listen(onPeer: (socket: Socket) => unknown): Promise<string> {
  const server = createServer({ noDelay: true }, onPeer);
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return `tcp://127.0.0.1:${address.port}`;
}

async function dial(endpoint: string): Promise<Socket> {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  const socket = connect(
    protocol === 'ipc:' ? { path: pathname } : { host: hostname, port: Number(port), noDelay: true },
  );
  await once(socket, 'connect');
  return socket;
}
