/** Peers speaking ZMTP 2.0. */
import type { Case } from '../catalogue/case.ts';

export const v2Cases: readonly Case[] = [];
