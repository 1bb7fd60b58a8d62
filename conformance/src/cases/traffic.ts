/** Traffic after the handshake, reconnection. */
import type { Case } from '../catalogue/case.ts';

export const trafficCases: readonly Case[] = [];
