/** XSUB. */
import type { Case } from '../catalogue/case.ts';

export const xsubCases: readonly Case[] = [];
