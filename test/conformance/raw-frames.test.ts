/** Frames, commands and property lists as the tester writes and reads them, lying where it is asked to. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  command,
  commandIn,
  metadata,
  parseCommand,
  parseProperties,
  ping,
  property,
} from '../../conformance/src/raw/command.ts';
import { COMMAND, frame, frameSize, message, MORE, parseFrame } from '../../conformance/src/raw/frame.ts';
import { ascii, filled, hex, join, toHex } from '../../conformance/src/raw/octets.ts';

const frames = suite('raw frames');

frames('a frame is short up to 255 octets, long above, and comes out as it was', () => {
  assert.is(toHex(frame(filled(255, 1)).subarray(0, 2)), '00ff');
  assert.is(toHex(frame(filled(256, 1)).subarray(0, 9)), '020000000000000100');
  for (const count of [0, 255, 256]) {
    const octets = frame(filled(count, 7), { flags: MORE });
    const size = frameSize(octets);
    assert.is(size?.whole, octets.length);
    const { more, command: isCommand, long, body } = parseFrame(octets, size?.head ?? 0);
    assert.equal([more, isCommand, long, body], [true, false, count > 255, filled(count, 7)]);
  }
});

frames('the form, the flags and the size of a frame may lie', () => {
  assert.is(toHex(frame(ascii('a'), { long: true })), '02000000000000000161');
  assert.is(toHex(frame(ascii('a'), { size: 200 })), '00c861');
  assert.is(toHex(frame(ascii('a'), { long: true, size: 2n ** 64n - 1n, flags: COMMAND })), '06ffffffffffffffff61');
  assert.is(toHex(frame(filled(300, 0), { long: false }).subarray(0, 2)), '002c', 'the low octet of 300');
});

frames('the size of a frame is not known before its head is whole', () => {
  assert.is(frameSize(hex('')), undefined);
  assert.is(frameSize(hex('00')), undefined);
  assert.is(frameSize(hex('02 00 00 00 00 00 00 00')), undefined);
  assert.equal(frameSize(hex('02 00 00 00 00 00 00 01 00')), { head: 9, whole: 265 });
});

frames('all parts of a message but the last say that more follow', () => {
  assert.is(toHex(message(ascii('a'), ascii(''), ascii('b'))), '010161' + '0100' + '000162');
});

frames('a command has its name, whose length may lie, and its data', () => {
  assert.is(toHex(command('HI', ascii('x'))), '0404' + '024849' + '78');
  assert.is(toHex(command('HI', ascii('x'), { nameLength: 9 })), '0404' + '094849' + '78');
  assert.is(toHex(ping('c', 258)), toHex(ascii('\x04\x08\x04PING\x01\x02c')));
  assert.equal(parseCommand(hex('02 48 49 78')), { name: 'HI', data: ascii('x') });
  assert.is(parseCommand(hex('09 48 49 78')), undefined);
  assert.is(parseCommand(hex('')), undefined);
});

frames('only a command frame holds a command', () => {
  const octets = command('HI');
  assert.is(commandIn(parseFrame(octets, 2))?.name, 'HI');
  assert.is(commandIn(parseFrame(command('HI', ascii(''), { flags: 0 }), 2)), undefined);
});

frames('a list of properties comes out in its order, and only where it adds up', () => {
  const octets = metadata({ socketType: 'REQ', identity: ascii('me'), others: property('X', '') });
  assert.equal(parseProperties(octets), [
    ['Socket-Type', ascii('REQ')],
    ['Identity', ascii('me')],
    ['X', ascii('')],
  ]);
  assert.equal(parseProperties(ascii('')), []);
  const unsound = [
    { nameLength: 9 },
    { nameLength: 0 },
    { valueLength: 2 },
    { valueLength: 4 },
    { valueLength: 2 ** 32 - 1 },
  ];
  for (const lie of unsound) assert.is(parseProperties(property('Name', 'abc', lie)), undefined, JSON.stringify(lie));
  assert.is(parseProperties(join(property('X', 'a'), hex('00'))), undefined, 'an octet behind');
});

frames.run();
