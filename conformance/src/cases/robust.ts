/** Robustness. */
import type { Case } from '../catalogue/case.ts';

export const robustCases: readonly Case[] = [];
