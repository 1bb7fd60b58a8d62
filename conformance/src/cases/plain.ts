/** PLAIN mechanism. */
import type { Case } from '../catalogue/case.ts';

export const plainCases: readonly Case[] = [];
