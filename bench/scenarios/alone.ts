import type { Bench } from '../bench.ts';

const DEADLINE_MS = 300_000;

/** What does a subscription cost the publishing side? */
export function matching(bench: Bench): Promise<void> {
  return alone(bench, 'matching');
}

/** What does each layer add to a message? */
export function layers(bench: Bench): Promise<void> {
  return alone(bench, 'layers');
}

/** What does a box of CURVE cost? */
export function box(bench: Bench): Promise<void> {
  return alone(bench, 'box');
}

/** Runs once, in one process: it has rounds of its own and no other contestant. */
async function alone(bench: Bench, role: 'matching' | 'layers' | 'box'): Promise<void> {
  if (!bench.wants(role)) return;
  bench.progress(role);
  const lines = await bench.withChildren(async start => {
    const child = start({ role, contestant: 'zmtp', settings: {} });
    await child.hear('finished', DEADLINE_MS);
    return child.heard('line');
  });
  for (const { line } of lines) bench.passOn(line);
}
