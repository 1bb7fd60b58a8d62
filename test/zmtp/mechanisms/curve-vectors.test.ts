import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainMemory } from '../../../src/message.ts';
import { COMMAND, encodeFrame, MORE } from '../../../src/zmtp/frame.ts';
import { FrameReader } from '../../../src/zmtp/frame-reader.ts';
import { FrameWriter } from '../../../src/zmtp/frame-writer.ts';
import type { Envelope, MechanismStep } from '../../../src/zmtp/mechanism.ts';
import { Slab } from '../../../src/zmtp/slab.ts';
import { cookie, hello, initiate, message, PUBLIC, ready, vouch, welcome } from '../../support/curve-by-hand.ts';
import { curveClient, curveServer } from '../../support/curve-sides.ts';
import { frame } from '../../support/raw-zmtp.ts';
import { hex, joined, toHex } from '../../support/zmtp-hex.ts';

const vectors = suite('zmtp/mechanisms/curve vectors');

/** The only command of a step. */
function only({ commands }: MechanismStep): string {
  assert.is(commands.length, 1);
  return toHex(commands[0] ?? hex(''));
}

function envelopeOf({ envelope }: MechanismStep): Envelope {
  if (envelope === undefined) throw new Error('no envelope');
  return envelope;
}

function clientEnvelope(): Envelope {
  const client = curveClient();
  client.start();
  client.receive(welcome());
  return envelopeOf(client.receive(ready()));
}

function serverEnvelope(): Envelope {
  const server = curveServer();
  server.start();
  server.receive(hello());
  server.receive(initiate());
  return envelopeOf(server.admit());
}

// the octets themselves, lest what lays them by hand change along with the code

for (const [name, octets, frozen] of [
  [
    'hello',
    hello(),
    '0548454c4c4f' +
      '0100' +
      '000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
      '000000000000000000000000000000000000000000000000' +
      'b63d05558f21e85cf2e5721509301077a508733b05dff3e6f518ea04aec42c65' +
      '0000000000000001' +
      '382e09eb18b2156ddedb536422bf753e11382ec384b3c8bbcd01892e03da66d9ae5daa65b26ba194ae52521b6e99c624' +
      '48d2910dd35f751ad8701d9a74758a5f612558c756e2b70cbc3bcaba5bb39da9',
  ],
  [
    'cookie',
    cookie(),
    'a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2' +
      '8acdfcf7c43a1b8ba98d84857d4dd8693a1126616a0b79d35fec8880014e7ddc7bfe1b05d1b2959a702e1ba4d0a640ce' +
      'bc9ea93b34ac96e9f5efe04668a4b9e1b7b244c2a0365f91f049aa1dbd2abd9f',
  ],
  [
    'welcome',
    welcome(),
    '0757454c434f4d45' +
      'a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3' +
      '501e6b78f2fa3186fddd9e185640ebcfc062dec0e32a9d0bd4710c2f1552b6a60b0ae1f4ca0ec2996c73fdba8e8d52bf' +
      '39eef60b08c69fbdeb69d145a0471a444e8bfb1c4b156cf15084ca8d74abbded830289892ac98a28c549119d5cdfe5aa' +
      '00212e1278d4eff6b69bf454a69d415008c46f15cff5946d3070b41c52f493eccdc53c87d871cd14280cfe8a42383441',
  ],
  [
    'vouch',
    vouch(),
    'a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4' +
      'dc21138479f4410c05d283b94b5380bb42be518eed34c6daa08a55adb6a2964964a565153ac77935907c97779fa19dc2' +
      '89ff51012bdaee153d38651765471bde6e50aa00fa775f42ca8921f67f2e596c',
  ],
  [
    'initiate',
    initiate(),
    '08494e495449415445' +
      'a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a28acdfcf7c43a1b8ba98d84857d4dd8693a1126616a0b79d35fec8880014e7ddc' +
      '7bfe1b05d1b2959a702e1ba4d0a640cebc9ea93b34ac96e9f5efe04668a4b9e1b7b244c2a0365f91f049aa1dbd2abd9f' +
      '0000000000000002' +
      'd90d60701006a569ea7d4b450ca61dd8c0a896d343e3704e2a9843a49c10191e41f61984364333e4eed144004a2725e0' +
      'e249204be67c3d5b417266d409694abaa874ac5c49a4f8cf022391df5eb01b4a334c7f9ce6a1466e2ef39c20868a95be' +
      'd88534beee7b9f70552a50a9eb24b2d3a4c96ffa8fb3c36afb4f306a2c721464a9791654a8d81c1611a6d54c0fb499c2' +
      '3a70f69a46712dfb566f31491afc410a095ee4117ac0',
  ],
  [
    'ready',
    ready(),
    '055245414459' +
      '0000000000000001' +
      'f5e622da51a0f1646a5bdeab0a02cfc74b19f61bcc398e45325633bdcbaefe4dec1f392fb43b',
  ],
  [
    'messageC',
    message('C', 3n, "'hello'"),
    '074d455353414745' + '0000000000000003' + 'f0579c9a4a849b135ffdb1ae323ab167078d1ee0467d',
  ],
  [
    'messageS',
    message('S', 2n, "'world'", { flags: '01' }),
    '074d455353414745' + '0000000000000002' + '61389126d0be02f5d3deb63a03ac885a693918fdcc99',
  ],
] as const) {
  vectors(`${name} is these octets`, () => {
    assert.is(toHex(octets), frozen);
  });
}

