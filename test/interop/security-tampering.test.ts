// @deadline 120
/**
 * Somebody on the wire between ours and libzmq, who changes one frame of a session of CURVE. Whatever he does, nothing
 * arrives that was not sent, nor twice, nor out of order; and when he leaves them alone the two talk again. Where ours is
 * the one that hears, nothing is left out either, but at the end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deadlineMs } from '../support/peers/deadline.ts';
import { type Fate, type Mangle, type Mangler, type Passing, mangler } from '../support/peers/mangler.ts';
import { startPeer } from '../support/peers/peer.ts';
import { nameOf } from '../support/peers/wire-frames.ts';
import { command, message } from '../support/raw-zmtp.ts';
import { addAtOnce } from './at-once.ts';
import { type End, type EndOptions, type Side, ours } from './end.ts';
import { Home } from './home.ts';
import { MECHANISMS, fairAnswer } from './security.ts';

const peers = await Promise.all([startPeer('npm'), startPeer('python')]);

const tampering = suite('somebody on the wire between ours and libzmq');

/** What somebody does to one frame. */
interface Attack {
  readonly name: string;
  readonly act: (frame: Passing, earlier: readonly Passing[]) => Fate;
  /** For whom of those who hear it the connection goes on as if nothing had happened. */
  readonly unnoticed?: 'by all' | 'by libzmq';
  /** Only ours is held to it. */
  readonly atOurs?: boolean;
}

const flipBody =
  (at: number, bit = 1): Attack['act'] =>
  frame =>
    flip(frame, frame.octets.length - frame.body.length + at, bit);

function flip({ octets }: Passing, at: number, bit: number): Fate {
  const changed = Buffer.from(octets);
  changed[at] = (changed[at] ?? 0) ^ bit;
  return { on: [changed] };
}

/** Of a MESSAGE: 07 "MESSAGE" | counter (8) | tag (16) | flags | payload. */
const AT_MESSAGES: readonly Attack[] = [
  { name: 'changes the name', act: flipBody(3) },
  { name: 'changes the length of the name', act: flipBody(0) },
  { name: 'changes the high end of the counter', act: flipBody(8) },
  { name: 'changes the low end of the counter', act: flipBody(15, 0x40) },
  { name: 'changes the tag', act: flipBody(16) },
  { name: 'changes the sealed flags', act: flipBody(32) },
  { name: 'changes the payload', act: flipBody(33) },
  { name: 'changes the last octet', act: frame => flip(frame, frame.octets.length - 1, 0x80) },
  { name: 'makes the frame seem longer', act: frame => flip(frame, 1, 0x40) },
  { name: 'makes the frame seem shorter', act: frame => flip(frame, 1, 0x80) },
  { name: 'drops a frame', act: () => ({ on: [] }), unnoticed: 'by libzmq' },
  { name: 'repeats a frame', act: ({ octets }) => ({ on: [octets, octets] }) },
  { name: 'repeats an earlier frame', act: ({ octets }, [first]) => ({ on: [octets, first?.octets ?? octets] }) },
  { name: 'puts an earlier frame in its place', act: ({ octets }, [first]) => ({ on: [first?.octets ?? octets] }) },
  {
    name: 'swaps it with an earlier one',
    act: ({ octets }, [first]) => ({ on: [octets, ...(first ? [first.octets] : [])] }),
  },
  { name: 'sends it back', act: ({ octets }) => ({ on: [octets], back: [octets] }) },
  { name: 'lets half of it pass and cuts', act: ({ octets }) => ({ on: [octets.subarray(0, 70)], cut: true }) },
  { name: 'lets all of it but an octet pass', act: ({ octets }) => ({ on: [octets.subarray(0, -1)] }) },
  { name: 'adds a message in the clear', act: ({ octets }) => ({ on: [message('false'), octets] }) },
  { name: 'adds a READY', act: ({ octets }) => ({ on: [command('READY'), octets] }) },
  { name: 'adds a PING in the clear', act: ({ octets }) => ({ on: [command('PING', Buffer.alloc(2)), octets] }) },
  { name: 'adds an empty frame', act: ({ octets }) => ({ on: [message(''), octets] }) },
  { name: 'adds an ERROR', act: ({ octets }) => ({ on: [command('ERROR', '\x03400'), octets] }) },
  { name: 'sets the outer bit for more', act: frame => flip(frame, 0, 1), unnoticed: 'by all', atOurs: true },
  { name: 'sets the outer bit for a command', act: frame => flip(frame, 0, 4), unnoticed: 'by all', atOurs: true },
  { name: 'sets a reserved bit', act: frame => flip(frame, 0, 0x80), unnoticed: 'by all' },
];

