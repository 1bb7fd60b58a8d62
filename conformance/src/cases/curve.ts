/** CURVE mechanism. */
import type { Case } from '../catalogue/case.ts';
import { curveHelloCases } from './curve-hello.ts';

export const curveCases: readonly Case[] = [...curveHelloCases];
