/**
 * A child process: one contestant in one role, compiled, with no loader beside it. It ends with its parent.
 *
 *      node measured.js ROLE CONTESTANT SETTINGS
 */
import { allContestantNames } from './contestants/contestant.ts';
import { loadContestant } from './contestants/load.ts';
import { roleNames, type RoleName, type Settings } from './orders.ts';
import type { Play } from './roles/role.ts';
import { Talk } from './roles/talk.ts';

const [roleText, contestantText, settingsText = '{}'] = process.argv.slice(2);
const roleName = roleNames.find(name => name === roleText);
const contestantName = allContestantNames.find(name => name === contestantText);
if (roleName === undefined || contestantName === undefined) throw new Error('no such role or contestant');
const settings = JSON.parse(settingsText) as Settings; // written by the parent

const talk = new Talk();
const { play } = await loadRole(roleName);
await play({ contestant: await loadContestant(contestantName), settings, talk });

/** Loads one role and none of the others. */
function loadRole(name: RoleName): Promise<{ readonly play: Play }> {
  switch (name) {
    case 'pull':
      return import('./roles/pull.ts');
    case 'push':
      return import('./roles/push.ts');
    case 'proxy':
      return import('./roles/proxy.ts');
    case 'reply':
      return import('./roles/reply.ts');
    case 'request':
      return import('./roles/request.ts');
    case 'publish':
      return import('./roles/publish.ts');
    case 'subscribe':
      return import('./roles/subscribe.ts');
    case 'hold':
      return import('./roles/hold.ts');
    case 'crowd':
      return import('./roles/crowd.ts');
    case 'visit':
      return import('./roles/visit.ts');
    case 'storm':
      return import('./roles/storm.ts');
    case 'matching':
      return import('./roles/matching.ts');
    case 'layers':
      return import('./roles/layers.ts');
    case 'box':
      return import('./roles/box.ts');
    case 'inproc':
      return import('./roles/inproc.ts');
  }
}
