import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import { SOCKET_TYPES } from '../../src/zmtp/socket-type.ts';
import { command, error, frame, message, ping, ready } from '../support/raw-zmtp.ts';
import { hex, joined, pattern, toHex } from '../support/zmtp-hex.ts';
import { cut, drain, feed, messageOf, readySide, taken } from '../support/zmtp-side.ts';
import { isDiscarded, saidTo } from '../support/zmtp-types.ts';

const connection = suite('zmtp/connection: traffic');

const PUBLISHERS = ['PUB', 'XPUB'] as const;
const SUBSCRIBERS = ['SUB', 'XSUB'] as const;
const OTHERS = SOCKET_TYPES.filter(type => type !== 'PUB' && type !== 'XPUB');

// out

for (const [what, parts, wire] of [
  ['one part', ["'a'"], "00 01 'a'"],
  ['an empty part', [''], '00 00'],
  ['three parts, the middle one empty', ["'a'", '', "'c'"], "01 01 'a' | 01 00 | 00 01 'c'"],
  ['255 octets', ['55*255'], '00 FF 55*255'],
  ['256 octets', ['55*256'], '02 0000000000000100 55*256'],
  ['256 octets and one', ['55*256', '00'], '03 0000000000000100 55*256 | 00 01 00'],
  ['65,537 octets', ['55*65537'], '02 0000000000010001 55*65537'],
] as const) {
  connection(`sends a message of ${what} as ${wire}`, () => {
    const dealer = readySide('DEALER');
    dealer.send(parts.map(hex));
    assert.is(dealer.outputBytes, hex(wire).length);
    assert.is(toHex(taken(dealer)), toHex(hex(wire)));
    assert.is(dealer.outputBytes, 0);
  });
}

connection('sends messages and answers in the order in which they came about', () => {
  const dealer = readySide('DEALER');
  dealer.send([hex("'a'")]);
  feed(dealer, [ping(0, 'x')]);
  dealer.send([hex("'b'")]);
  assert.is(toHex(taken(dealer)), toHex(hex("00 01 'a' | 04 06 04 'PONG' 'x' | 00 01 'b'")));
});

connection('hands on a large body by reference', () => {
  const dealer = readySide('DEALER');
  const body = pattern(100_000);
  dealer.send([body]);
  assert.ok(dealer.takeOutput().includes(body));
});

connection('lets nobody send once it is over', () => {
  const dealer = readySide('DEALER');
  feed(dealer, [frame(4, '')]);
  assert.throws(
    () => dealer.send([hex('')]),
    (thrown: unknown) => thrown instanceof UsageError && thrown.code === 'EFSM',
  );
});

// in

for (const [what, wire, parts] of [
  ['one frame', "00 01 'a'", ["'a'"]],
  ['an empty frame', '00 00', ['']],
  ['three frames, empty ones too', "01 01 'a' | 01 00 | 00 01 'c'", ["'a'", '', "'c'"]],
  ['only empty frames', '01 00 | 01 00 | 00 00', ['', '', '']],
  ['a long head without need', "02 0000000000000001 'a'", ["'a'"]],
  ['reserved bits', "F9 01 'a' | F8 01 'b'", ["'a'", "'b'"]],
  ['256 octets', '02 0000000000000100 55*256', ['55*256']],
  ['65,537 octets', '02 0000000000010001 55*65537', ['55*65537']],
] as const) {
  connection(`takes a message of ${what}`, () => {
    for (const lengths of [[Infinity], [1], [7]]) {
      assert.equal(feed(readySide('DEALER'), cut(hex(wire), lengths)), [messageOf(...parts)]);
    }
  });
}

connection('takes a thousand messages out of one chunk, in order', () => {
  const numbers = Array.from({ length: 1000 }, (_, i) => String(i));
  const octets = joined(numbers.map(number => message(number)));
  assert.equal(
    feed(readySide('PULL'), [octets]),
    numbers.map(number => messageOf(`'${number}'`)),
  );
});

connection('shows no message before its last frame', () => {
  const pull = readySide('PULL');
  assert.equal(feed(pull, [frame(1, 'a'), frame(1, 'b')]), []);
  assert.equal(feed(pull, [frame(0, 'c')]), [messageOf("'a'", "'b'", "'c'")]);
});

connection('never gives the same array twice', () => {
  const pull = readySide('PULL');
  pull.receive(joined([message('a', 'b'), message('c', 'd')]), 0);
  const [first, second] = [pull.nextEvent(), pull.nextEvent()];
  assert.equal(first?.kind === 'messages' && first.messages.map(message => message.map(toHex)), [['61', '62']]);
  assert.equal(second?.kind === 'messages' && second.messages.map(message => message.map(toHex)), [['63', '64']]);
});

