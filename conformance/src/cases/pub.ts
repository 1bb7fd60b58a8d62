/** PUB. */
import type { Case } from '../catalogue/case.ts';

export const pubCases: readonly Case[] = [];
