/** NULL mechanism. */
import type { Case } from '../catalogue/case.ts';

export const nullCases: readonly Case[] = [];
