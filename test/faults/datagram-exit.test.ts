/** When a process may end that uses datagrams, and what has left by then. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PlainUdp, soon } from '../support/plain-udp.ts';

const exit = suite('a process with datagrams');

const INDEX = join(import.meta.dirname, '../../src/index.ts');

/** What a process has said that runs `source` and ends by itself. */
async function outcome(source: string): Promise<string> {
  const code = `import { Datagram, Dish, Radio } from ${JSON.stringify(INDEX)};\n${source}`;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  assert.is(await soon(ended, 'end of the child').finally(() => child.kill('SIGKILL')), 0, output);
  return output.trim();
}

exit('ends by itself with idle ports', async () => {
  const said = await outcome(`
    const [datagram, dish, radio] = [new Datagram(), new Dish(), new Radio()];
    await datagram.bind('udp://127.0.0.1:*');
    await dish.bind('udp://127.0.0.1:*');
    radio.connect(dish.lastEndpoint);
    console.log('idle');
  `);
  assert.is(said, 'idle');
});

exit('stays while somebody waits for a message, and gets it', async () => {
  const said = await outcome(`
    const [dish, radio] = [new Dish(), new Radio()];
    dish.join('g');
    await dish.bind('udp://127.0.0.1:*');
    radio.connect(dish.lastEndpoint);
    const waiting = dish.receive();
    setTimeout(() => radio.send('late', { group: 'g' }), 50);
    console.log(String((await waiting)[0]));
  `);
  assert.is(said, 'late');
});

exit('sends what was sent, though nobody closes or waits', async () => {
  const plain = await PlainUdp.open();
  const heard = [plain.next(), plain.next(), plain.next()];
  await outcome(`
    const [radio, datagram] = [new Radio(), new Datagram()];
    radio.connect('udp://127.0.0.1:${plain.end.port}');
    for (const body of ['a', 'b']) void radio.send(body, { group: 'g' });
    await datagram.bind('udp://127.0.0.1:*');
    void datagram.send(['127.0.0.1:${plain.end.port}', 'c']);
  `);
  const bodies = (await Promise.all(heard)).map(({ octets }) => octets.toString('latin1'));
  assert.equal(bodies.sort(), ['\u0001ga', '\u0001gb', 'c']);
  await plain.close();
});

exit.run();
