/** Z85, through the adaptor. */
import type { Case } from '../catalogue/case.ts';

export const z85Cases: readonly Case[] = [];
