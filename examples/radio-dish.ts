/**
 * RADIO and DISH: a radio sends to groups, and a dish hears those that it has joined. Unlike topics, groups are compared as
 * a whole, and the group is no part of the message.
 */
import { setTimeout } from 'node:timers/promises';
import { Dish, Radio } from '../src/index.ts';

const radio = new Radio();
await radio.bind('tcp://127.0.0.1:*');

const dish = new Dish();
dish.connect(radio.lastEndpoint ?? '');
dish.join('weather', 'traffic');

// A radio does not know who listens, so it goes on sending, as radios do.
const offAir = new AbortController();
const broadcast = (async () => {
  for (let hour = 1; !offAir.signal.aborted; hour += 1) {
    await radio.send(`${hour} degrees`, { group: 'weather' });
    await radio.send('nobody listens to this', { group: 'weather.details' });
    await radio.send('the bridge is closed', { group: 'traffic' });
    await setTimeout(10);
  }
})();

for (let i = 0; i < 4; i += 1) {
  const [body, { group }] = await dish.receive();
  console.log(`${String(group)}: ${String(body)}`);
}

dish.leave('traffic');
for (let i = 0; i < 2; i += 1) {
  const [body, { group }] = await dish.receive();
  console.log(`only ${String(group)} now: ${String(body)}`);
}

offAir.abort();
await broadcast;
await dish.close();
await radio.close();
