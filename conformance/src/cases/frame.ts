/** Framing. */
import type { Case } from '../catalogue/case.ts';

export const frameCases: readonly Case[] = [];
