/**
 * A picture of the HTML report for the docs: `npm run conformance:screenshot REPORT.html`, which takes Chromium
 * (Debian: `apt-get install chromium`). One group is chosen, and a cell unfolded.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const PICTURE = 'docs/conformance-report.png';
const VIEW = '?group=null#null/8:1';

const report = process.argv[2];
if (report === undefined) throw new Error('which report? npm run conformance:page REPORT.html writes one');
execFileSync(
  process.env['CHROMIUM'] ?? 'chromium',
  [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--window-size=1400,1000'],
    `--screenshot=${resolve(PICTURE)}`,
    `${pathToFileURL(resolve(report)).href}${VIEW}`,
  ],
  { stdio: ['ignore', 'ignore', 'inherit'], timeout: 60_000 },
);
