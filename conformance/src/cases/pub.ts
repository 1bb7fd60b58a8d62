/** PUB, and XPUB where it does the same: who gets what. RFC 29, and RFC 37 "The Publish-Subscribe Pattern". */
import type { Case } from '../catalogue/case.ts';
import { pubDeliveryCases } from './pub-delivery.ts';
import { pubTopicCases } from './pub-topics.ts';

export const pubCases: readonly Case[] = [...pubTopicCases, ...pubDeliveryCases];
