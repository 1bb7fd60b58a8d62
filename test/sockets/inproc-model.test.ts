/**
 * Any sequence of binds, connects, messages and ends on a few sockets, beside a naive model that knows which pipes there
 * are. A message may go into any pipe its sender has; it arrives once, at the other end of one of them, in the order of
 * that pipe, unless the reader of one of them has left what it had not read, or nobody ever came to read it.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Context } from '../../src/sockets/context.ts';
import { Dealer } from '../../src/sockets/dealer.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { codeOfCall, texts } from '../support/world.ts';

const model = suite('inproc beside a model');

/** Two sockets that are joined, or one that waits. */
interface Joint {
  readonly name: string;
  readonly connecting: Actor;
  bound: Actor | undefined;
  over: boolean;
  /** Who may have lost what was on its way to it; nobody, when it was lost before anybody came. */
  readonly deserted: Set<Actor | undefined>;
}

interface Sent {
  readonly by: Actor;
  readonly ways: readonly Joint[];
}

/** One socket, and what is known of it. */
class Actor {
  readonly socket: Dealer;
  readonly names = new Set<string>();
  readonly received: number[] = [];

  constructor(context: Context, mark: number) {
    this.socket = new Dealer({ context, linger: 0, sendHighWaterMark: mark, receiveHighWaterMark: mark });
  }
}

class Model {
  readonly #context = new Context({ clock: new VirtualClock(), random: () => 0.5 });
  readonly #mark: number;
  readonly #actors: Actor[];
  readonly #everybody: Actor[];
  readonly #binders = new Map<string, Actor>();
  readonly #joints: Joint[] = [];
  readonly #sent: Sent[] = [];

  constructor(mark: number) {
    this.#mark = mark;
    this.#actors = Array.from({ length: 3 }, () => new Actor(this.#context, mark));
    this.#everybody = [...this.#actors];
  }

  async step({ what, who, name }: Step): Promise<void> {
    const actor = this.#actors[who];
    if (actor === undefined) throw new Error('nobody');
    await this[what](actor, `inproc://${name}`, who);
  }

