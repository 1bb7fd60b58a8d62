/** ROUTER. */
import type { Case } from '../catalogue/case.ts';
import { routerIdCases } from './router-ids.ts';
import { routerOutcomeCases } from './router-outcomes.ts';

export const routerCases: readonly Case[] = [...routerIdCases, ...routerOutcomeCases];