/** Which of the frames of `SPLICED` are taken out: some of the second message, and what is left would look whole. */
const CUTS_OUT = [
  { name: 'the first frame of a message', dropped: [4] },
  { name: 'an inner frame of a message', dropped: [5] },
  { name: 'the last frame of a message', dropped: [7] },
  { name: 'the last frame of a message and the first of the next', dropped: [7, 8] },
] as const;

const REPEATED = 'repeats it';
const COMMANDS = ['HELLO', 'WELCOME', 'INITIATE', 'READY'] as const;

/** In the first third of a HELLO there is nothing but zeros, at which libzmq does not look. */
const AT_COMMANDS: readonly Attack[] = [
  { name: 'changes the name', act: flipBody(2) },
  { name: 'changes an octet behind the name', act: flipBody(10), atOurs: true },
  { name: 'changes the middle', act: frame => flipBody(frame.body.length >> 1)(frame, []) },
  { name: 'changes the last octet', act: frame => flip(frame, frame.octets.length - 1, 1) },
  { name: 'drops it', act: () => ({ on: [] }) },
  { name: REPEATED, act: ({ octets }) => ({ on: [octets, octets] }), atOurs: true },
  {
    name: 'lets half of it pass and cuts',
    act: ({ octets }) => ({ on: [octets.subarray(0, octets.length >> 1)], cut: true }),
  },
  { name: 'sends it back', act: ({ octets }) => ({ on: [], back: [octets] }) },
  { name: 'puts a message in its place', act: () => ({ on: [message('false')] }) },
];

const TOGETHER = peers.flatMap(peer => [[ours, peer] as const, [peer, ours] as const]);

addAtOnce(tampering, [
  ...TOGETHER.flatMap(([client, server]) =>
    (['client', 'server'] as const).flatMap(sender =>
      AT_MESSAGES.filter(({ atOurs }) => atOurs !== true || (sender === 'client' ? server : client) === ours).map(
        attack => ({
          name: `${client.name} is a client of ${server.name}; of what the ${sender} sends somebody ${attack.name}`,
          play: () => inTraffic({ client, server, sender, attack }),
        }),
      ),
    ),
  ),
  ...TOGETHER.flatMap(([client, server]) =>
    CUTS_OUT.map(({ name, dropped }) => ({
      name: `${client.name} is a client of ${server.name}; of what libzmq sends somebody takes out ${name}`,
      play: () => betweenParts({ client, server, dropped }),
    })),
  ),
  ...TOGETHER.flatMap(([client, server]) =>
    COMMANDS.flatMap((name, i) => {
      const hearer = i % 2 === 0 ? server : client;
      return AT_COMMANDS.filter(({ atOurs }) => atOurs !== true || hearer === ours).map(attack => ({
        name: `${client.name} is a client of ${server.name}; of ${name} somebody ${attack.name}`,
        play: () => inHandshake({ client, server, attack, command: name }),
      }));
    }),
  ),
]);

tampering.after(async () => {
  await Promise.all(peers.map(peer => peer.kill()));
});
tampering.run();

const DATA_OCTETS = 100;
const FIRST = data('first');
const BURST = ['1', '2', '3', '4', '5'].map(data);
const LAST = data('last');
const CHANGED = 2; // FIRST is number 0
const SPLICED = [
  ['transfer', '5', 'to', 'you'],
  ['transfer', '10', 'to', 'me'],
  ['keep', '20', 'for', 'them'],
];

