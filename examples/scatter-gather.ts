/**
 * SCATTER and GATHER: work of one part each is dealt out to whoever is there, and what they make of it is gathered in one
 * place.
 */
import { Gather, Scatter } from '../src/index.ts';

const TASKS = 6;

const [source, sink] = [new Scatter(), new Gather()];
const { events } = source; // kept from here on
await source.bind('tcp://127.0.0.1:*');
await sink.bind('tcp://127.0.0.1:*');

const workers = ['anna', 'bert', 'carl'].map(name => ({ name, tasks: new Gather(), results: new Scatter() }));
for (const { tasks, results } of workers) {
  tasks.connect(source.lastEndpoint ?? '');
  results.connect(sink.lastEndpoint ?? '');
}

// A source deals to the workers it has, so all of them are let in before it begins.
for (let here = 0; here < workers.length;) {
  const { type } = await events.receive();
  if (type === 'handshake') here += 1;
}

for (let task = 1; task <= TASKS; task += 1) await source.send(`task ${task}`);

for (const { name, tasks, results } of workers) {
  for (let i = 0; i < TASKS / workers.length; i += 1) {
    const [task] = await tasks.receive();
    await results.send(`${String(task)}, done by ${name}`);
  }
}

for (let i = 0; i < TASKS; i += 1) console.log(String((await sink.receive())[0]));

const sockets = [source, sink, ...workers.flatMap(({ tasks, results }) => [tasks, results])];
await Promise.all(sockets.map(socket => socket.close()));
