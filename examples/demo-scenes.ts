/**
 * What the demo plays: every pattern of ZeroMQ, with ours in one role and libzmq in the other. A scene throws when
 * anything comes back that it did not expect.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Part, PeerSocket } from '../test/support/peers/peer-socket.ts';
import type { Peer } from '../test/support/peers/peer.ts';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../src/index.ts';

/** One row of the demo's table. */
export interface Scene {
  readonly pattern: string;
  readonly ours: string;
  readonly libzmq: string;
  /** Gives what to say about what came back. */
  readonly play: (libzmq: Peer) => Promise<string>;
}

const COUNT = 100;
const ANYWHERE = 'tcp://127.0.0.1:*';
const IN_TIME = { timeout: 5000 };

/** In the order in which they are shown. */
export const SCENES: readonly Scene[] = [
  { pattern: 'request-reply', ours: 'Request connects', libzmq: 'REP binds', play: request },
  { pattern: 'request-reply', ours: 'Reply binds', libzmq: 'REQ connects', play: reply },
  { pattern: 'dealer-router', ours: 'Dealer connects', libzmq: 'ROUTER binds', play: dealer },
  { pattern: 'dealer-router', ours: 'Router binds', libzmq: 'DEALER connects', play: router },
  { pattern: 'push-pull', ours: 'Push binds', libzmq: 'PULL connects', play: push },
  { pattern: 'push-pull', ours: 'Pull connects', libzmq: 'PUSH binds', play: pull },
  { pattern: 'publish-subscribe', ours: 'Publisher binds', libzmq: 'SUB connects', play: publisher },
  { pattern: 'publish-subscribe', ours: 'Subscriber connects', libzmq: 'PUB binds', play: subscriber },
  { pattern: 'publish-subscribe', ours: 'XPublisher binds', libzmq: 'XSUB connects', play: xpublisher },
  { pattern: 'publish-subscribe', ours: 'XSubscriber connects', libzmq: 'XPUB binds', play: xsubscriber },
  { pattern: 'exclusive pair', ours: 'Pair connects', libzmq: 'PAIR binds', play: pair },
];

async function request(libzmq: Peer): Promise<string> {
  const theirs = await libzmq.open('REP');
  const ours = new Request();
  ours.connect(await theirs.bind());
  const echoing = theirs.echo(COUNT);
  for (const question of numbered('question')) {
    await ours.send(question);
    expect(await ours.receive(IN_TIME), question);
  }
  await echoing;
  await close(ours, theirs);
  return `${COUNT} questions asked, each had its answer`;
}

async function reply(libzmq: Peer): Promise<string> {
  const ours = new Reply();
  await ours.bind(ANYWHERE);
  const theirs = await libzmq.open('REQ');
  await theirs.connect(ours.lastEndpoint ?? '');
  const questions = numbered('question');
  const asking = theirs.converse(questions.map(question => [question]));
  for (const question of questions) {
    expect(await ours.receive(IN_TIME), question);
    await ours.send([question, 'yes']);
  }
  expectAll(await asking, ...questions.map(question => [question, 'yes']));
  await close(ours, theirs);
  return `${COUNT} questions answered, ${COUNT} answers taken`;
}

async function dealer(libzmq: Peer): Promise<string> {
  const theirs = await libzmq.open('ROUTER');
  const ours = new Dealer();
  ours.connect(await theirs.bind());
  const echoing = theirs.echo(COUNT);
  for (const job of numbered('job')) await ours.send(job);
  for (const job of numbered('job')) expect(await ours.receive(IN_TIME), job);
  await echoing;
  await close(ours, theirs);
  return `${COUNT} jobs sent at once, ${COUNT} results in order`;
}

async function router(libzmq: Peer): Promise<string> {
  const ours = new Router();
  await ours.bind(ANYWHERE);
  const names = ['red', 'blue'];
  const workers = await Promise.all(names.map(routingId => libzmq.open('DEALER', { routingId })));
  for (const [i, worker] of workers.entries()) {
    await worker.connect(ours.lastEndpoint ?? '');
    await worker.send(['hello']);
    expect(await ours.receive(IN_TIME), names[i] ?? '', 'hello');
  }
  for (const job of numbered('job')) for (const name of names) await ours.send([name, `${job} for ${name}`]);
  for (const [i, worker] of workers.entries()) {
    expectAll(await worker.receiveAll(COUNT), ...numbered('job').map(job => [`${job} for ${names[i] ?? ''}`]));
  }
  await close(ours, ...workers);
  return `${names.length * COUNT} jobs to 2 peers by name, none went astray`;
}

async function push(libzmq: Peer): Promise<string> {
  const ours = new Push();
  await ours.bind(ANYWHERE);
  const workers = await Promise.all([libzmq.open('PULL'), libzmq.open('PULL')]);
  for (const worker of workers) {
    await worker.connect(ours.lastEndpoint ?? '');
    await worker.untilEvent('handshake');
  }
  for (const task of numbered('task')) await ours.send(task);
  const shares = await Promise.all(workers.map(worker => worker.receiveAll(COUNT / workers.length)));
  const taken = new Set(shares.flat().map(String));
  const lost = numbered('task').filter(task => !taken.has(task));
  if (lost.length > 0) throw new Error(`never taken: ${lost.join(', ')}`);
  await close(ours, ...workers);
  return `${COUNT} tasks, dealt out to 2 workers by turns`;
}