connection('decodes only what is asked for', () => {
  const pull = readySide('PULL');
  pull.receive(joined([message('a'), ping(0), message('b')]), 0);
  assert.is(pull.nextEvent()?.kind, 'messages');
  assert.is(pull.outputBytes, 0);
  assert.is(pull.nextEvent()?.kind, 'messages');
  assert.is.not(pull.outputBytes, 0);
});

// commands

for (const [what, octets] of [
  ['one nobody knows', command('XYZZY', 'data')],
  ['one without data', command('X')],
  ['a name of 255 octets', frame(4, hex('FF 41*255'))],
  ['ping in small letters', command('ping', 'ab')],
  ['subscribe in small letters', command('subscribe', 'a')],
  ['join in small letters', command('join', 'group')],
  ['a READY', ready('PUB')],
  ['a READY that cannot be read', command('READY', hex('05'))],
  ['an ERROR', error('400')],
  ['an ERROR that cannot be read', command('ERROR')],
  ['a PONG', command('PONG', 'zz')],
  ['a PONG of 100 octets', command('PONG', pattern(100))],
  ['one of 60,000 octets', command('XYZZY', pattern(60_000))],
] as const) {
  connection(`ignores the command ${what}, between messages and within one`, () => {
    for (const type of SOCKET_TYPES) {
      const own = readySide(type);
      const last = saidTo(type, 'c');
      const first = isDiscarded(type, 2) ? 'discarded' : messageOf("'a'", "'b'");
      const octets3 = [octets, frame(1, 'a'), octets, frame(0, 'b'), octets, last.octets];
      assert.equal(feed(own, octets3), [first, last.words], type);
      assert.is(own.outputBytes, 0);
    }
  });
}

for (const [what, body] of [
  ['nothing', ''],
  ['a name of no octets', '00'],
  ['a name of no octets, and data', "00 'abc'"],
  ['a name beyond the body', "05 'PING'"],
  ['a length alone', '01'],
  ['a PING without its TTL', "04 'PING'"],
  ['a PING with half a TTL', "04 'PING' 00"],
] as const) {
  connection(`ends at a command of ${what}, and tells the peer nothing`, () => {
    const own = readySide('ROUTER');
    const events = feed(own, [message('a'), frame(4, hex(body)), message('b')]);
    assert.equal(events, [messageOf("'a'"), 'over ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED']);
    assert.is(own.outputBytes, 0);
  });
}

connection('forgets a half message when it ends', () => {
  const own = readySide('ROUTER');
  assert.equal(feed(own, [frame(1, 'a'), frame(4, ''), frame(0, 'b')]), [
    'over ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED',
  ]);
});

// PING and PONG

for (const length of [0, 1, 3, 15, 16]) {
  connection(`answers PING with the ${length} octets of its context`, () => {
    const own = readySide('ROUTER');
    assert.equal(feed(own, [ping(0, pattern(length))]), []);
    assert.is(toHex(taken(own)), toHex(command('PONG', pattern(length))));
  });
}

for (const length of [17, 18, 200, 300]) {
  connection(`answers PING with 16 of the ${length} octets of its context`, () => {
    const own = readySide('ROUTER');
    assert.equal(feed(own, [ping(0, pattern(length))]), []);
    assert.is(toHex(taken(own)), toHex(command('PONG', pattern(16))));
  });
}

connection('answers a hundred PINGs in one chunk, each and in order', () => {
  const own = readySide('ROUTER');
  const numbers = Array.from({ length: 100 }, (_, i) => `n${i}`);
  assert.equal(feed(own, [joined(numbers.map(number => ping(10, number)))]), []);
  assert.is(toHex(taken(own)), toHex(joined(numbers.map(number => command('PONG', number)))));
});

connection('answers PING between the frames of a message, which stays whole', () => {
  const own = readySide('ROUTER');
  const octets = joined([frame(1, 'a'), ping(0, '1'), frame(1, ''), ping(0, '2'), frame(0, 'b')]);
  assert.equal(feed(own, cut(octets, [1])), [messageOf("'a'", '', "'b'")]);
  assert.is(toHex(taken(own)), toHex(joined([command('PONG', '1'), command('PONG', '2')])));
});

connection('answers PING with MORE, which means nothing on a command', () => {
  const own = readySide('ROUTER');
  assert.equal(feed(own, [frame(5, hex("04 'PING' 0000 'x'")), message('a')]), [messageOf("'a'")]);
  assert.is(toHex(taken(own)), toHex(command('PONG', 'x')));
});

