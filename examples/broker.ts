/**
 * A broker of fifteen lines between clients (REQ) and workers (REP): neither knows where the others are or how many
 * there are, and both may come and go. Requests are dealt to the workers in turn.
 */
import { Dealer, Proxy, Reply, Request, Router } from '../src/index.ts';

const clientsSide = new Router();
const workersSide = new Dealer();
await clientsSide.bind('tcp://127.0.0.1:*');
await workersSide.bind('tcp://127.0.0.1:*');

const broker = new Proxy(clientsSide, workersSide);
const running = broker.run(); // until broker.terminate(), or until a socket is closed

// That was the broker. Two workers and three clients come.

const workers = ['anna', 'bert'].map(name => ({ name, socket: new Reply() }));
const working = workers.map(async ({ name, socket }) => {
  socket.connect(workersSide.lastEndpoint ?? '');
  for await (const [question] of socket) await socket.send(`${name} says hello to ${String(question)}`);
});

const clients = ['red', 'green', 'blue'].map(name => ({ name, socket: new Request() }));
const answers = clients.map(async ({ name, socket }) => {
  socket.connect(clientsSide.lastEndpoint ?? '');
  await socket.send(name);
  const [answer] = await socket.receive();
  console.log(String(answer));
});
await Promise.all(answers);

const { frontend } = broker.statistics();
console.log(`${frontend.received.messages} requests came, ${frontend.sent.messages} answers went`);

broker.terminate();
await running;
await Promise.all(
  [clientsSide, workersSide, ...[...workers, ...clients].map(({ socket }) => socket)].map(s => s.close()),
);
await Promise.all(working);
