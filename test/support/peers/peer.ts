/**
 * libzmq itself as the peer, in a child process: node-zeromq.mjs behind npm `zeromq`, pyzmq.py behind Debian's
 * python3-zmq.
 *
 * Parent and child exchange lines of JSON, octets in base64. A request names an operation and a socket; its answer
 * carries the same id and comes when there is one, so any number of requests may be on their way:
 *
 *      child   {"id":0,"value":"4.3.5"}                                       libzmq's version, when it is ready
 *      parent  {"id":1,"op":"open","socket":1,"type":"PULL","options":{"linger":0}}
 *      child   {"id":1,"value":null}
 *      parent  {"id":2,"op":"bind","socket":1,"endpoint":"tcp://127.0.0.1:*"}
 *      child   {"id":2,"value":"tcp://127.0.0.1:40123"}
 *      parent  {"id":3,"op":"receive","socket":1,"count":1}
 *      child   {"socket":1,"event":"handshake:error:auth","detail":"400"}     whenever it happens; detail may be null
 *      child   {"id":3,"value":[["aGVsbG8=",""]]}
 *      child   {"id":4,"error":{"code":"EADDRINUSE","message":"…"}}
 *
 * Sends wait in line behind the socket's earlier sends, receives behind its earlier receives. What libzmq refuses for
 * now (no room, not this socket's turn, a mandatory ROUTER's peer not there yet) is tried again until it works.
 * libzmq takes note of new peers and subscriptions only inside calls, so a child keeps calling into idle sockets.
 * Two options are the child's own: `context`, a name, for sockets that are to share no inproc endpoints with the others
 * (a handler of ZAP, for one), and `monitored: false`, because a libzmq that is watched does not end every connection
 * that it gives up.
 * A child ends when its stdin does and therefore never outlives the test, however that ends.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { deadlineMs } from './deadline.ts';
import { EventLog } from './event-log.ts';
import { type Ask, PeerSocket, type PeerType, asText, encode } from './peer-socket.ts';

/** Whose libzmq: npm's `zeromq` or Debian's `python3-zmq`. */
export type Library = 'npm' | 'python';

interface Program {
  readonly command: string;
  readonly script: string;
  readonly install: string;
}

const PROGRAMS: Readonly<Record<Library, Program>> = {
  npm: {
    command: process.execPath,
    script: 'node-zeromq.mjs',
    install: 'run `npm run setup`',
  },
  python: {
    command: process.env['ZMTP_PYTHON'] ?? '/usr/bin/python3',
    script: 'pyzmq.py',
    install: 'run `npm run setup`, or set ZMTP_PYTHON to a Python that has pyzmq',
  },
};

/**
 * Starts a child and waits until its libzmq is ready.
 * @throws when that libzmq cannot be had: a missing peer is a failure, never a reason to skip
 */
export async function startPeer(library: Library): Promise<Peer> {
  const { command, script, install } = PROGRAMS[library];
  const child = spawn(command, [fileURLToPath(new URL(script, import.meta.url))], {
    env: { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' }, // the child is not what is measured
  });
  const peer = new Peer(child);
  try {
    await peer.ready;
    return peer;
  } catch (error) {
    child.kill('SIGKILL');
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`there is no libzmq behind ${command}: ${install}\n${why}`, { cause: error });
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A child process with libzmq in it. */
export class Peer {
  /** Resolves when the child can be used. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Map<number, EventLog>();
  #version = '(not started)';
  #complaints = '';
  #alive = true;
  #lastNumber = 0;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#ended = new Promise(resolve => child.once('close', resolve));
    this.ready = this.#answer(0, 'start', deadlineMs).then(version => {
      this.#version = asText(version);
    });
    child.once('error', error => {
      this.#end(error.message);
    });
    child.once('close', () => {
      this.#end('the process has ended');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaints += text));
    child.stdin.on('error', () => undefined); // an answer that cannot come is reported by #end
    createInterface({ input: child.stdout }).on('line', line => {
      this.#hear(line);
    });
  }

  /** libzmq's version, such as `4.3.5`. */
  get version(): string {
    return this.#version;
  }

  /** The child's process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What to call it in test names and messages. */
  get name(): string {
    return `libzmq ${this.#version}`;
  }

  /** Makes a socket with options of zeromq.js's names, and the two of peer.ts; it lingers for nothing unless they say so. */
  async open(type: PeerType, options: object = {}): Promise<PeerSocket> {
    const number = (this.#lastNumber += 1);
    const events = new EventLog(`${this.name} ${type}`);
    this.#events.set(number, events);
    const all = Object.entries<unknown>({ linger: 0, ...options }).map(([name, value]): [string, unknown] => [
      name,
      value instanceof Uint8Array ? { octets: encode(value) } : value,
    ]);
    await this.#request(number, type, 'open', { type, options: Object.fromEntries(all) }, deadlineMs);
    const ask: Ask = (op, fields = {}, limitMs = deadlineMs) => this.#request(number, type, op, fields, limitMs);
    return new PeerSocket(type, ask, events);
  }

  /** Ends the process as it would end of itself: its sockets are closed, nothing lingers. */
  async kill(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs);
    this.#child.stdin.end();
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends the process between two instructions; the system closes its connections. */
  async crash(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #request(socket: number, type: PeerType, op: string, fields: object, limitMs: number): Promise<unknown> {
    if (!this.#alive) {
      // Its sockets went with the process: there is nothing left to close.
      return op === 'close' ? Promise.resolve() : Promise.reject(new Error(`${this.name} is not running any more`));
    }
    const id = (this.#lastNumber += 1);
    const answer = this.#answer(id, `${type} ${op}`, limitMs);
    this.#child.stdin.write(`${JSON.stringify({ id, op, socket, ...fields })}\n`);
    return answer;
  }

  #answer(id: number, what: string, limitMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer =
        limitMs === Infinity
          ? undefined
          : setTimeout(() => {
              this.#waiting.delete(id);
              reject(new Error(`${this.name}: ${what} not done within ${limitMs} ms`));
            }, limitMs);
      this.#waiting.set(id, {
        resolve: value => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: error => {
          clearTimeout(timer);
          reject(new Error(`${this.name}: ${what}: ${error.message}`, { cause: error }));
        },
      });
    });
  }

  #hear(text: string): void {
    const line = parseLine(text);
    if ('event' in line) {
      this.#events.get(line.socket)?.add(line.event, line.detail ?? undefined);
      return;
    }
    const waiting = this.#waiting.get(line.id);
    this.#waiting.delete(line.id);
    if ('error' in line) waiting?.reject(new Error(`${line.error.code}: ${line.error.message}`));
    else waiting?.resolve(line.value);
  }

  #end(why: string): void {
    this.#alive = false;
    const error = new Error(`${why}\n${this.#complaints}`.trim());
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

type Line =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }
  | { readonly socket: number; readonly event: string; readonly detail?: string | null };

function parseLine(text: string): Line {
  // The children are ours: their lines are what the head of this file says.
  return JSON.parse(text) as Line;
}