connection('answers PING with a long head, and that of a 3.0 peer', () => {
  for (const minor of [0, 1]) {
    const own = readySide('ROUTER', {}, minor);
    feed(own, [hex("06 0000000000000008 04 'PING' 0000 'x'")]);
    assert.is(toHex(taken(own)), toHex(command('PONG', 'x')));
  }
});

// subscriptions

for (const type of PUBLISHERS) {
  connection(`shows SUBSCRIBE and CANCEL to a ${type} as messages, of 3.0 and 3.1 peers alike`, () => {
    const octets = [command('SUBSCRIBE', 'abc'), command('CANCEL', 'abc'), command('SUBSCRIBE'), command('CANCEL')];
    const expected = [messageOf("01 'abc'"), messageOf("00 'abc'"), messageOf('01'), messageOf('00')];
    for (const minor of [0, 1]) {
      assert.equal(feed(readySide(type, {}, minor), octets), expected);
      assert.equal(feed(readySide(type, {}, minor), [joined(octets)]), expected);
    }
  });

  connection(`shows subscriptions that come to a ${type} as messages, of 3.0 and 3.1 peers alike`, () => {
    for (const minor of [0, 1]) {
      const events = feed(readySide(type, {}, minor), [message(hex("01 'abc'")), message(hex('00'))]);
      assert.equal(events, [messageOf("01 'abc'"), messageOf('00')]);
    }
  });

  connection(`shows a ${type} a SUBSCRIBE within a message first, and keeps the message whole`, () => {
    const octets = [frame(1, 'a'), command('SUBSCRIBE', 't'), frame(0, 'b')];
    assert.equal(feed(readySide(type), octets), [messageOf("01 't'"), messageOf("'a'", "'b'")]);
  });

  connection(`shows a ${type} a topic of 60,000 octets`, () => {
    const topic = pattern(60_000);
    assert.equal(feed(readySide(type), cut(command('SUBSCRIBE', topic), [1000])), [`message 01${toHex(topic)}`]);
  });
}

connection('shows SUBSCRIBE and CANCEL to nobody else, least of all as data', () => {
  for (const type of OTHERS) {
    for (const minor of [0, 1]) {
      const { octets, words } = saidTo(type, 'b');
      const chunks = [command('SUBSCRIBE', 'a'), command('CANCEL', 'a'), octets];
      assert.equal(feed(readySide(type, {}, minor), chunks), [words], type);
    }
  }
});

for (const type of SUBSCRIBERS) {
  connection(`sends the subscriptions of a ${type} as commands to a peer of 3.1`, () => {
    const own = readySide(type);
    for (const octets of ["01 'abc'", "00 'abc'", '01', '00']) own.send([hex(octets)]);
    const commands = "04 0D 09 'SUBSCRIBE' 'abc' | 04 0A 06 'CANCEL' 'abc' | 04 0A 09 'SUBSCRIBE' | 04 07 06 'CANCEL'";
    assert.is(toHex(taken(own)), toHex(hex(commands)));
  });

  connection(`sends the subscriptions of a ${type} as messages to a peer of 3.0`, () => {
    const own = readySide(type, {}, 0);
    for (const octets of ["01 'abc'", "00 'abc'", '01', '00']) own.send([hex(octets)]);
    assert.is(toHex(taken(own)), toHex(hex("00 04 01 'abc' | 00 04 00 'abc' | 00 01 01 | 00 01 00")));
  });

  connection(`sends a ${type}'s topic of more than a short frame takes`, () => {
    const own = readySide(type);
    own.send([joined([hex('01'), pattern(300)])]);
    assert.is(toHex(taken(own)), toHex(command('SUBSCRIBE', pattern(300))));
  });

  connection(`leaves alone the messages of a ${type} that are no subscriptions`, () => {
    const own = readySide(type);
    own.send([hex('02 61')]);
    own.send([hex('')]);
    own.send([hex('01 61'), hex('62')]);
    assert.is(toHex(taken(own)), toHex(hex('00 02 0261 | 00 00 | 01 02 0161 00 01 62')));
  });
}

connection('leaves alone the messages of all others, whatever they begin with', () => {
  for (const type of SOCKET_TYPES) {
    if (type === 'SUB' || type === 'XSUB' || type === 'DISH') continue;
    const own = readySide(type);
    own.send([hex('01 61')]);
    assert.is(toHex(taken(own)), toHex(hex('00 02 01 61')), type);
  }
});

connection('comes to rest when nothing comes in', () => {
  const own = readySide('ROUTER');
  own.receive(new Uint8Array(0), 0);
  assert.equal(drain(own), []);
  assert.equal(own.takeOutput(), []);
  assert.is(own.deadline(), undefined);
});

connection.run();
