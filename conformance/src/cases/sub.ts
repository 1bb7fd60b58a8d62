/** SUB. */
import type { Case } from '../catalogue/case.ts';

export const subCases: readonly Case[] = [];
