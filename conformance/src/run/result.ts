/** What a run of the tester found: the source of every report. */
import type { Token } from '../catalogue/case.ts';
import type { Level } from '../catalogue/requirements.ts';
import type { Verdict } from '../judge/verdict.ts';
import type { WireLine } from '../raw/wire-log.ts';
import type { Role, SocketType } from '../target/protocol.ts';

export const SCHEMA = 1;

export interface StepResult {
  readonly step: string;
  readonly token: Token;
  /** What would have been acceptable, by each profile. */
  readonly rfc: readonly Token[];
  readonly wire: readonly Token[];
}

export interface RunResult {
  readonly role: Role;
  readonly type: SocketType;
  /** Of races: which of the ten. */
  readonly round: number;
  readonly ms: number;
  readonly steps: readonly StepResult[];
  /** What was lacking, where it was skipped. */
  readonly lacks?: string;
  /** What broke, where the tester, the adaptor or the set-up did. */
  readonly broke?: string;
  readonly wire: readonly WireLine[];
}

export interface CaseResult {
  readonly id: string;
  readonly level: Level;
  readonly rfc: string;
  readonly text: string;
  readonly verdicts: { readonly rfc: Verdict; readonly wire: Verdict };
  /** Why the deviation is as expected, or why it was decided. */
  readonly why?: string;
  readonly decision?: string;
  readonly upstream?: string;
  readonly runs: readonly RunResult[];
}

export interface Results {
  readonly schema: typeof SCHEMA;
  readonly tester: string;
  readonly target: {
    readonly name: string;
    readonly version: string;
    readonly library?: string;
  };
  /** ISO 8601. */
  readonly started: string;
  readonly elapsedMs: number;
  readonly cases: readonly CaseResult[];
}
