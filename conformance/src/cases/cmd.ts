/** Commands. */
import type { Case } from '../catalogue/case.ts';

export const cmdCases: readonly Case[] = [];
