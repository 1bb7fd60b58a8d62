/** What the adaptors' contracts are tried on: the adaptors there are, and two of them side by side. */
import { findTarget } from '../../../conformance/src/target/find-target.ts';
import type { Role, SocketType } from '../../../conformance/src/target/protocol.ts';
import type { Target } from '../../../conformance/src/target/target-process.ts';
import type { TargetSocket } from '../../../conformance/src/target/target-socket.ts';
import { Trial } from '../../../conformance/src/trial/trial.ts';

/** What adaptors tell of, when they can all. */
export const CAPABILITIES: readonly string[] = [
  ...['PAIR', 'PUB', 'SUB', 'REQ', 'REP', 'DEALER', 'ROUTER', 'PULL', 'PUSH', 'XPUB', 'XSUB'].map(
    type => `type:${type}`,
  ),
  ...['SERVER', 'CLIENT', 'RADIO', 'DISH', 'GATHER', 'SCATTER', 'PEER', 'CHANNEL'].map(type => `type:${type}`),
  ...['role:bind', 'role:connect', 'mech:NULL', 'mech:PLAIN', 'mech:CURVE'],
  ...['transport:tcp', 'transport:ipc', 'transport:ws'],
  ...['zap-host', 'handshake-limit', 'heartbeat', 'properties', 'fallback:1.0', 'fallback:2.0', 'z85'],
];

export interface Adaptor {
  /** Of `conformance/targets`. */
  readonly name: string;
  /** Capabilities it lacks, and options it does not have, as `option NAME`. A contract that needs one must be told so. */
  readonly lacks: readonly string[];
  /** Parts of a message are given away one by one, so the first is refused where a message would be. */
  readonly sendsByParts: boolean;
  readonly library: RegExp | undefined;
}

const DRAFT_TYPES = ['SERVER', 'CLIENT', 'RADIO', 'DISH', 'GATHER', 'SCATTER', 'PEER', 'CHANNEL'];

export const ADAPTORS: readonly Adaptor[] = [
  { name: 'zmtp-source', lacks: ['transport:ws'], sendsByParts: false, library: undefined },
  {
    name: 'libzmq', // as Debian builds it
    lacks: [...DRAFT_TYPES.map(type => `type:${type}`), 'option metadata'],
    sendsByParts: true,
    library: /^libzmq 4\.\d+\.\d+$/,
  },
  { name: 'libzmq-npm', lacks: [], sendsByParts: true, library: /^libzmq 4\.3\.5$/ },
  {
    name: 'zeromq',
    lacks: ['type:PEER', 'type:CHANNEL', 'properties', 'z85', 'option metadata'],
    sendsByParts: false,
    library: /^libzmq 4\.3\.5$/,
  },
];

/** Time enough for a machine that has much to do; nothing waits that long. */
const STEP_MS = 8000;

/** The adaptor that is tried, and another one of other make for it to talk to. */
export interface Bench {
  readonly adaptor: Adaptor;
  readonly it: Trial;
  readonly other: Trial;
}

export interface Contract {
  readonly name: string;
  /** What the adaptor must be able to do, of {@link Adaptor.lacks}. */
  readonly needs: readonly string[];
  readonly run: (bench: Bench) => Promise<void>;
}

let trials = 0;

/** A trial of its own on a target: sockets, context, handler. */
export function trialOn(process: Target): Trial {
  trials += 1;
  return new Trial({ process, role: 'bind', type: 'PAIR', stepMs: STEP_MS, name: `t${String(trials)}` });
}

export function start(name: string): Promise<Target> {
  return findTarget(name, 'ROUTER').start();
}

type Options = NonNullable<Parameters<Trial['open']>[0]>;

/** A socket of its, in this role, and one of the other's, connected to each other, or about to be. */
export async function join(
  { it, other }: Pick<Bench, 'it' | 'other'>,
  [type, role, options = {}]: readonly [SocketType, Role, Options?],
  [otherType, otherOptions = {}]: readonly [SocketType, Options?],
): Promise<readonly [TargetSocket, TargetSocket]> {
  if (role === 'bind') {
    const socket = await it.open(options, { type, role });
    return [socket, await other.open(otherOptions, { type: otherType, role: 'connect', endpoint: socket.endpoint })];
  }
  const there = await other.open(otherOptions, { type: otherType, role: 'bind' });
  return [await it.open(options, { type, role, endpoint: there.endpoint }), there];
}

/** Sends again and again until it arrives: nobody tells a publisher when its subscriber is there. */
export async function sendUntilReceived(
  send: () => Promise<unknown>,
  receiver: TargetSocket,
): Promise<NonNullable<Awaited<ReturnType<TargetSocket['receive']>>>> {
  for (let i = 0; i < 200; i += 1) {
    await send();
    const message = await receiver.receive(50);
    if (message !== undefined) return message;
  }
  throw new Error('never received');
}
