/** REP. */
import type { Case } from '../catalogue/case.ts';

export const repCases: readonly Case[] = [];
