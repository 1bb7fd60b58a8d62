/** ZWS 2.0 (WebSocket). */
import type { Case } from '../catalogue/case.ts';

export const zwsCases: readonly Case[] = [];
