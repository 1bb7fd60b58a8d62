/** SUB: what it tells publishers, and what it takes from them. RFC 29 "The SUB Socket Type". */
import type { Case } from '../catalogue/case.ts';
import { subDeliveryCases } from './sub-delivery.ts';
import { subWireCases } from './sub-wire.ts';

export const subCases: readonly Case[] = [...subWireCases, ...subDeliveryCases];
