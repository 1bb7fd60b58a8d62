/**
 * NULL, and who may come in by address. It keeps out mistakes, not enemies: nothing is encrypted, and whoever is at the right
 * address is in.
 */
import { Context, Pull, Push } from '../src/index.ts';

const allowed = new Set<string>();
const context = new Context({
  authenticator: ({ address }) =>
    allowed.has(address) ? { status: 200, userId: address } : { status: 300, text: 'not from there, not now' },
});

// With NULL the authenticator is asked only if there is a domain; the filter closes connections before anybody is asked.
const pull = new Pull({ context, zapDomain: 'intern', tcpAcceptFilter: ['127.0.0.0/8', '10.0.0.0/8'] });
const { events } = pull;
await pull.bind('tcp://127.0.0.1:*');

const push = new Push({ reconnectInterval: 10 });
push.connect(pull.lastEndpoint ?? '');
await push.send('hello');

for await (const event of events) {
  if (event.type !== 'handshake:error:auth') continue;
  console.log(`refused ${event.remoteAddress}: ${event.error.code}, status ${String(event.error.status)}`);
  break;
}

allowed.add('127.0.0.1'); // status 300 means "not now": the client tries again by itself

const { message, peer } = await pull.receiveFrom();
console.log(`${String(peer?.userId)} says ${message.join()}`);

await Promise.all([push.close(), pull.close()]);
