/**
 * PLAIN: a name and a password, in the clear. Only for links that are protected already, as this Unix socket is by the
 * rights of its directory.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClosedError, Context, Reply, Request } from '../src/index.ts';
import { hashPassword, plainPasswords } from '../src/security/index.ts';

const directory = await mkdtemp(join(tmpdir(), 'zmtp-')); // of mode 0700: nobody else can reach what is in it

// Made once and kept, in a file for plainPasswordFile() perhaps; the password itself is not.
const hash = await hashPassword('correct horse battery staple');
const context = new Context({ authenticator: plainPasswords({ anna: hash }) });

const server = new Reply({ context, plainServer: true });
await server.bind(`ipc://${join(directory, 'app.sock')}`);
const endpoint = server.lastEndpoint ?? '';

/** Answers until its socket is closed. */
async function serve(): Promise<void> {
  try {
    for (;;) {
      const { message, peer } = await server.receiveFrom();
      await server.send(`${String(peer?.userId)} said ${message.join()}`);
    }
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error;
  }
}
const serving = serve();

const anna = new Request({ plainUsername: 'anna', plainPassword: 'correct horse battery staple' });
anna.connect(endpoint);
await anna.send('hello');
console.log(String(await anna.receive()));

const stranger = new Request({ plainUsername: 'anna', plainPassword: 'password1' });
const { events } = stranger;
stranger.connect(endpoint);
for await (const event of events) {
  if (event.type !== 'connect:stop') continue;
  console.log(`a stranger does not get in, and does not come back: ${event.error.message}`);
  break;
}

await Promise.all([anna.close(), stranger.close(), server.close(), serving]);
await rm(directory, { recursive: true });
