/** ROUTER. */
import type { Case } from '../catalogue/case.ts';

export const routerCases: readonly Case[] = [];