function data(text: string): string {
  return text.padEnd(DATA_OCTETS, '.');
}

interface Case {
  readonly client: Side;
  readonly server: Side;
}

interface Attacked extends Case {
  readonly attack: Attack;
}

async function inTraffic(sides: Attacked & { readonly sender: 'client' | 'server' }): Promise<void> {
  const { attack, sender } = sides;
  const hearer = sender === 'client' ? sides.server : sides.client;
  const unnoticed = attack.unnoticed === 'by all' || (attack.unnoticed === 'by libzmq' && hearer !== ours);
  const from = sender === 'client' ? 'connecting' : 'bound';
  const earlier: Passing[] = [];
  const mangle: Mangle = frame => {
    // whatever is shorter is a heartbeat
    if (frame.from !== from || nameOf(frame.body) !== 'MESSAGE' || frame.body.length < DATA_OCTETS) return undefined;
    earlier.push(frame);
    return earlier.length - 1 === CHANGED ? attack.act(frame, earlier) : undefined;
  };
  await Scene.play(sides, mangle, async scene => {
    await scene.say(sender, FIRST);
    for (const text of BURST) scene.sendOnly(sender, text);
    if (unnoticed) await scene.hear(sender, BURST.at(-1) ?? '');
    else {
      await scene.ours.untilEvent('disconnect');
      await scene.again();
    }
    await scene.say('client', LAST);
    await scene.say('server', LAST);
    assertInOrder(scene.heardFrom(sender), [FIRST, ...BURST]);
    assertInOrder(scene.heardFrom(sender === 'client' ? 'server' : 'client'), []);
    assert.is(scene.ours.count('disconnect') > 0, !unnoticed);
  });
}

/** Ours hears libzmq say `SPLICED`, without some of its frames. */
async function betweenParts(sides: Case & { readonly dropped: readonly number[] }): Promise<void> {
  const sender = sides.client === ours ? 'server' : 'client';
  const from = sender === 'client' ? 'connecting' : 'bound';
  const frames: Buffer[] = [];
  const mangle: Mangle = ({ from: whence, connection, body, octets }) => {
    if (whence !== from || connection > 0 || nameOf(body) !== 'MESSAGE') return undefined;
    frames.push(octets);
    const spliced = frames.slice(1); // FIRST is one frame
    if (spliced.length === 0) return undefined;
    // all of it is on its way before any of it arrives, so that nothing is left to be sent again
    const on = spliced.length === SPLICED.flat().length ? spliced.filter((_, i) => !sides.dropped.includes(i)) : [];
    return { on };
  };
  const play = async (scene: Scene): Promise<void> => {
    await scene.say(sender, FIRST);
    for (const parts of SPLICED) scene.sendOnly(sender, ...parts);
    await scene.ours.untilEvent('disconnect');
    assert.equal(scene.ours.details('disconnect'), ['ERR_ZMTP_INVALID_SEQUENCE']);
    await scene.again();
    await scene.say('client', LAST);
    await scene.say('server', LAST);
    const heard = scene.heardFrom(sender).filter(text => text !== LAST);
    assert.equal(heard, [FIRST, SPLICED[0]?.join(' and ')]);
  };
  await Scene.play(sides, mangle, play, { ...OPTIONS, heartbeatInterval: 0 }); // only what is sent is a MESSAGE
}

async function inHandshake(sides: Attacked & { readonly command: string }): Promise<void> {
  let acted = false;
  const mangle: Mangle = frame => {
    if (acted || nameOf(frame.body) !== sides.command) return undefined;
    acted = true;
    return sides.attack.act(frame, []);
  };
  await Scene.play(sides, mangle, async scene => {
    await scene.ours.untilEvent('disconnect');
    // with READY the server is done, and a client that has had it
    const done = sides.command === 'READY' && (sides.server === ours || sides.attack.name === REPEATED);
    assert.is(scene.ours.count('handshake'), done ? 1 : 0);
    await scene.again();
    await scene.say('client', LAST);
    await scene.say('server', LAST);
    assert.ok(acted);
    assertInOrder(scene.heardFrom('client'), []);
    assertInOrder(scene.heardFrom('server'), []);
  });
}

