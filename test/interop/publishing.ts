/**
 * What the options of publishers do, as one script for whoever publishes and whoever subscribes: ours must do what libzmq
 * does, so the expectations below hold for every pair, two libzmqs included.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClassicType } from '../../src/zmtp/socket-type.ts';
import type { End, EndOptions, Parts, Side } from './end.ts';

/** A publisher and as many subscribers as a script asks for. */
interface Scene {
  readonly publisher: End;
  /** Who connects keeps what its peer had until it is back; so libzmq tells the end of it only when it has bound. */
  readonly publisherBinds: boolean;
  /** Somebody who is connected, whichever end has bound. */
  join(type: ClassicType, options?: EndOptions): Promise<End>;
}

type Script = (scene: Scene) => Promise<void>;

/** Adds the scripts that both sides have the options for. */
export function addPublishing(suite: Test, publishers: Side, subscribers: Side): void {
  for (const binds of ['publisher', 'subscriber'] as const) {
    const [front, back] = binds === 'publisher' ? ['binds', 'connects'] : ['connects', 'binds'];
    const add = (name: string, type: ClassicType, options: EndOptions, script: Script): void => {
      suite(`${publishers.name} ${type} ${front}, ${subscribers.name} ${back}: ${name}`, async () => {
        const ends: End[] = [];
        try {
          const publisher = await publishers.open(type, options);
          ends.push(publisher);
          const endpoint = binds === 'publisher' ? await publisher.bind() : '';
          const join = async (other: ClassicType, given: EndOptions = {}): Promise<End> => {
            const end = await subscribers.open(other, given);
            ends.push(end);
            if (other === 'SUB') await end.subscribe('');
            if (binds === 'publisher') await end.connect(endpoint);
            else await publisher.connect(await end.bind());
            if (other === 'XSUB') await greet(end, publisher);
            return end;
          };
          await script({ publisher, publisherBinds: binds === 'publisher', join });
        } finally {
          await Promise.allSettled(ends.map(end => end.close())); // a script may have closed one
        }
      });
    };
    addScripts(add, publishers, subscribers);
  }
}

const HELLO = 'hello';
const PAUSE_MS = 5;

/** An XSUB speaks until it is heard: what it says before somebody is there is lost. */
async function greet(subscriber: End, publisher: End): Promise<void> {
  const state = { heard: false };
  const first = publisher.receive().finally(() => (state.heard = true));
  while (!state.heard) {
    await subscriber.send([HELLO]);
    await delay(PAUSE_MS);
  }
  assert.equal(words(await first), [HELLO]);
}

/** The next message that is no greeting. */
async function hear(publisher: End): Promise<readonly Uint8Array[]> {
  for (;;) {
    const message = await publisher.receive();
    if (words(message).join() !== HELLO) return message;
  }
}

type Add = (name: string, type: ClassicType, options: EndOptions, script: Script) => void;

function addScripts(add: Add, publishers: Side, subscribers: Side): void {
  add('the quiet way', 'XPUB', {}, scene => comeAndGo(scene, ['+A', 'one', 'two', 'one', '-A']));
  add('allSubs', 'XPUB', { verbosity: 'allSubs' }, scene =>
    comeAndGo(scene, ['+A', '+A', 'one', '+A', 'two', 'one', '-A']),
  );
  add('allSubsUnsubs', 'XPUB', { verbosity: 'allSubsUnsubs' }, scene =>
    comeAndGo(scene, ['+A', '+A', 'one', '+A', 'two', '-A', 'one', '-A']),
  );
  add('welcomeMessage', 'XPUB', { welcomeMessage: 'W' }, welcome);
  for (const type of ['PUB', 'XPUB'] as const) {
    if (waits(publishers)) add('noDrop', type, { noDrop: true, sendHighWaterMark: 100 }, loseNothing);
    add('invertMatching', type, { invertMatching: true }, invert);
  }
  add('subscriptions are forwarded by hand', 'XPUB', {}, scene => forward(scene, topicLengths(subscribers)));
  if (!hasManual(publishers)) return;
  add('manual', 'XPUB', { manual: true }, decide);
  add('manualLastValue', 'XPUB', { manualLastValue: true }, decideLast);
  if (!hasManual(subscribers)) return;
  add('onlyFirstSubscribe', 'XPUB', { onlyFirstSubscribe: true }, onlyFirst);
}

