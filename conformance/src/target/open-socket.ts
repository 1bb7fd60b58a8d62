/** Opens a socket of a target's application. */
import { Unreached } from '../raw/raw-peer.ts';
import { toText, type Role, type SocketType, type TargetOptions } from './protocol.ts';
import type { Target } from './target-process.ts';
import { TargetSocket } from './target-socket.ts';

export interface OpenRequest {
  readonly sid: string;
  readonly type: SocketType;
  readonly role: Role;
  readonly endpoint: string;
  /** Sockets that share one share its ZAP handler. */
  readonly context: string;
  readonly options: TargetOptions;
  readonly stepMs: number;
}

/** @throws Unreached when the target refuses, Unsupported when it cannot */
export async function openSocket(target: Target, request: OpenRequest): Promise<TargetSocket> {
  const { sid, type, role, endpoint, context, options, stepMs } = request;
  const answer = await target.ask({
    do: 'open',
    sid,
    type,
    role,
    endpoint,
    context,
    options: { lingerMs: 0, reconnectMs: 20, ...encodeOptions(options) },
  });
  if (answer.event === 'refused') throw new Unreached(`open is refused: ${String(answer['why'])}`);
  const bound = answer['endpoint'];
  const routingId = answer['routingId'];
  return new TargetSocket(target, stepMs, {
    sid,
    type,
    endpoint: typeof bound === 'string' ? bound : endpoint,
    context,
    ...(typeof routingId === 'number' ? { routingId } : {}),
  });
}

function encodeOptions(options: TargetOptions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, value instanceof Uint8Array ? toText(value) : value]),
  );
}
