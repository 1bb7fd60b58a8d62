/**
 * ROUTER and DEALER: requests without taking turns. A dealer may ask many times before the first answer comes; a router
 * hears who asks, and answers whom it likes, when it likes.
 */
import { Dealer, Router } from '../src/index.ts';

const server = new Router();
await server.bind('tcp://127.0.0.1:*');

const clients = ['red', 'blue'].map(name => ({ name, socket: new Dealer({ routingId: name }) }));
for (const { socket } of clients) {
  socket.connect(server.lastEndpoint ?? '');
  for (const number of ['1', '2', '3']) await socket.send(number);
}

// All six have been asked before any is answered; each answer begins with the routing id of whom it is for.
const requests = [];
while (requests.length < 6) requests.push(await server.receive());
for (const [routingId = '', number] of requests.reverse()) {
  await server.send([routingId, `${String(number)} squared is ${Number(String(number)) ** 2}`]);
}

for (const { name, socket } of clients) {
  for (let i = 0; i < 3; i += 1) {
    const [answer] = await socket.receive();
    console.log(`${name} hears: ${String(answer)}`);
  }
}

await Promise.all([server, ...clients.map(({ socket }) => socket)].map(socket => socket.close()));