/** zeromq.js has neither XPublisher.subscribe() nor the draft options. */
function hasManual({ name }: Side): boolean {
  return !name.startsWith('libzmq 4.3.5');
}

/** zeromq.js takes a PUB for always writable, and fails. */
function waits({ name }: Side): boolean {
  return !name.startsWith('libzmq 4.3.5');
}

/** At the border between short and long frames, beyond which libzmq 4.3.4 writes the size of a command wrongly. */
function topicLengths({ name }: Side): readonly number[] {
  return name.startsWith('libzmq 4.3.4') ? [244, 245] : [244, 245, 246, 300];
}

/** Two subscribers to one topic, each of whom says a word when it has said all, since words keep their place. */
async function comeAndGo({ publisher, publisherBinds, join }: Scene, expected: readonly string[]): Promise<void> {
  const one = await join('XSUB');
  const two = await join('XSUB');
  const seen: string[] = [];
  const untilWord = async (word: string): Promise<void> => {
    do seen.push(shown(await hear(publisher)));
    while (seen.at(-1) !== word);
  };
  await one.sendAll([['\x01A'], ['\x01A'], ['one']].map(octets));
  await untilWord('one');
  await two.sendAll([['\x01A'], ['two']].map(octets));
  await untilWord('two');
  await one.sendAll([['\x00A'], ['\x00A'], ['one']].map(octets));
  await untilWord('one');
  if (publisherBinds) await two.close();
  else await two.send(octets(['\x00A']));
  seen.push(shown(await hear(publisher)));
  assert.equal(seen, expected);
}

async function welcome({ publisher, join }: Scene): Promise<void> {
  const two = await join('XSUB');
  const one = await join('SUB');
  assert.equal(words(await one.receive()), ['W']);
  assert.equal(words(await two.receive()), ['W'], 'whoever has not subscribed to anything is sent it too');
  assert.is(shown(await hear(publisher)), '+');
  await publisher.send(['next']);
  assert.equal(words(await one.receive()), ['next']);
}

const MESSAGES = 3000;

async function loseNothing({ publisher, join }: Scene): Promise<void> {
  const subscriber = await join('SUB', { receiveHighWaterMark: 10 });
  await untilHeard(publisher, subscriber, ['again']);
  const numbered = Array.from({ length: MESSAGES }, (_, i): Parts => [`number ${i}`, 'x'.repeat(1000)]);
  const [, received] = await Promise.all([publisher.sendAll(numbered), subscriber.receiveAll(MESSAGES)]);
  assert.ok(received.every(([number], i) => String(number) === `number ${i}`));
}

/** Publishes until something has come through; then everything else has been heard. */
async function untilHeard(publisher: End, subscriber: End, ...calls: readonly Parts[]): Promise<void> {
  const state = { heard: false };
  const first = subscriber.receive().finally(() => (state.heard = true));
  while (!state.heard) {
    await publisher.sendAll(calls);
    await delay(PAUSE_MS);
  }
  await publisher.send(['done']);
  let message = await first;
  for (; words(message).join() !== 'done'; message = await subscriber.receive()) {
    assert.equal(words(message), calls.at(-1));
  }
}

async function invert({ publisher, join }: Scene): Promise<void> {
  const subscriber = await join('SUB', { invertMatching: true });
  await subscriber.unsubscribe('');
  await subscriber.subscribe('A');
  await untilHeard(publisher, subscriber, ['A1'], ['B1']);
  await publisher.sendAll([['A2'], ['B2']]);
  assert.equal(words(await subscriber.receive()), ['B2']);
}

