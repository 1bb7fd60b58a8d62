/** RADIO. */
import type { Case } from '../catalogue/case.ts';

export const radioCases: readonly Case[] = [];
