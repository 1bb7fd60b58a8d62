/** What a port does while datagrams wait to be taken; only `udp.test.ts` runs this, in a Node that is made slow. */
import { UdpTransport } from '../../src/transports/udp.ts';
import { PlainUdp, soon } from '../support/plain-udp.ts';

const plain = await PlainUdp.open();
let drained = 0;
let tell: () => void = () => {};
const port = await new UdpTransport().open(
  `127.0.0.1:${plain.end.port}`,
  'connect',
  { ipv6: false, multicastHops: 1, multicastLoop: true },
  {
    received: () => {},
    drained: () => {
      drained += 1;
      tell();
    },
    lost: cause => {
      throw cause;
    },
    failed: cause => {
      throw cause;
    },
  },
);

function nextDrained(): Promise<void> {
  return soon(new Promise(resolve => (tell = resolve)), 'word that all is taken');
}

let all = nextDrained();
const small = { took: port.send(Buffer.from('x'), plain.end), unsent: port.unsent, drained: 0, after: 0 };
await all;
Object.assign(small, { drained, after: port.unsent });

all = nextDrained();
const took = [1, 2, 3].map(() => port.send(Buffer.alloc(40_000), plain.end));
const large = { took, unsent: port.unsent, drained: 0, after: 0, again: false };
await all;
Object.assign(large, { drained, after: port.unsent, again: port.send(Buffer.alloc(0), plain.end) });

let heard = 0;
for (; heard < 5; heard += 1) await plain.next();
port.close();
await plain.close();
process.stdout.write(JSON.stringify({ small, large, heard }));
