/** PLAIN's commands as the tester writes and reads them: by the letter, and lying where it is asked to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseCommand } from '../../conformance/src/raw/command.ts';
import { ascii, filled, toHex } from '../../conformance/src/raw/octets.ts';
import { hello, initiate, parseError, parseHello, parseInitiate, welcome } from '../../conformance/src/raw/plain.ts';

const plain = suite('raw PLAIN');

/** Octets of a short frame's command, behind its name. */
function dataOf(octets: Uint8Array): Uint8Array {
  return parseCommand(octets.subarray(2))?.data ?? ascii('no command');
}

plain('HELLO has the octets of RFC 24', () => {
  assert.is(toHex(hello({ user: 'ab', password: 'c' })), toHex(ascii('\x04\x0b\x05HELLO\x02ab\x01c')));
});

plain('HELLO of 255 octets each goes into a long frame, and comes out as it was', () => {
  const octets = hello({ user: filled(255, 0x61), password: filled(255, 0x62) });
  assert.is(toHex(octets.subarray(0, 9)), '060000000000000206');
  const said = parseHello(octets.subarray(9 + 1 + 'HELLO'.length));
  assert.equal([said?.user, said?.password], [filled(255, 0x61), filled(255, 0x62)]);
});

plain('lengths of HELLO may lie, and are found out', () => {
  const lies = [
    { userLength: 5 },
    { userLength: 3 },
    { passwordLength: 9 },
    { passwordLength: 7 },
    { behind: ascii('x') },
  ];
  for (const lie of lies) assert.is(parseHello(dataOf(hello(lie))), undefined, JSON.stringify(lie));
  assert.is(toHex(hello({ user: 'ab', password: '', userLength: 9 })), toHex(ascii('\x04\x0a\x05HELLO\x09ab\0')));
});

plain('HELLO without anything, or without a password, is none', () => {
  assert.is(parseHello(new Uint8Array(0)), undefined);
  assert.is(parseHello(ascii('\x01a')), undefined);
  assert.equal(parseHello(ascii('\0\0')), { user: new Uint8Array(0), password: new Uint8Array(0) });
});

plain('WELCOME has eight octets, unless it is given more', () => {
  assert.is(toHex(welcome()), toHex(ascii('\x04\x08\x07WELCOME')));
  assert.is(toHex(welcome(ascii('!'))), toHex(ascii('\x04\x09\x07WELCOME!')));
});

plain('INITIATE holds properties, or any octets in their place', () => {
  const properties = parseInitiate(dataOf(initiate({ socketType: 'DEALER' })));
  assert.equal(properties?.get('Socket-Type'), ascii('DEALER'));
  assert.is(parseInitiate(dataOf(initiate(ascii('\x0bSocket-Type\0\0\0\x06DEAL')))), undefined);
});

plain('the reason of an ERROR is one only where its length is the truth', () => {
  assert.is(parseError(ascii('\x03400')), '400');
  assert.is(parseError(ascii('\0')), '');
  for (const data of ['', '\x04400', '\x02400']) assert.is(parseError(ascii(data)), undefined, data);
});

plain.run();
