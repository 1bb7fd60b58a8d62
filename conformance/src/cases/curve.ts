/** CURVE mechanism. */
import type { Case } from '../catalogue/case.ts';

export const curveCases: readonly Case[] = [];
