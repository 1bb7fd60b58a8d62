/** What a case is: data, and one function that plays the peer and says what it saw. It judges nothing. */
import type { Role, SocketType } from '../target/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import { REQUIREMENTS } from './requirements.ts';

/**
 * What was seen, in one of few words, so that one observation serves every judgement and can be compared from run to run.
 *
 * - closed, closed+ERROR(reason): the target ended the connection; after it had sent an ERROR
 * - open: it lives on, and a good message or PING after it did what it should
 * - mute: it lives on, but is dead to a good message
 * - delivered, dropped, altered: what became of a message on its way to the application, or from it to the wire
 * - reconnects, gives-up: what a connecting target does after its connection ended
 * - refused: the target's application was told no
 * - replied(x): what came back, where that is the question
 * - as-required, differs(how): a look at what the target sends, without being asked anything
 * - unreached(why): the step never came about: the target went, or fell silent, before
 * - crash(signal): the target's process ended
 */
export type Token =
  | 'closed'
  | `closed+ERROR(${string})`
  | 'open'
  | 'mute'
  | 'delivered'
  | 'dropped'
  | 'altered'
  | 'reconnects'
  | 'gives-up'
  | 'refused'
  | `replied(${string})`
  | 'as-required'
  | `differs(${string})`
  | `unreached(${string})`
  | `crash(${string})`;

/** What is acceptable at one step. A token that ends in `(*)` stands for every argument, as in `closed+ERROR(*)`. */
export interface Judge {
  /** By the text of the RFC. */
  readonly rfc: readonly Token[];
  /** By what talks to libzmq, where that is not the same. */
  readonly wire?: readonly Token[];
  /** Takes what the RFC forbids to send: recorded, not held against the target. For rows of level grammar. */
  readonly lenient?: readonly Token[];
}

export interface Case<Step extends string = string> {
  /** Of the requirement that is tried. */
  readonly id: string;
  /** Whom the target plays; each role is a run of its own. Default: both. */
  readonly roles?: readonly Role[];
  /** The socket types of the target; each is a run of its own. Default: ROUTER, which shows identity, parts and order. */
  readonly types?: readonly SocketType[];
  /** What the target must be able to do besides; without it the case is skipped. */
  readonly needs?: readonly string[];
  /** The outcome is known to be a race: it is run ten times. */
  readonly race?: true;
  /** Takes more than a case may; run only when long ones are asked for. Milliseconds it may take. */
  readonly longMs?: number;
  /** The steps, by a short name each, in the order they are told of. */
  readonly judge: Readonly<Record<Step, Judge>>;
  /** @returns what was seen at each step; a step that this role or type does not have is left out */
  readonly run: (trial: Trial) => Promise<Readonly<Partial<Record<Step, Token>>>>;
}

/** A case whose steps are checked against its judge by the compiler. */
export function defineCase<Step extends string>(it: Case<Step>): Case {
  if (!REQUIREMENTS.has(it.id)) throw new Error(`no requirement has the id ${it.id}`);
  return it;
}

export const BOTH_ROLES: readonly Role[] = ['bind', 'connect'];
