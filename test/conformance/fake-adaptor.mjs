/**
 * An adaptor of no implementation, to test the tester with: `node fake-adaptor.mjs HOW`. It binds for real and closes
 * whoever connects, unless it `greets` or `talks-nonsense` and is mute from there on; what else it does follows from HOW.
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const how = process.argv[2];
const servers = new Map();

const SIGNATURE = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f);
/** Of ZMTP 3.1, with NULL. */
const REST = Buffer.concat([Uint8Array.of(3, 1), Buffer.from('NULL')], 54);

if (how === 'dies-at-once') {
  process.stderr.write('out of luck\n');
  process.exit(3);
}
if (how === 'is-deaf') setInterval(() => undefined, 1000);

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function open({ ref, sid, options }) {
  if (how === 'refuses') return tell({ ref, event: 'refused', why: 'invalid', text: 'no' });
  if (how === 'unsupported') return tell({ ref, event: 'unsupported', what: 'option handshakeMs' });
  if (how === 'dies-when-asked-for-it' && options.maxMessageSize === 666) return process.kill(process.pid, 'SIGKILL');
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    if (how === 'talks-nonsense') {
      process.stdout.write('null\n5\n"text"\n');
      tell({ sid, event: 'message', parts: 7 });
    } else if (how === 'dies-when-called') process.kill(process.pid, 'SIGKILL');
    else if (how === 'greets') {
      socket.write(SIGNATURE);
      socket.once('data', () => socket.write(REST)).resume();
    } else socket.destroy();
  });
  servers.set(sid, server);
  server.listen(0, '127.0.0.1', () =>
    tell({ ref, event: 'opened', endpoint: `tcp://127.0.0.1:${server.address().port}` }),
  );
}

createInterface({ input: process.stdin })
  .on('line', line => {
    const command = JSON.parse(line);
    switch (command.do) {
      case 'hello':
        if (how === 'babbles') tell({ ref: command.ref, event: 'hello', name: 1 });
        else if (how === 'is-deaf') return;
        else {
          process.stdout.write('a library that prints\n');
          const capabilities = ['role:bind', 'type:ROUTER'];
          tell({ ref: command.ref, event: 'hello', name: 'fake', version: '1.0', capabilities });
        }
        break;
      case 'open':
        open(command);
        break;
      case 'exit':
        process.exit();
        break;
      case 'close':
        servers.get(command.sid).close();
        tell({ ref: command.ref, event: 'closed' });
        break;
      default:
        tell({ ref: command.ref, event: 'done' });
    }
  })
  .on('close', () => how !== 'is-deaf' && process.exit());