/** All that was heard was sent, in that order, each at most once; LAST comes at the end, as often as it likes. */
function assertInOrder(heard: readonly string[], sent: readonly string[]): void {
  const expected = [...sent.filter(text => heard.includes(text)), ...heard.filter(text => text === LAST)];
  assert.equal(heard, expected);
}

const OPTIONS: EndOptions = {
  heartbeatInterval: 50,
  heartbeatTimeout: 1500,
  handshakeInterval: 800,
  reconnectInterval: 20,
};
const PAUSE_MS = 5;

type Role = 'client' | 'server';

/** A client, a server, and somebody between them. */
class Scene {
  /** Ours, whichever it is. */
  readonly ours: End;
  readonly #here: Home;
  readonly #relay: Mangler;
  readonly #weConnect: boolean;
  readonly #server: End;
  #client: End;
  readonly #heard: Readonly<Record<Role, string[]>> = { client: [], server: [] }; // from that side

  private constructor(parts: { here: Home; relay: Mangler; weConnect: boolean; server: End; client: End }) {
    this.#here = parts.here;
    this.#relay = parts.relay;
    this.#weConnect = parts.weConnect;
    this.#server = parts.server;
    this.#client = parts.client;
    this.ours = parts.weConnect ? parts.client : parts.server;
    void this.#listen(parts.server, 'client');
    void this.#listen(parts.client, 'server');
  }

  static async play(
    { client, server }: Case,
    mangle: Mangle,
    act: (scene: Scene) => Promise<void>,
    options = OPTIONS,
  ): Promise<void> {
    // a libzmq that is watched does not close what it gives up
    const [here, there] = [new Home(client, { monitored: false }), new Home(server, { monitored: false })];
    await there.handler(fairAnswer);
    const bound = await there.open('DEALER', { ...options, ...MECHANISMS.CURVE.server });
    const relay = await mangler(await bound.bind(), mangle);
    try {
      const connecting = await here.open('DEALER', { ...options, ...MECHANISMS.CURVE.client });
      await connecting.connect(relay.endpoint);
      await act(new Scene({ here, relay, weConnect: client === ours, server: bound, client: connecting }));
    } finally {
      await here.clear();
      await there.clear();
      await relay.close();
    }
  }

  /** A libzmq that has found the fault does not come back of itself, so there is a new one. Ours has to. */
  async again(): Promise<void> {
    if (this.#weConnect) return;
    await this.#here.lose(this.#client);
    this.#client = await this.#here.open('DEALER', { ...OPTIONS, ...MECHANISMS.CURVE.client });
    void this.#listen(this.#client, 'server');
    await this.#client.connect(this.#relay.endpoint);
  }

  /** Sends until it is heard: what is sent into a connection that ends is lost. */
  async say(role: Role, text: string): Promise<void> {
    const heard = this.hear(role, text);
    const state = { over: false };
    heard.finally(() => (state.over = true)).catch(() => undefined);
    while (!state.over) {
      this.sendOnly(role, text);
      if (text === FIRST) break;
      await delay(PAUSE_MS);
    }
    await heard;
  }

  sendOnly(role: Role, ...parts: readonly string[]): void {
    // while the connection is away there may be nobody to send to, and then not before the end
    (role === 'client' ? this.#client : this.#server).send(parts).catch(() => undefined);
  }

  /** Resolves when that side has been heard to say it. */
  async hear(role: Role, text: string): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!this.#heard[role].includes(text)) {
      if (performance.now() > deadline) throw new Error(`"${text}" of the ${role} was not heard`);
      await delay(PAUSE_MS);
    }
  }

  heardFrom(role: Role): readonly string[] {
    return this.#heard[role];
  }

  async #listen(end: End, from: Role): Promise<void> {
    for (let heard = await end.next(); heard !== undefined; heard = await end.next()) {
      this.#heard[from].push(heard.map(String).join(' and '));
    }
  }
}
