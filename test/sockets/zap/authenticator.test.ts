import { Buffer } from 'node:buffer';
import { format, inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { authenticationRequest, type AuthenticationRequest } from '../../../src/sockets/zap/authenticator.ts';
import type { Credentials } from '../../../src/zmtp/mechanism.ts';
import { encodeZ85 } from '../../../src/zmtp/z85.ts';

const request = suite('sockets/zap/authenticator');

function make(mechanism: Credentials['mechanism'], ...frames: Uint8Array[]): AuthenticationRequest {
  const routingId = Uint8Array.of(1, 2);
  return authenticationRequest({ domain: 'd', address: '10.0.0.1', routingId, credentials: { mechanism, frames } });
}

const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

request('tells what every request tells', () => {
  const asked = make('NULL');
  assert.is(asked.mechanism, 'NULL');
  assert.equal([asked.domain, asked.address, [...asked.routingId]], ['d', '10.0.0.1', [1, 2]]);
  assert.equal(asked.credentials, []);
});

request('names user and password and keeps their octets', () => {
  const frames = [octets('jürgen'), octets('p\0ß😀')];
  const asked = make('PLAIN', ...frames);
  if (asked.mechanism !== 'PLAIN') throw new Error('wrong mechanism');
  assert.equal([asked.username, asked.password], ['jürgen', 'p\0ß😀']);
  assert.equal(asked.credentials, frames);
});

request(
  'takes the mark at the beginning of a text for a character, and never fails for octets that are no UTF-8',
  () => {
    const asked = make('PLAIN', octets('\ufeffadmin'), Uint8Array.of(0xff, 0x61, 0xc3));
    if (asked.mechanism !== 'PLAIN') throw new Error('wrong mechanism');
    assert.equal([asked.username, asked.password], ['\ufeffadmin', '\ufffda\ufffd']);
    assert.equal([...(asked.credentials[1] ?? [])], [0xff, 0x61, 0xc3]);
  },
);

request('has the public key as text', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const asked = make('CURVE', key);
  if (asked.mechanism !== 'CURVE') throw new Error('wrong mechanism');
  assert.is(asked.publicKey, encodeZ85(key));
  assert.equal(asked.credentials, [key]);
});

request('shows neither password nor credentials, however it is printed or copied', () => {
  const asked = make('PLAIN', octets('walter'), octets('opensesame'));
  const forms = [
    inspect(asked),
    inspect(asked, { showHidden: true, getters: true, depth: 9 }),
    format('%o %O %j %s', asked, asked, asked, asked),
    JSON.stringify(asked),
    JSON.stringify({ ...asked }),
    inspect(structuredClone({ ...asked })),
    Object.keys(asked).join(),
    Object.entries(asked).join(),
  ];
  for (const form of forms) {
    assert.not(form.includes('opensesame'), form);
    assert.not(form.includes('6f 70 65'), form); // "ope" as a Buffer shows it
    assert.not(form.includes('111, 112'), form); // and as an array does
    assert.not(form.includes('"0":111'), form);
    assert.not(/password|credentials/.test(form), form);
  }
  assert.match(inspect(asked), 'walter');
});

request.run();