async function pull(libzmq: Peer): Promise<string> {
  const theirs = await libzmq.open('PUSH');
  const ours = new Pull();
  ours.connect(await theirs.bind());
  const large = new Uint8Array(1024 * 1024).map((_, i) => i % 251);
  const sending = theirs.sendAll([['three', '', 'parts'], [large]]);
  expect(await ours.receive(IN_TIME), 'three', '', 'parts');
  expect(await ours.receive(IN_TIME), large);
  await sending;
  await close(ours, theirs);
  return 'a message of 3 parts, and one of 1 MiB';
}

async function publisher(libzmq: Peer): Promise<string> {
  const ours = new Publisher();
  await ours.bind(ANYWHERE);
  const theirs = await libzmq.open('SUB');
  await theirs.subscribe('weather', 'ready');
  await theirs.connect(ours.lastEndpoint ?? '');
  await untilHeard(
    () => ours.send('ready'),
    () => theirs.receive(),
  );
  for (const issue of numbered('issue')) {
    await ours.send(['sports', issue]);
    await ours.send(['weather', issue]);
  }
  for (const issue of numbered('issue')) expect(await pastReady(() => theirs.receive()), 'weather', issue);
  await close(ours, theirs);
  return `${2 * COUNT} published, the ${COUNT} subscribed to arrived`;
}

async function subscriber(libzmq: Peer): Promise<string> {
  const theirs = await libzmq.open('PUB');
  const ours = new Subscriber();
  ours.subscribe('weather', 'ready');
  ours.connect(await theirs.bind());
  await untilHeard(
    () => theirs.send(['ready']),
    () => ours.receive(IN_TIME),
  );
  await theirs.sendAll(
    numbered('issue').flatMap(issue => [
      ['sports', issue],
      ['weather', issue],
    ]),
  );
  for (const issue of numbered('issue')) expect(await pastReady(() => ours.receive(IN_TIME)), 'weather', issue);
  await close(ours, theirs);
  return `${2 * COUNT} published, the ${COUNT} subscribed to arrived`;
}

async function xpublisher(libzmq: Peer): Promise<string> {
  const ours = new XPublisher();
  await ours.bind(ANYWHERE);
  const theirs = await libzmq.open('XSUB');
  await theirs.subscribe('news');
  await theirs.connect(ours.lastEndpoint ?? '');
  expect(await ours.receive(IN_TIME), '\x01news');
  for (const issue of numbered('news')) await ours.send(issue);
  expectAll(await theirs.receiveAll(COUNT), ...numbered('news').map(issue => [issue]));
  await theirs.unsubscribe('news');
  expect(await ours.receive(IN_TIME), '\x00news');
  await close(ours, theirs);
  return `saw the subscription, ${COUNT} issues taken, saw it cancelled`;
}

async function xsubscriber(libzmq: Peer): Promise<string> {
  const theirs = await libzmq.open('XPUB');
  const ours = new XSubscriber();
  ours.connect(await theirs.bind());
  await ours.send('\x01news');
  expect(await theirs.receive(), '\x01news');
  await theirs.sendAll(numbered('news').map(issue => [issue]));
  for (const issue of numbered('news')) expect(await ours.receive(IN_TIME), issue);
  await ours.send('thank you');
  expect(await theirs.receive(), 'thank you');
  await close(ours, theirs);
  return `subscribed, ${COUNT} issues came, one message sent upstream`;
}

async function pair(libzmq: Peer): Promise<string> {
  const theirs = await libzmq.open('PAIR');
  const ours = new Pair();
  ours.connect(await theirs.bind());
  const echoing = theirs.echo(COUNT);
  for (const ball of numbered('ball')) await ours.send(['', ball]);
  for (const ball of numbered('ball')) expect(await ours.receive(IN_TIME), '', ball);
  await echoing;
  await close(ours, theirs);
  return `${COUNT} balls thrown, ${COUNT} came back`;
}

function numbered(what: string): string[] {
  return Array.from({ length: COUNT }, (_, i) => `${what} ${i + 1}`);
}

/** A publisher does not know its subscribers: it calls until somebody has heard. */
async function untilHeard(call: () => Promise<void>, hear: () => Promise<readonly Uint8Array[]>): Promise<void> {
  const state = { heard: false };
  const hearing = hear().finally(() => (state.heard = true));
  while (!state.heard) {
    await call();
    await delay(5);
  }
  expect(await hearing, 'ready');
}

/** The next message that is not one more call to the subscribers. */
async function pastReady(receive: () => Promise<readonly Uint8Array[]>): Promise<readonly Uint8Array[]> {
  for (;;) {
    const message = await receive();
    if (String(message[0]) !== 'ready') return message;
  }
}

function expect(message: readonly Uint8Array[], ...parts: readonly Part[]): void {
  const same =
    message.length === parts.length && parts.every((part, i) => Buffer.from(part).equals(message[i] ?? NOTHING));
  if (!same) throw new Error(`expected ${describe(parts)}, but ${describe(message)} came`);
}

const NOTHING = new Uint8Array();

function expectAll(messages: readonly (readonly Uint8Array[])[], ...expected: readonly (readonly Part[])[]): void {
  if (messages.length !== expected.length)
    throw new Error(`expected ${expected.length} messages, not ${messages.length}`);
  for (const [i, parts] of expected.entries()) expect(messages[i] ?? [], ...parts);
}

function describe(message: readonly Part[]): string {
  const parts = message.map(part => (part.length > 40 ? `${part.length} octets` : JSON.stringify(String(part))));
  return `[${parts.join(', ')}]`;
}

async function close(ours: { close(): Promise<unknown> }, ...theirs: readonly PeerSocket[]): Promise<void> {
  await ours.close();
  await Promise.all(theirs.map(socket => socket.close()));
}
