import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BoundedLine } from '../../src/security/bounded-line.ts';

const lines = suite('security/bounded-line');

/** Jobs that a test ends, and what became of them. */
class Jobs {
  readonly started: string[] = [];
  readonly results: string[] = [];
  readonly #endings = new Map<string, () => void>();
  readonly #line: BoundedLine;

  constructor(atATime: number, waiting: number) {
    this.#line = new BoundedLine({ atATime, waiting });
  }

  take(name: string, signal = new AbortController().signal): void {
    const job = async (): Promise<string> => {
      this.started.push(name);
      await new Promise<void>((resolve, reject) => {
        this.#endings.set(name, name.startsWith('bad') ? () => reject(new Error('bad')) : resolve);
      });
      return 'done';
    };
    this.#line.take(job, signal).then(
      result => this.results.push(`${name} ${result ?? 'not done'}`),
      () => this.results.push(`${name} failed`),
    );
  }

  async end(name: string): Promise<void> {
    this.#endings.get(name)?.();
    await settled();
  }
}

function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

lines('does so many jobs at a time, the others in the order of coming', async () => {
  const jobs = new Jobs(2, 3);
  for (const name of ['a', 'b', 'c', 'd', 'e']) jobs.take(name);
  await settled();
  assert.equal(jobs.started, ['a', 'b']);
  await jobs.end('b');
  assert.equal(jobs.started, ['a', 'b', 'c']);
  await jobs.end('a');
  await jobs.end('c');
  assert.equal(jobs.started, ['a', 'b', 'c', 'd', 'e']);
  await jobs.end('d');
  await jobs.end('e');
  assert.equal(jobs.results, ['b done', 'a done', 'c done', 'd done', 'e done']);
});

lines('sends away who finds it full, and takes others when there is room again', async () => {
  const jobs = new Jobs(1, 1);
  for (const name of ['a', 'b', 'c']) jobs.take(name);
  await settled();
  assert.equal(jobs.results, ['c not done']);
  await jobs.end('a');
  jobs.take('d');
  jobs.take('e');
  await settled();
  assert.equal(jobs.results, ['c not done', 'a done', 'e not done']);
  await jobs.end('b');
  await jobs.end('d');
  assert.equal(jobs.started, ['a', 'b', 'd']);
});

lines('needs no room to wait where nobody has to', async () => {
  const jobs = new Jobs(1, 0);
  jobs.take('a');
  jobs.take('b');
  await settled();
  await jobs.end('a');
  jobs.take('c');
  await settled();
  await jobs.end('c');
  assert.equal(jobs.results, ['b not done', 'a done', 'c done']);
});

lines('goes on when a job fails', async () => {
  const jobs = new Jobs(1, 1);
  jobs.take('bad');
  jobs.take('b');
  await settled();
  await jobs.end('bad');
  await jobs.end('b');
  assert.equal(jobs.results, ['bad failed', 'b done']);
});

lines('gives the place of one that has left to another', async () => {
  const jobs = new Jobs(1, 1);
  const controller = new AbortController();
  jobs.take('a');
  jobs.take('b', controller.signal);
  controller.abort();
  jobs.take('c');
  await settled();
  assert.equal(jobs.results, ['b not done']);
  await jobs.end('a');
  await jobs.end('c');
  assert.equal(jobs.results, ['b not done', 'a done', 'c done']);
  assert.equal(jobs.started, ['a', 'c']);
});

lines('does not begin for one that has left before it came, and does not stop for one that leaves later', async () => {
  const jobs = new Jobs(1, 1);
  jobs.take('a', AbortSignal.abort());
  const controller = new AbortController();
  jobs.take('b');
  jobs.take('c', controller.signal);
  await settled();
  await jobs.end('b');
  assert.equal(getEventListeners(controller.signal, 'abort'), []);
  controller.abort();
  jobs.take('d');
  await settled();
  assert.equal(jobs.started, ['b', 'c']); // c holds the one place
  await jobs.end('c');
  await jobs.end('d');
  assert.equal(jobs.results, ['a not done', 'b done', 'c done', 'd done']);
});

lines.run();
