/** Heartbeat. */
import type { Case } from '../catalogue/case.ts';

export const hbCases: readonly Case[] = [];
