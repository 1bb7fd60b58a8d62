/**
 * CURVE among those who know each other's keys: certificates in files, a directory of the clients who may come in, and what
 * happens when one is added and taken off.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context, Reply, Request } from '../src/index.ts';
import { Certificate, curveCertificates, readCertificate, writeCertificate } from '../src/security/index.ts';

const directory = await mkdtemp(join(tmpdir(), 'zmtp-'));
const [serverFile, annaFile] = [join(directory, 'server.key'), join(directory, 'anna.key')];
const members = join(directory, 'members');
await mkdir(members);

// Once, by whoever owns the key: a public file to hand out, and a secret one (…_secret, mode 0600) that stays.
await writeCertificate(serverFile, Certificate.generate({ name: 'server' }));
await writeCertificate(annaFile, Certificate.generate({ name: 'anna' }));

// The server: its own secret, and the public files of those who may come in.
const own = await readCertificate(`${serverFile}_secret`);
const authenticator = await curveCertificates(members, { userId: ({ metadata }) => metadata['name'] ?? '' });
const context = new Context({ authenticator });
const server = new Reply({ context, curveServer: true, curveSecretKey: own.secretKey ?? '' });
const { events } = server;
await server.bind('tcp://127.0.0.1:*');
const endpoint = server.lastEndpoint ?? '';

/** A client: its own secret, and the server's public file. */
async function makeClient(): Promise<Request> {
  const [{ secretKey = '' }, { publicKey }] = [
    await readCertificate(`${annaFile}_secret`),
    await readCertificate(serverFile),
  ];
  const client = new Request({ curveServerKey: publicKey, curveSecretKey: secretKey });
  client.connect(endpoint);
  return client;
}

/** What becomes of the next client. */
async function outcome(): Promise<string> {
  for await (const event of events) {
    if (event.type === 'handshake') return `${String(event.peer.userId)} is in`;
    if (event.type === 'handshake:error:auth') return event.error.message;
  }
  return 'the server is closed';
}

const early = await makeClient();
console.log(`before: ${await outcome()}`);

// The directory is looked at when clients come, at most once a second; reload() does not wait for that.
await copyFile(annaFile, join(members, 'anna.key'));
await authenticator.reload();
const anna = await makeClient();
console.log(`added: ${await outcome()}`);

await anna.send('hello');
const { message, peer } = await server.receiveFrom();
console.log(`${String(peer?.userId)} says ${message.join()}`);
await server.send('hello, anna');
console.log(String(await anna.receive()));

// Who is in stays in until the connection ends; who comes anew is asked again.
await rm(join(members, 'anna.key'));
await authenticator.reload();
const late = await makeClient();
console.log(`taken off: ${await outcome()}`);

await Promise.all([early, anna, late, server].map(socket => socket.close()));
await rm(directory, { recursive: true });
