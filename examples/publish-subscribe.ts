/**
 * PUB and SUB: a publisher sends to all who have subscribed to how a message begins, and knows nobody.
 */
import { Subscriber, XPublisher } from '../src/index.ts';

// An XPublisher is a Publisher that also hears of the subscriptions, so this example knows when it may begin.
const weather = new XPublisher();
await weather.bind('tcp://127.0.0.1:*');

const subscriber = new Subscriber();
subscriber.connect(weather.lastEndpoint ?? '');
subscriber.subscribe('berlin', 'paris');

for (let i = 0; i < 2; i += 1) {
  const [subscription = new Uint8Array()] = await weather.receive();
  console.log(`somebody wants to hear of ${Buffer.from(subscription.subarray(1)).toString()}`);
}

await weather.send(['berlin', '9 degrees']);
await weather.send(['rome', '21 degrees']); // nobody has asked for it: it does not even leave
await weather.send(['paris', '14 degrees']);
await weather.send(['berlin', '10 degrees']);

for (let i = 0; i < 3; i += 1) {
  const [city, degrees] = await subscriber.receive();
  console.log(`${String(city)}: ${String(degrees)}`);
}

await subscriber.close();
await weather.close();