  async bind(actor: Actor, name: string): Promise<void> {
    if (this.#binders.has(name)) {
      assert.is(await codeOfCall(() => actor.socket.bind(name)), 'EADDRINUSE');
      return;
    }
    await actor.socket.bind(name);
    actor.names.add(name);
    this.#binders.set(name, actor);
    for (const joint of this.#joints) if (joint.name === name && isWaiting(joint)) joint.bound = actor;
    this.#endOrphans();
  }

  async unbind(actor: Actor, name: string): Promise<void> {
    if (actor.names.delete(name)) {
      await actor.socket.unbind(name);
      this.#binders.delete(name);
    } else {
      assert.is(await codeOfCall(() => actor.socket.unbind(name)), 'ENOENT');
    }
  }

  connect(actor: Actor, name: string): void {
    actor.socket.connect(name);
    const bound = this.#binders.get(name);
    this.#joints.push({ name, connecting: actor, bound, over: false, deserted: new Set() });
  }

  async disconnect(actor: Actor, name: string): Promise<void> {
    const own = this.#joints.filter(joint => !joint.over && joint.connecting === actor && joint.name === name);
    if (own.length === 0) {
      assert.is(await codeOfCall(() => actor.socket.disconnect(name)), 'ENOENT');
      return;
    }
    actor.socket.disconnect(name);
    for (const joint of own) this.#end(joint, actor);
  }

  send(actor: Actor): void {
    const ways = this.#joints.filter(joint => !joint.over && ends(joint).includes(actor));
    const taken = actor.socket.trySend(`${this.#sent.length}`);
    if (ways.length === 0) assert.not.ok(taken, 'there is nobody');
    else if (this.#mark === 0) assert.ok(taken, 'there is no limit');
    if (taken) this.#sent.push({ by: actor, ways });
  }

  receive(actor: Actor): void {
    const message = actor.socket.tryReceive();
    if (message !== undefined) actor.received.push(Number(texts(message)[0]));
  }

  async close(actor: Actor, _name: string, who: number): Promise<void> {
    await this.#close(actor, 0);
    this.#replace(who);
  }

  /** What waits for a name is left there. */
  async leave(actor: Actor, _name: string, who: number): Promise<void> {
    await this.#close(actor, -1);
    this.#replace(who);
  }

  /** Everybody reads what there is; then all that was sent is accounted for. */
  async conclude(): Promise<void> {
    for (const actor of this.#actors) while (actor.socket.readable) this.receive(actor);
    const arrived = new Map<number, Actor>();
    for (const actor of this.#everybody) {
      const last = new Map<Joint, number>();
      for (const number of actor.received) {
        const sent = this.#sent[number];
        if (sent === undefined) throw new Error(`${number} was never sent`);
        const { by, ways } = sent;
        assert.not.ok(arrived.has(number), `${number} has come twice`);
        arrived.set(number, actor);
        assert.ok(
          ways.some(joint => other(joint, by).includes(actor)),
          `${number} went astray`,
        );
        const [way] = ways;
        if (way === undefined || ways.length > 1) continue;
        assert.ok((last.get(way) ?? -1) < number || isLoop(way), `${number} has come too late`);
        last.set(way, number);
      }
    }
    for (const [number, { by, ways }] of this.#sent.entries()) {
      if (arrived.has(number)) continue;
      const mayBeLost = ways.some(
        joint => isWaiting(joint) || other(joint, by).some(reader => joint.deserted.has(reader)),
      );
      assert.ok(mayBeLost || ways.some(joint => joint.deserted.has(undefined)), `${number} is lost`);
    }
    for (const actor of this.#actors) await this.#close(actor, 0);
    for (const name of NAMES) assert.is(this.#context.inprocNames.binder(name), undefined);
  }

  async #close(actor: Actor, linger: number): Promise<void> {
    await actor.socket.close({ linger });
    for (const name of actor.names) this.#binders.delete(name);
    actor.names.clear();
    for (const joint of this.#joints) {
      if (!ends(joint).includes(actor)) continue;
      if (joint.over) joint.deserted.add(actor);
      else if (isWaiting(joint) && linger === -1) orphans.add(joint);
      else this.#end(joint, actor);
    }
  }

  #end(joint: Joint, by: Actor): void {
    joint.over = true;
    joint.deserted.add(isWaiting(joint) ? undefined : by);
  }

  /** Whoever has closed its socket is read by the first that binds the name, then it is over. */
  #endOrphans(): void {
    for (const joint of this.#joints) if (orphans.has(joint) && !isWaiting(joint)) joint.over = true;
  }

  #replace(who: number): void {
    const next = new Actor(this.#context, this.#mark);
    this.#actors[who] = next;
    this.#everybody.push(next);
  }
}

const orphans = new WeakSet<Joint>();

function isWaiting(joint: Joint): boolean {
  return joint.bound === undefined;
}

function isLoop(joint: Joint): boolean {
  return joint.connecting === joint.bound;
}

function ends({ connecting, bound }: Joint): Actor[] {
  return bound === undefined ? [connecting] : [connecting, bound];
}

/** Who reads what the actor writes. */
function other(joint: Joint, actor: Actor): Actor[] {
  const { connecting, bound } = joint;
  if (bound === undefined) return [];
  return isLoop(joint) || actor === connecting ? [bound] : [connecting];
}

const NAMES = ['a', 'b'];
interface Step {
  readonly what: 'bind' | 'unbind' | 'connect' | 'disconnect' | 'send' | 'receive' | 'close' | 'leave';
  readonly who: number;
  readonly name: string;
}

const steps = fc.array(
  fc.record<Step>({
    what: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Step['what']>('send') },
      { weight: 2, arbitrary: fc.constantFrom<Step['what']>('receive', 'bind', 'connect') },
      { weight: 1, arbitrary: fc.constantFrom<Step['what']>('unbind', 'disconnect', 'close', 'leave') },
    ),
    who: fc.nat(2),
    name: fc.constantFrom(...NAMES),
  }),
  { minLength: 10, maxLength: 100, size: 'max' },
);

for (const mark of [0, 1, 3]) {
  model(`with marks of ${mark} delivers once and in order, and frees all names`, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async list => {
        const run = new Model(mark);
        for (const step of list) await run.step(step);
        await run.conclude();
      }),
      { numRuns: 400 },
    );
  });
}

model.run();
