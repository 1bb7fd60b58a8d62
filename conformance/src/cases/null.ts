/** The NULL mechanism. */
import type { Case } from '../catalogue/case.ts';
import { errorCases } from './null-error.ts';
import { readyCases } from './null-ready.ts';

export const nullCases: readonly Case[] = [...readyCases, ...errorCases];
