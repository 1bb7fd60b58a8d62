/** Finds a target's known deviations: by name of the library behind it, or its own; or in a file that is named. */
import { existsSync, readFileSync } from 'node:fs';
import { REQUIREMENTS } from '../catalogue/requirements.ts';
import { atHome } from '../home.ts';
import type { Hello } from '../target/protocol.ts';
import { UsageError } from '../usage.ts';
import { inForce, type Expectation, type ExpectationFile, type Expectations } from './expectation.ts';

/** @param given - in place of those that go by the name */
export function readExpectations({ name, version, library }: Hello, given?: ExpectationFile): Expectations {
  const [whose = '', its = ''] = library === undefined ? [name, version] : library.split(' ');
  if (given !== undefined) return inForce(given, its);
  const path = atHome(`expected/${whose}.json`);
  if (!/^[\w-]+$/.test(whose) || !existsSync(path)) return {};
  return inForce(readExpectationFile(path), its);
}

/**
 * What a file expects, of any versions: ours and those of others are looked at alike.
 *
 * @throws UsageError
 */
export function readExpectationFile(file: string): ExpectationFile {
  let all: unknown;
  try {
    all = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${String(cause)}`);
  }
  if (!isObject(all)) throw new UsageError(`${file} is not an object of expectations by id`);
  const entries = Object.entries(all).map(([id, found]): [string, readonly Expectation[]] => {
    if (!REQUIREMENTS.has(id)) throw new UsageError(`${file} expects something of ${id}, but no case is called so`);
    const several: readonly unknown[] = Array.isArray(found) ? found : [found];
    if (several.every(isExpectation)) return [id, several];
    throw new UsageError(`${file}: ${id} is not { "tokens": { "step": "token" }, "why": "…" }`);
  });
  return Object.fromEntries(entries);
}

function isExpectation(value: unknown): value is Expectation {
  if (!isObject(value)) return false;
  const { tokens, why, from = '', to = '' } = value;
  if (!isObject(tokens) || ![why, from, to].every(isText)) return false;
  return Object.values(tokens).every(token => isText(token) || (Array.isArray(token) && token.every(isText)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
