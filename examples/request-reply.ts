/**
 * REQ and REP: a question, an answer, and so on in turn.
 */
import { Reply, Request } from '../src/index.ts';

const server = new Reply();
await server.bind('tcp://127.0.0.1:*');

const client = new Request();
client.connect(server.lastEndpoint ?? '');

/** Answers until its socket is closed: that ends the loop. */
async function serve(): Promise<void> {
  for await (const [question] of server) await server.send(`${String(question)} is ${String(question).length} long`);
}
const serving = serve();

for (const word of ['ZMQ', 'TypeScript', '']) {
  await client.send(word);
  const [answer] = await client.receive();
  console.log(`asked "${word}", heard "${String(answer)}"`);
}

await client.close();
await server.close();
await serving;
