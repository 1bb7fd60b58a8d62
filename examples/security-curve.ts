/**
 * CURVE for clients that anybody may have: they know the server's public key, so they know whom they talk to, and nobody
 * on the way can read or change anything. The server does not know who they are.
 */
import { curveKeyPair, Reply, Request } from '../src/index.ts';

const keys = curveKeyPair(); // made once and kept: the public half is told to all clients

const server = new Reply({ curveServer: true, curveSecretKey: keys.secretKey });
const { events } = server;
await server.bind('tcp://127.0.0.1:*');
const endpoint = server.lastEndpoint ?? '';

/** Answers until its socket is closed: that ends the loop. */
async function serve(): Promise<void> {
  for await (const [question = ''] of server) await server.send(`you said: ${String(question)}`);
}
const serving = serve();

const client = new Request({ curveServerKey: keys.publicKey, curveSecretKey: curveKeyPair().secretKey });
client.connect(endpoint);
await client.send('nobody on the way can read this');
console.log(String(await client.receive()));

// Who believes that the server has another key does not get in: either it is a mistake, or this is not that server.
const mistaken = new Request({ curveServerKey: curveKeyPair().publicKey, curveSecretKey: curveKeyPair().secretKey });
mistaken.connect(endpoint);
for await (const event of events) {
  if (event.type !== 'handshake:error:protocol') continue;
  console.log(`a client has another key for this server: ${event.error.code}`);
  break;
}

await Promise.all([client.close(), mistaken.close(), server.close()]);
await serving;
