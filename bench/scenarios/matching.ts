import type { Bench } from '../bench.ts';

const DEADLINE_MS = 300_000;

/** What does a subscription cost the publishing side? Runs once, alone: it has rounds of its own and no other contestant. */
export async function matching(bench: Bench): Promise<void> {
  if (!bench.wants('matching')) return;
  bench.progress('matching');
  const lines = await bench.withChildren(async start => {
    const child = start({ role: 'matching', contestant: 'zmtp', settings: {} });
    await child.hear('finished', DEADLINE_MS);
    return child.heard('line');
  });
  for (const { line } of lines) bench.passOn(line);
}
