/**
 * Runs every example and fails if one fails or does not end: `npm run examples`. The demo has a command of its own.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const EXAMPLES = [
  'request-reply',
  'push-pull',
  'publish-subscribe',
  'radio-dish',
  'router-dealer',
  'client-server',
  'scatter-gather',
  'broker',
  'http-server',
  'security-addresses',
  'security-plain',
  'security-curve',
  'security-curve-keys',
  'security-zap',
];
const DEADLINE_MS = 20_000;

let failed = 0;
for (const example of EXAMPLES) {
  console.log(`\n${example}`);
  const outcome = await run(example);
  if (outcome !== 'ended with exit code 0') {
    failed += 1;
    console.error(`${example} ${outcome}`);
  }
}
console.log(`\n${EXAMPLES.length - failed} examples ran, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function run(example: string): Promise<string> {
  return new Promise(resolve => {
    const script = fileURLToPath(new URL(`${example}.ts`, import.meta.url));
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', error => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `ended with exit code ${String(code)}` : `did not end within ${DEADLINE_MS} ms`);
    });
  });
}
