/** ZAP (needs an adaptor that can host a handler). */
import type { Case } from '../catalogue/case.ts';

export const zapCases: readonly Case[] = [];
