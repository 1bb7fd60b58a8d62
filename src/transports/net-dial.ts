/**
 * A {@link Dial} with node:net: one attempt, over as many routes as the address turns out to have, one after the other.
 *
 *      routes() ─▶ first route ──failed──▶ second route ──failed──▶ … ──▶ failed(cause)
 *                     └──connected───────────┴─▶ connected(duplex)
 *
 * `cancel()` may come at any point; from then on nothing is told and nothing is left open.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { TransportError } from '../errors.ts';
import type { NetDuplex } from './net-duplex.ts';
import { toTransportError } from './system-error.ts';
import type { Dial, DialSink } from './transport.ts';

/** What an attempt needs to know. */
export interface DialPlan {
  /** As the user wrote it, for errors. */
  readonly endpoint: string;
  /** The time one route may take, in milliseconds; 0 leaves it to the system. */
  readonly timeoutMs: number;
  /** Resolves the address; asked once, after the Dial was made. */
  routes(): Promise<readonly NetConnectOpts[]>;
  /** What has to be done with a connected socket before anything else. */
  readonly prepare?: ((socket: Socket) => Promise<void>) | undefined;
  /** Makes a duplex of a connected socket, or throws a TransportError that says what is wrong with it. */
  adopt(socket: Socket): NetDuplex;
}

type Outcome = { readonly kind: 'connected'; readonly duplex: NetDuplex } | FailedRoute;
interface FailedRoute {
  readonly kind: 'failed';
  readonly cause: unknown;
}

/** One attempt to connect. */
export class NetDial implements Dial {
  readonly #plan: DialPlan;
  /** Until the outcome is told, or nobody wants to hear it. */
  #sink: DialSink | undefined;
  /** The socket of the route being tried. */
  #socket: Socket | undefined;

  constructor(plan: DialPlan, sink: DialSink) {
    this.#plan = plan;
    this.#sink = sink;
    void this.#run();
  }

  cancel(): void {
    if (this.#sink === undefined) return;
    this.#sink = undefined;
    this.#socket?.destroy();
  }

  async #run(): Promise<void> {
    const outcome = await this.#tryRoutes();
    const sink = this.#sink;
    this.#sink = undefined;
    // A cancel() between the connection and this line has destroyed the socket.
    if (outcome.kind === 'connected') sink?.connected(outcome.duplex);
    else sink?.failed(this.#explain(outcome.cause));
  }

  async #tryRoutes(): Promise<Outcome> {
    const causes: unknown[] = [];
    try {
      for (const route of await this.#plan.routes()) {
        if (this.#sink === undefined) break;
        const outcome = await this.#tryRoute(route);
        if (outcome.kind === 'connected') return outcome;
        causes.push(outcome.cause);
      }
    } catch (cause) {
      causes.push(cause);
    }
    return { kind: 'failed', cause: causes.length === 1 ? causes[0] : everyRouteFailed(causes) };
  }

  #tryRoute(route: NetConnectOpts): Promise<Outcome> {
    const { endpoint, timeoutMs } = this.#plan;
    return new Promise(resolve => {
      const fail = (cause: unknown): void => resolve({ kind: 'failed', cause });
      const socket = connect({ ...route, allowHalfOpen: true });
      this.#socket = socket;
      socket.pause(); // or Node would begin to read as soon as it is connected
      socket.unref();
      socket.setTimeout(timeoutMs, () => {
        const reason = `no answer within ${timeoutMs} ms`;
        socket.destroy(
          new TransportError('ETIMEDOUT', `cannot connect to ${endpoint}: ${reason}`, { address: endpoint }),
        );
      });
      socket.once('error', fail);
      socket.once('close', fail); // cancelled
      const finish = (): void => {
        socket.setTimeout(0);
        try {
          resolve({ kind: 'connected', duplex: this.#plan.adopt(socket) });
        } catch (cause) {
          socket.resetAndDestroy(); // without the TIME_WAIT that would keep the port from its owner
          fail(cause);
        }
      };
      const { prepare } = this.#plan;
      socket.once('connect', () => {
        if (prepare === undefined) finish();
        else
          prepare(socket).then(finish, (cause: unknown) => {
            socket.destroy();
            fail(cause);
          });
      });
    });
  }

  #explain(cause: unknown): TransportError {
    const { endpoint } = this.#plan;
    return toTransportError({ doing: 'cannot connect to', endpoint, cause, otherwise: 'EHOSTUNREACH' });
  }
}

/** All that was tried. */
function everyRouteFailed(causes: readonly unknown[]): AggregateError {
  const reasons = causes.map(cause => (cause instanceof Error ? cause.message : String(cause)));
  return new AggregateError(causes, reasons.join('; '));
}
