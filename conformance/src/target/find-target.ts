/** What `--target` means: a name of `targets/`, an address, or the command of an adaptor. */
import { readdirSync, readFileSync } from 'node:fs';
import { atHome } from '../home.ts';
import { BlackBox } from './black-box.ts';
import type { SocketType } from './protocol.ts';
import { TargetProcess, type Target } from './target-process.ts';

/** No target goes by that name. */
export class UnknownTarget extends Error {}

export interface FoundTarget {
  readonly start: () => Promise<Target>;
  /** What plays where any socket type would do: it is all that there is behind an address. */
  readonly anyType?: SocketType;
}

/** What goes without a command. */
export const TARGET_NAMES: readonly string[] = readdirSync(atHome('targets'))
  .filter(file => file.endsWith('.json'))
  .map(file => file.slice(0, -'.json'.length))
  .sort();

/** Whether nothing but an address is given, without an application to ask. */
export function isAddress(text: string): boolean {
  return /^\w+:\/\//.test(text);
}

/**
 * @param type - of the socket behind an address
 * @throws UnknownTarget
 */
export function findTarget(text: string, type: SocketType): FoundTarget {
  if (isAddress(text)) {
    const port = Number(/^tcp:\/\/(?:\[[^\]]+\]|[^:[\]]+):(\d+)$/.exec(text)?.[1]);
    if (!(port >= 1 && port <= 65535)) throw new UnknownTarget(`an address is tcp://HOST:PORT, not ${text}`);
    return { start: () => BlackBox.reach(text, type), anyType: type };
  }
  if (TARGET_NAMES.includes(text)) {
    const command = commandIn(atHome(`targets/${text}.json`));
    return { start: () => TargetProcess.start({ command }) };
  }
  if (!/[\s/]/.test(text)) {
    throw new UnknownTarget(
      `no target is called '${text}', but ${TARGET_NAMES.join(', ')} are; a command has a blank or a / in it`,
    );
  }
  return { start: () => TargetProcess.start({ command: words(text) }) };
}

/** As a shell cuts a line, with quotes and without anything else. */
function words(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
}

/** A target's file says how to start it; `{home}` is where the tester is. */
function commandIn(file: string): readonly string[] {
  const said: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const command: unknown = typeof said === 'object' && said !== null && 'command' in said ? said.command : undefined;
  const isText = (word: unknown): word is string => typeof word === 'string';
  if (!Array.isArray(command) || !command.every(isText)) throw new UnknownTarget(`${file} names no command`);
  return command.map(word => word.replaceAll('{home}', atHome('').replace(/\/$/, '')));
}
