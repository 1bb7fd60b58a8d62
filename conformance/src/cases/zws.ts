/** ZWS 2.0 (WebSocket). */
import type { Case } from '../catalogue/case.ts';
import { zwsFrameCases } from './zws-frames.ts';
import { zwsMessageCases } from './zws-messages.ts';
import { zwsOpeningCases } from './zws-opening.ts';

export const zwsCases: readonly Case[] = [...zwsOpeningCases, ...zwsMessageCases, ...zwsFrameCases];
