/** CURVE mechanism. */
import type { Case } from '../catalogue/case.ts';
import { curveCommandCases } from './curve-commands.ts';
import { curveEnvelopeCases } from './curve-envelope.ts';
import { curveHelloCases } from './curve-hello.ts';
import { curveInitiateCases } from './curve-initiate.ts';
import { curveMessageCases } from './curve-message.ts';
import { curveErrorCases, curveReadyCases } from './curve-ready.ts';
import { curveWelcomeCases } from './curve-welcome.ts';

export const curveCases: readonly Case[] = [
  ...curveHelloCases,
  ...curveWelcomeCases,
  ...curveInitiateCases,
  ...curveReadyCases,
  ...curveEnvelopeCases,
  ...curveMessageCases,
  ...curveErrorCases,
  ...curveCommandCases,
];
