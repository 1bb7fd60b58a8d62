/** Greeting and version negotiation: what goes out, in which order, and what is held against a peer's. */
import type { Case } from '../catalogue/case.ts';
import { greetingMechanismCases } from './greeting-mechanism.ts';
import { greetingSentCases } from './greeting-sent.ts';
import { greetingTakenCases } from './greeting-taken.ts';

export const greetingCases: readonly Case[] = [...greetingSentCases, ...greetingTakenCases, ...greetingMechanismCases];
