/** PAIR. */
import type { Case } from '../catalogue/case.ts';

export const pairCases: readonly Case[] = [];
