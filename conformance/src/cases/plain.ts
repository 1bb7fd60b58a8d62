/** PLAIN mechanism. */
import type { Case } from '../catalogue/case.ts';
import { plainClientCases } from './plain-client.ts';
import { plainServerCases } from './plain-server.ts';

export const plainCases: readonly Case[] = [...plainServerCases, ...plainClientCases];
