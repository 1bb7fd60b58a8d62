/** Connection metadata. */
import type { Case } from '../catalogue/case.ts';
import { identityCases } from './meta-identity.ts';
import { pairCases } from './meta-pairs.ts';
import { propertyCases } from './meta-properties.ts';

export const metaCases: readonly Case[] = [...propertyCases, ...identityCases, ...pairCases];
