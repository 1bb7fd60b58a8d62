/** DISH. */
import type { Case } from '../catalogue/case.ts';

export const dishCases: readonly Case[] = [];
