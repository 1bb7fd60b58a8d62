/** ZAP, as a handler inside the target sees it. */
import type { Case } from '../catalogue/case.ts';
import { zapReplyCases } from './zap-reply.ts';
import { zapRequestCases } from './zap-request.ts';

export const zapCases: readonly Case[] = [...zapRequestCases, ...zapReplyCases];
