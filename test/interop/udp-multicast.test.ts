// @deadline 120
/** Groups of `udp://`, in a network of the test's own: what happens there is in `udp-multicast.ts`. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runInNamespace } from '../support/namespace.ts';

const multicast = suite('udp:// groups');

multicast('between ours and libzmq, in a network namespace', async () => {
  const { exitCode, output } = await runInNamespace(new URL('udp-multicast.ts', import.meta.url));
  assert.is(exitCode, 0, output);
  const [, passed = '0'] = /Passed:\s+([0-9]+)/.exec(output) ?? [];
  assert.ok(Number(passed) >= 15, output); // a file that ran nothing has proved nothing
});

multicast.run();
