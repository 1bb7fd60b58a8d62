/** Traffic after the handshake, reconnection. */
import type { Case } from '../catalogue/case.ts';
import { trafficOrderCases } from './traffic-order.ts';
import { trafficQueueCases } from './traffic-queues.ts';
import { trafficReconnectCases } from './traffic-reconnect.ts';

export const trafficCases: readonly Case[] = [...trafficOrderCases, ...trafficQueueCases, ...trafficReconnectCases];
