/** XPUB. */
import type { Case } from '../catalogue/case.ts';

export const xpubCases: readonly Case[] = [];
