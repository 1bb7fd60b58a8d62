/** REQ. */
import type { Case } from '../catalogue/case.ts';

export const reqCases: readonly Case[] = [];
