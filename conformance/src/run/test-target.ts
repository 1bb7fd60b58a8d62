/** The whole way from a target's name to results. */
import { readExpectationFile, readExpectations } from '../judge/read-expectations.ts';
import { findTarget } from '../target/find-target.ts';
import type { SocketType } from '../target/protocol.ts';
import { SCHEMA, type Results } from './result.ts';
import { runCases, type RunnerOptions } from './runner.ts';

export const VERSION = '0.1.0';

export interface TestOptions extends Omit<RunnerOptions, 'start' | 'first' | 'expectations'> {
  /** As `--target` has it. */
  readonly target: string;
  /** Of the socket behind an address. */
  readonly blackBoxType?: SocketType;
  /** A file of known deviations, in place of those that come with the tester. */
  readonly expected?: string;
}

/**
 * @throws UnknownTarget, UsageError: before anything is started
 * @throws BadAdaptor, Crashed, Unreached: when the target cannot even be started
 */
export async function testTarget({ target, blackBoxType, expected, ...options }: TestOptions): Promise<Results> {
  const { start, anyType = 'ROUTER' } = findTarget(target, blackBoxType ?? 'ROUTER');
  const given = expected === undefined ? undefined : readExpectationFile(expected);
  const started = new Date();
  const first = await start();
  const { name, version, library } = first.hello;
  const expectations = readExpectations(first.hello, given);
  const cases = await runCases({ ...options, start, first, anyType, expectations });
  return {
    schema: SCHEMA,
    tester: `zmtp-conformance ${VERSION}`,
    target: { name, version, ...(library === undefined ? {} : { library }) },
    started: started.toISOString(),
    elapsedMs: Date.now() - started.getTime(),
    cases,
  };
}
