/** CLIENT, SERVER, PEER. */
import type { Case } from '../catalogue/case.ts';

export const csCases: readonly Case[] = [];
