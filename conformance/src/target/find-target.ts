/** What `--target` means: a name of `targets/`, an address, or the command of an adaptor. */
import { existsSync, readFileSync } from 'node:fs';
import { atHome } from '../home.ts';
import { BlackBox } from './black-box.ts';
import type { SocketType } from './protocol.ts';
import { TargetProcess, type Target, type TargetCommand } from './target-process.ts';

/** No target goes by that name. */
export class UnknownTarget extends Error {}

export interface FoundTarget {
  readonly start: () => Promise<Target>;
}

/** @param type - of the socket behind an address */
export function findTarget(text: string, type: SocketType): FoundTarget {
  if (text.startsWith('tcp://')) return { start: () => Promise.resolve(new BlackBox(text, type)) };
  const named = atHome(`targets/${text}.json`);
  if (/^[\w-]+$/.test(text) && existsSync(named)) {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- a test holds our own files to the type
    const command: TargetCommand = JSON.parse(readFileSync(named, 'utf8'));
    const filled = command.command.map(word => word.replaceAll('{home}', atHome('').replace(/\/$/, '')));
    return { start: () => TargetProcess.start({ ...command, command: filled }) };
  }
  if (!/[\s/]/.test(text)) throw new UnknownTarget(`no target is called ${text}; a command has a blank or a / in it`);
  return { start: () => TargetProcess.start({ command: words(text) }) };
}

/** As a shell cuts a line, with quotes and without anything else. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}
