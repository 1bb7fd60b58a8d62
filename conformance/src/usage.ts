/** What both commands ask of a command line, and how they tell that it is wrong. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The command line is wrong: told with how it would be right, exit 2. */
export class UsageError extends Error {}

/** @throws UsageError unless it is a number between the two */
export function numberOf(text: string, option: string, min: number, max: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option} is a number from ${min} to ${max}, not ${text === '' ? 'nothing' : text}`);
}

/** @throws UsageError unless it is a whole number between the two */
export function countOf(text: string, option: string, min: number, max: number): number {
  const value = numberOf(text, option, min, max);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`${option} is a whole number, not ${text}`);
}

/**
 * That a report can be written there, told before anything is run rather than after.
 *
 * @throws UsageError
 */
export function expectWritable(file: string | undefined, option: string): void {
  if (file === undefined) return;
  if (file === '') throw new UsageError(`${option} is a file to write, not nothing`);
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) throw new Error('it is a folder');
    accessSync(there === undefined ? dirname(file) : file, constants.W_OK);
  } catch (cause) {
    throw new UsageError(`${option} ${file} cannot be written: ${cause instanceof Error ? cause.message : ''}`);
  }
}

/** Who reads our words may stop reading (`… | head`): the rest is then said to nobody, and the exit code stays true. */
export function outliveReader(): void {
  process.stdout.on('error', () => undefined);
}
