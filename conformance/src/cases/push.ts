/** PUSH and PULL. */
import type { Case } from '../catalogue/case.ts';

export const pushCases: readonly Case[] = [];
