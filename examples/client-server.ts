/**
 * CLIENT and SERVER: questions and answers without taking turns. The server gives each client a number, which comes with
 * what it receives and goes with what it sends. Messages have one part.
 */
import { Client, Server } from '../src/index.ts';

const server = new Server();
await server.bind('tcp://127.0.0.1:*');

const clients = ['red', 'blue'].map(name => ({ name, socket: new Client() }));
for (const { socket } of clients) {
  socket.connect(server.lastEndpoint ?? '');
  for (const number of ['1', '2', '3']) await socket.send(number);
}

// All six are there before any is answered. What came with a question says whom the answer is for.
const questions = [];
while (questions.length < 6) questions.push(await server.receive());
for (const [number, from] of questions.reverse()) {
  await server.send(`${String(number)} squared is ${Number(String(number)) ** 2}`, from);
}

for (const { name, socket } of clients) {
  for (let i = 0; i < 3; i += 1) {
    const [answer] = await socket.receive();
    console.log(`${name} hears: ${String(answer)}`);
  }
}

await Promise.all([server, ...clients.map(({ socket }) => socket)].map(socket => socket.close()));
