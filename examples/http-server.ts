/**
 * STREAM: octets of any protocol. A server that answers one HTTP request, and the client that asks.
 */
import { get } from 'node:http';
import { Stream } from '../src/index.ts';

const server = new Stream();
await server.bind('tcp://127.0.0.1:*');

const url = (server.lastEndpoint ?? '').replace('tcp:', 'http:');
const asking = new Promise<string>((resolve, reject) => {
  get(`${url}/greeting`, { agent: false }, response => {
    let body = '';
    response.on('data', chunk => (body += String(chunk))).on('end', () => resolve(body));
  }).on('error', reject);
});

// Octets arrive as the network has cut them, so the request is put together until its head is complete.
let request = '';
for await (const [id = '', octets] of server) {
  if (octets === undefined || octets.length === 0) continue; // the connection has begun
  request += String(octets);
  if (!request.includes('\r\n\r\n')) continue;
  const [method, path] = request.split(' ');
  console.log(`asked for ${path} with ${method}`);
  await server.send([id, 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello from a socket']);
  await server.send([id, '']); // closes the connection when the answer has left
  break;
}

console.log(`answered: ${await asking}`);
await server.close();
