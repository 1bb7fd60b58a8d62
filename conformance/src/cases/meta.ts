/** Connection metadata. */
import type { Case } from '../catalogue/case.ts';

export const metaCases: readonly Case[] = [];
