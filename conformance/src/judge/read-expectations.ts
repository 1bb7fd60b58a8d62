/** Finds a target's known deviations: by name of the library behind it, or its own. */
import { existsSync, readFileSync } from 'node:fs';
import { atHome } from '../home.ts';
import type { Hello } from '../target/protocol.ts';
import { inForce, type ExpectationFile, type Expectations } from './expectation.ts';

/** @param file - in place of the one that goes by the name */
export function readExpectations({ name, version, library }: Hello, file?: string): Expectations {
  const [libraryName, libraryVersion] = (library ?? `${name} ${version}`).split(' ');
  const path = file ?? atHome(`expected/${libraryName ?? ''}.json`);
  if (file === undefined && !(/^[\w-]+$/.test(libraryName ?? '') && existsSync(path))) return {};
  // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- a test holds our own files to the type
  const all: ExpectationFile = JSON.parse(readFileSync(path, 'utf8'));
  return inForce(all, libraryVersion ?? '');
}
