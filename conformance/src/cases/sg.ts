/** SCATTER, GATHER, CHANNEL. */
import type { Case } from '../catalogue/case.ts';

export const sgCases: readonly Case[] = [];
