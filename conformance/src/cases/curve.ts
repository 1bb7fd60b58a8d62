/** CURVE mechanism. */
import type { Case } from '../catalogue/case.ts';
import { curveCommandCases } from './curve-commands.ts';
import { curveHelloCases } from './curve-hello.ts';
import { curveInitiateCases } from './curve-initiate.ts';
import { curveMessageCases } from './curve-message.ts';
import { curveReadyCases } from './curve-ready.ts';
import { curveWelcomeCases } from './curve-welcome.ts';

export const curveCases: readonly Case[] = [
  ...curveHelloCases,
  ...curveWelcomeCases,
  ...curveInitiateCases,
  ...curveReadyCases,
  ...curveMessageCases,
  ...curveCommandCases,
];