async function decide({ publisher, publisherBinds, join }: Scene): Promise<void> {
  const [one, two] = [await join('XSUB'), await join('XSUB')];
  await one.send(octets(['\x01A']));
  assert.is(shown(await hear(publisher)), '+A');
  await publisher.subscribe('XA');
  await two.send(octets(['\x01A']));
  assert.is(shown(await hear(publisher)), '+A');
  await publisher.subscribe('A');
  await publisher.sendAll([
    ['A', '1'],
    ['XA', '2'],
    ['XA', '3'],
    ['A', '4'],
  ]);
  assert.equal((await one.receiveAll(2)).map(words), [
    ['XA', '2'],
    ['XA', '3'],
  ]);
  assert.equal((await two.receiveAll(2)).map(words), [
    ['A', '1'],
    ['A', '4'],
  ]);
  await one.send(octets(['\x00A']));
  assert.is(shown(await hear(publisher)), '-A');
  await publisher.unsubscribe('XA');
  await publisher.subscribe('end');
  await publisher.sendAll([['XA', '5'], ['end']]);
  assert.equal(words(await one.receive()), ['end']);
  if (!publisherBinds) return;
  await two.close();
  assert.is(shown(await hear(publisher)), '-A');
}

async function decideLast({ publisher, join }: Scene): Promise<void> {
  const [one, two] = [await join('XSUB'), await join('XSUB')];
  for (const subscriber of [one, two]) {
    await subscriber.send(octets(['\x01A']));
    assert.is(shown(await hear(publisher)), '+A');
    await publisher.subscribe('A');
    await publisher.send(['A', 'cached']);
    assert.equal(words(await subscriber.receive()), ['A', 'cached']);
  }
  await publisher.send(['A', 'for all']);
  assert.equal(words(await one.receive()), ['A', 'for all']);
  assert.equal(words(await two.receive()), ['A', 'for all']);
}

async function onlyFirst({ publisher, join }: Scene): Promise<void> {
  const one = await join('XSUB', { onlyFirstSubscribe: true });
  await one.send(octets(['data', '\x01A', '\x00A']));
  await one.send(octets(['\x01B', '\x01C']));
  assert.equal(words(await hear(publisher)), ['data', '\x01A', '\x00A']);
  assert.is(shown(await hear(publisher)), '+B');
  assert.is(shown(await hear(publisher)), '+C');
  await publisher.sendAll([['A'], ['C']]);
  assert.equal(words(await one.receive()), ['C']);
}

/** As a proxy does it: what the XPUB shows is what an XSUB sends. */
async function forward({ publisher, join }: Scene, lengths: readonly number[]): Promise<void> {
  const front = await join('XSUB');
  await front.sendAll([octets(['\x01A']), octets(['up'])]);
  const notices: string[] = [];
  for (let i = 0; i < 2; i += 1) notices.push(shown(await hear(publisher)));
  assert.equal(notices, ['+A', 'up']);
  await publisher.sendAll([
    ['B', 'no'],
    ['A', 'yes', ''],
  ]);
  assert.equal(words(await front.receive()), ['A', 'yes', '']);
  for (const length of lengths) {
    const topic = 't'.repeat(length);
    await front.send(octets([`\x01${topic}`]));
    assert.is(shown(await hear(publisher)), `+${topic}`);
    await publisher.send([topic]);
    assert.equal(words(await front.receive()), [topic]);
    await front.send(octets([`\x00${topic}`]));
    assert.is(shown(await hear(publisher)), `-${topic}`);
  }
}

function octets(message: readonly string[]): Uint8Array[] {
  return message.map(part => Buffer.from(part));
}

function words(message: readonly Uint8Array[]): string[] {
  return message.map(part => Buffer.from(part).toString());
}

/** `+topic`, `-topic`, or what else was received. */
function shown(message: readonly Uint8Array[]): string {
  return words(message).join('|').replace('\x01', '+').replace('\x00', '-');
}
