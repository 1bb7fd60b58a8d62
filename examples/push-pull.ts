/**
 * PUSH and PULL: work is dealt out to whoever is there, one task to one worker, and nobody answers.
 */
import { Pull, Push } from '../src/index.ts';

const TASKS = 6;

const source = new Push();
const { events } = source; // kept from here on
await source.bind('tcp://127.0.0.1:*');
const endpoint = source.lastEndpoint ?? '';

const workers = ['anna', 'bert', 'carl'].map(name => ({ name, socket: new Pull() }));
for (const { socket } of workers) socket.connect(endpoint);

// A source deals to the workers it has, so all of them are let in before it begins.
for (let here = 0; here < workers.length;) {
  const { type } = await events.receive();
  if (type === 'handshake') here += 1;
}

for (let task = 1; task <= TASKS; task += 1) await source.send(`task ${task}`);

for (const { name, socket } of workers) {
  for (let i = 0; i < TASKS / workers.length; i += 1) {
    const [task] = await socket.receive();
    console.log(`${name} does ${String(task)}`);
  }
}

await Promise.all([source, ...workers.map(({ socket }) => socket)].map(socket => socket.close()));
