/** Peers speaking ZMTP 1.0. */
import type { Case } from '../catalogue/case.ts';

export const v1Cases: readonly Case[] = [];