vectors('a client says HELLO, INITIATE, and what READY told', () => {
  const client = curveClient();
  assert.is(only(client.start()), toHex(hello()));
  const step = client.receive(welcome());
  assert.is(only(step), toHex(initiate()));
  assert.is(step.peer, undefined);
  assert.is(step.envelope, undefined);
  const done = client.receive(ready());
  assert.equal(done.commands, []);
  assert.equal(done.peer?.properties, [{ name: 'Socket-Type', value: hex("'ROUTER'") }]);
  assert.ok(done.envelope);
});

vectors('a server says WELCOME, asks about C, and says READY', () => {
  const server = curveServer();
  assert.equal(server.start(), { commands: [], peer: undefined });
  assert.is(only(server.receive(hello())), toHex(welcome()));
  const asking = server.receive(initiate());
  assert.equal(asking.commands, []);
  assert.is(asking.peer, undefined);
  assert.is(asking.envelope, undefined);
  assert.equal(asking.credentials, { mechanism: 'CURVE', frames: [new Uint8Array(PUBLIC.client)] });
  const done = server.admit();
  assert.is(only(done), toHex(ready()));
  assert.equal(done.peer?.properties, [{ name: 'Socket-Type', value: hex("'DEALER'") }]);
  assert.ok(done.envelope);
});

for (const [role, envelope, from, first] of [
  ['client', clientEnvelope, 'C', 3n],
  ['server', serverEnvelope, 'S', 2n],
] as const) {
  vectors(`a ${role} seals what it sends in message frames, whatever it is`, () => {
    const sink = envelope().sink(new FrameWriter(new Slab(plainMemory)));
    sink.write(MORE, hex("'a'"));
    sink.write(0, hex(''));
    sink.write(COMMAND, hex("04 'PING' 0000"));
    sink.write(0, hex('2A*300'));
    sink.write(0, hex('2B*70000'));
    const expected = [
      frame(0, message(from, first, "'a'", { flags: '01' })),
      frame(0, message(from, first + 1n, '')),
      frame(0, message(from, first + 2n, "04 'PING' 0000", { flags: '02' })),
      frame(0, message(from, first + 3n, '2A*300')),
      frame(0, message(from, first + 4n, '2B*70000')),
    ];
    const sent = joined(sink.take());
    assert.is(toHex(sent), toHex(joined(expected)));
  });
}

for (const [role, envelope, from, first] of [
  ['client', clientEnvelope, 'S', 2n],
  ['server', serverEnvelope, 'C', 3n],
] as const) {
  vectors(`a ${role} opens what the other has sealed, in message frames and in command frames`, () => {
    for (const outer of [0, COMMAND, MORE, 0x78]) {
      const source = envelope().source(new FrameReader(plainMemory), plainMemory);
      const bodies = [
        message(from, first, "'a'", { flags: '01' }),
        message(from, first + 1n, ''),
        message(from, first + 2n, "04 'PING' 0000", { flags: '02' }),
        message(from, first + 3n, '2A*300'),
      ];
      source.push(joined(bodies.map(body => encodeFrame(outer, body))));
      const seen: string[] = [];
      while (source.next()) seen.push(`${source.flags} ${toHex(source.body)}`);
      assert.equal(seen, [`${MORE} 61`, '0 ', `${COMMAND} 0450494e470000`, `0 ${'2a'.repeat(300)}`]);
    }
  });
}

vectors.run();
