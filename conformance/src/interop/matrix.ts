/** Runs cells of the matrix between two targets, side by side, each with sockets and contexts of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nacl from 'tweetnacl';
import { ascii } from '../raw/octets.ts';
import type { WireLine } from '../raw/wire-log.ts';
import { openSocket } from '../target/open-socket.ts';
import type { TargetOptions } from '../target/protocol.ts';
import type { Target } from '../target/target-process.ts';
import type { TargetSocket } from '../target/target-socket.ts';
import { allowancesFor, type Allowances } from './allowances.ts';
import { converse, LISTENER_ID, SPEAKER_ID } from './dialogue.ts';
import { cellName, typeOf, type Cell, type Side } from './pairs.ts';
import { Relay } from './relay.ts';

export interface CellResult {
  readonly cell: Cell;
  readonly name: string;
  /** `known`: it failed, and cannot but fail, since one of the two has a fault there. */
  readonly outcome: 'pass' | 'fail' | 'known' | 'lacks';
  /** The step that failed and how, the fault, or what is lacking. */
  readonly why: string;
  readonly ms: number;
  /** Of a cell that failed: the last octets on the line. */
  readonly wire: readonly WireLine[];
}

export interface MatrixOptions {
  readonly left: Target;
  readonly right: Target;
  readonly cells: readonly Cell[];
  /** Milliseconds a step may take. Default 2000. */
  readonly stepMs?: number;
  /** Cells at a time. Default 4. */
  readonly parallel?: number;
  readonly onCell?: (result: CellResult, done: number) => void;
}

const HEARTBEAT_MS = 50;

export async function runMatrix(options: MatrixOptions): Promise<readonly CellResult[]> {
  const { cells, parallel = 4, onCell } = options;
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-interop-'));
  const results: CellResult[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < cells.length; i = next++) {
      const cell = cells[i];
      if (cell === undefined) return;
      const result = await runCell(cell, options, join(folder, `${i}`));
      results[i] = result;
      onCell?.(result, (done += 1));
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

/** @param path - nothing is there yet; for ipc */
async function runCell(cell: Cell, { left, right, stepMs = 2000 }: MatrixOptions, path: string): Promise<CellResult> {
  const began = performance.now();
  const targets = { left, right };
  const result = (outcome: CellResult['outcome'], why: string, wire: readonly WireLine[] = []): CellResult => ({
    cell,
    name: cellName(cell),
    outcome,
    why,
    ms: Math.round(performance.now() - began),
    wire,
  });
  const lacks = lacking(cell, targets);
  if (lacks !== undefined) return result('lacks', lacks);
  const allowed = allowancesFor(cell, left.hello, right.hello);
  const opened: TargetSocket[] = [];
  const context = `interop ${path}`;
  let relay: Relay | undefined;
  try {
    const settings = optionsOf(cell, allowed);
    const open = async (side: Side, endpoint: string): Promise<TargetSocket> => {
      const request = {
        sid: `${context} ${side}`,
        type: typeOf(cell, side),
        role: side === cell.binder ? ('bind' as const) : ('connect' as const),
        endpoint,
        context: `${context} ${side}`,
        options: settings[side],
        stepMs,
      };
      const socket = await openSocket(targets[side], request);
      opened.push(socket);
      return socket;
    };
    const server = cell.security.startsWith('PLAIN') ? serverOf(cell) : undefined;
    if (server !== undefined) {
      await targets[server].ask({ do: 'zap', context: `${context} ${server}`, plan: { code: '200' } });
    }
    const bound = await open(cell.binder, endpointOf(cell, `${path}.bound`));
    relay = await Relay.open(cell.transport, bound.endpoint, `${path}.relay`);
    const connected = await open(other(cell.binder), relay.endpoint);
    // A PEER that binds knows nobody to speak to.
    const boundSpeaks = cell.speaker === cell.binder && cell.pair.first !== 'PEER';
    const [speaker, listener] = boundSpeaks ? [bound, connected] : [connected, bound];
    await converse({ pair: cell.pair, speaker, listener, relay, stepMs, topicSize: allowed.topicSize });
    return result('pass', '');
  } catch (cause) {
    if (allowed.fault !== undefined) return result('known', allowed.fault);
    return result('fail', cause instanceof Error ? cause.message : String(cause), relay?.log.lines());
  } finally {
    relay?.close();
    await Promise.allSettled(opened.map(socket => socket.close()));
    for (const side of ['left', 'right'] as const) {
      const named = `${context} ${side}`;
      await targets[side].ask({ do: 'zap', context: named, plan: null }).catch(() => undefined);
      await targets[side].ask({ do: 'end-context', context: named }).catch(() => undefined);
    }
  }
}

function lacking(cell: Cell, targets: Readonly<Record<Side, Target>>): string | undefined {
  for (const side of ['left', 'right'] as const) {
    const { name, capabilities } = targets[side].hello;
    const needs = [
      `type:${typeOf(cell, side)}`,
      `transport:${cell.transport}`,
      `mech:${cell.security.split(' ')[0] ?? ''}`,
      ...(cell.security.startsWith('PLAIN') && side === serverOf(cell) ? ['zap-host'] : []),
    ];
    const lacks = needs.find(need => !capabilities.includes(need));
    if (lacks !== undefined) return `${name}: ${lacks}`;
  }
  return undefined;
}

function serverOf({ security }: Cell): Side {
  return security.endsWith('left') ? 'left' : 'right';
}

function other(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

function endpointOf({ transport }: Cell, path: string): string {
  return transport === 'ipc' ? `ipc://${path}` : `${transport}://127.0.0.1:*`;
}

function optionsOf(cell: Cell, allowed: Allowances): Readonly<Record<Side, TargetOptions>> {
  const security = securityOf(cell);
  const common = (side: Side): TargetOptions => {
    const type = typeOf(cell, side);
    const identity = side === cell.speaker ? SPEAKER_ID : LISTENER_ID;
    return {
      ...(allowed.heartbeats ? { heartbeatMs: HEARTBEAT_MS, heartbeatTimeoutMs: 20 * HEARTBEAT_MS } : {}),
      lingerMs: 1000,
      ...(type === 'ROUTER' ? { identity, routerMandatory: true, routerHandover: true } : {}),
      // A request that is lost with its connection must not be the last.
      ...(type === 'REQ' ? { reqRelaxed: true, reqCorrelate: true } : {}),
      ...security[side],
    };
  };
  return { left: common('left'), right: common('right') };
}

function securityOf(cell: Cell): Readonly<Record<Side, TargetOptions>> {
  const server = serverOf(cell);
  const both = (ofServer: TargetOptions, ofClient: TargetOptions): Readonly<Record<Side, TargetOptions>> =>
    server === 'left' ? { left: ofServer, right: ofClient } : { left: ofClient, right: ofServer };
  switch (cell.security) {
    case 'NULL':
      return { left: {}, right: {} };
    case 'PLAIN left':
    case 'PLAIN right':
      return both(
        { mechanism: 'PLAIN', securityServer: true, zapDomain: 'global' },
        { mechanism: 'PLAIN', plainUsername: ascii('user'), plainPassword: ascii('password') },
      );
    case 'CURVE left':
    case 'CURVE right': {
      const [servers, clients] = [nacl.box.keyPair(), nacl.box.keyPair()];
      const own = ({ publicKey, secretKey }: nacl.BoxKeyPair): TargetOptions => ({
        mechanism: 'CURVE',
        curvePublicKey: publicKey,
        curveSecretKey: secretKey,
      });
      return both({ ...own(servers), securityServer: true }, { ...own(clients), curveServerKey: servers.publicKey });
    }
  }
}
