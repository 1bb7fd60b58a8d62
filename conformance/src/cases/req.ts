/** REQ. */
import type { Case } from '../catalogue/case.ts';
import { reqDialogueCases } from './req-dialogue.ts';
import { reqRepliesCases } from './req-replies.ts';

export const reqCases: readonly Case[] = [...reqDialogueCases, ...reqRepliesCases];
