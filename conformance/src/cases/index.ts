/** Every case there is, in the order of the catalogue. */
import type { Case } from '../catalogue/case.ts';
import { REQUIREMENTS } from '../catalogue/requirements.ts';
import { cmdCases } from './cmd.ts';
import { csCases } from './cs.ts';
import { curveCases } from './curve.ts';
import { dealerCases } from './dealer.ts';
import { dishCases } from './dish.ts';
import { frameCases } from './frame.ts';
import { greetingCases } from './greeting.ts';
import { hbCases } from './hb.ts';
import { metaCases } from './meta.ts';
import { nullCases } from './null.ts';
import { pairCases } from './pair.ts';
import { plainCases } from './plain.ts';
import { pubCases } from './pub.ts';
import { pushCases } from './push.ts';
import { radioCases } from './radio.ts';
import { repCases } from './rep.ts';
import { reqCases } from './req.ts';
import { robustCases } from './robust.ts';
import { routerCases } from './router.ts';
import { sgCases } from './sg.ts';
import { subCases } from './sub.ts';
import { trafficCases } from './traffic.ts';
import { v1Cases } from './v1.ts';
import { v2Cases } from './v2.ts';
import { xpubCases } from './xpub.ts';
import { xsubCases } from './xsub.ts';
import { z85Cases } from './z85.ts';
import { zapCases } from './zap.ts';
import { zwsCases } from './zws.ts';

const ALL: readonly Case[] = [
  ...greetingCases,
  ...frameCases,
  ...cmdCases,
  ...metaCases,
  ...nullCases,
  ...plainCases,
  ...curveCases,
  ...hbCases,
  ...trafficCases,
  ...reqCases,
  ...repCases,
  ...dealerCases,
  ...routerCases,
  ...pubCases,
  ...xpubCases,
  ...subCases,
  ...xsubCases,
  ...pushCases,
  ...pairCases,
  ...csCases,
  ...radioCases,
  ...dishCases,
  ...sgCases,
  ...zapCases,
  ...zwsCases,
  ...v2Cases,
  ...v1Cases,
  ...robustCases,
  ...z85Cases,
];

export const CASES: readonly Case[] = [...REQUIREMENTS.keys()].flatMap(id => ALL.filter(it => it.id === id));
