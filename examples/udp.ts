/**
 * RADIO and DISH over UDP, which carries single datagrams to whoever listens: nobody knows anybody, nothing is said twice,
 * and what gets lost is lost. And DGRAM, which is UDP itself, for talk with programs that know nothing of ZeroMQ.
 */
import { Datagram, Dish, Radio } from '../src/index.ts';

// One host to another. With a group, `udp://eth0;239.1.2.3:5600`, any number of DISH hear it.
const dish = new Dish();
await dish.bind('udp://127.0.0.1:*');
dish.join('weather', 'news');

const radio = new Radio();
radio.connect(dish.lastEndpoint ?? '');

// A RADIO cannot know who has joined what: all of it leaves, and the DISH takes its pick.
await radio.send('sunny', { group: 'weather' });
await radio.send('2:1', { group: 'sports' });
await radio.send('nothing new', { group: 'news' });

for (let i = 0; i < 2; i += 1) {
  const [body, { group }] = await dish.receive();
  console.log(`${String(group)}: ${String(body)}`);
}
console.log(`${dish.stats().dropped.filtered} of no interest`);

// Messages of a DGRAM are an address and a body, both ways.
const server = new Datagram();
await server.bind('udp://127.0.0.1:*');
const client = new Datagram();
await client.bind('udp://127.0.0.1:*');

await client.send([server.lastEndpoint?.replace('udp://', '') ?? '', 'ping']);
const [from = '', question] = await server.receive();
await server.send([from, `${String(question)}? pong`]);
const [, answer] = await client.receive();
console.log(String(answer));

for (const socket of [radio, dish, server, client]) await socket.close();
