/** DEALER. */
import type { Case } from '../catalogue/case.ts';

export const dealerCases: readonly Case[] = [];
