/** Heartbeating. */
import type { Case } from '../catalogue/case.ts';
import { hbPingCases } from './hb-ping.ts';
import { hbTimeCases } from './hb-time.ts';

export const hbCases: readonly Case[] = [...hbPingCases, ...hbTimeCases];
