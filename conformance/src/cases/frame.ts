/** Framing. */
import type { Case } from '../catalogue/case.ts';
import { frameFaultCases } from './frame-faults.ts';
import { frameFormCases } from './frame-forms.ts';
import { frameReservedCases } from './frame-reserved.ts';

export const frameCases: readonly Case[] = [...frameFormCases, ...frameReservedCases, ...frameFaultCases];
