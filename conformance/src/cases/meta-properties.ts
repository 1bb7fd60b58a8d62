/** The property list in READY: what the target sends, and what it makes of lists that are odd, unsound or wrong. */
import { defineCase, type Case } from '../catalogue/case.ts';
import { commandIn, parseProperties, property, ready, type Metadata } from '../raw/command.ts';
import { ascii, filled, hex, join, toAscii } from '../raw/octets.ts';
import { Unreached } from '../raw/raw-peer.ts';
import { SOCKET_TYPES } from '../target/protocol.ts';
import { CLOSED, entry } from '../trial/after.ts';
import { connections, type Step } from '../trial/steps.ts';
import type { Trial } from '../trial/trial.ts';

/** RFC 37 "The NULL Mechanism": what a property's name is made of. */
const NAME = /^[\w.+-]{1,255}$/;

export const propertyCases: readonly Case[] = [
  defineCase({
    id: 'meta/1',
    types: SOCKET_TYPES,
    judge: { READY: { rfc: ['as-required'] } },
    run: async trial => {
      const properties = await propertiesOf(trial);
      if (properties === undefined) return { READY: 'differs(the lengths do not add up)' };
      const odd = properties.find(([name]) => !NAME.test(name));
      return { READY: odd === undefined ? 'as-required' : `differs(a name of ${odd[0].length} octets)` };
    },
  }),

  defineCase({
    id: 'meta/2',
    types: SOCKET_TYPES,
    judge: { 'Socket-Type': { rfc: ['as-required'] } },
    run: async trial => {
      const properties = (await propertiesOf(trial)) ?? [];
      const types = properties
        .filter(([name]) => name.toLowerCase() === 'socket-type')
        .map(([, type]) => toAscii(type));
      const sound = types.length === 1 && types[0] === trial.type;
      return { 'Socket-Type': sound ? 'as-required' : `differs(${types.join(' ') || 'absent'})` };
    },
  }),

  defineCase({
    id: 'meta/3',
    judge: {
      'no property': { rfc: ['open', ...CLOSED], wire: ['open'] },
      'Identity alone': { rfc: ['open', ...CLOSED], wire: ['open'] },
    },
    run: trial =>
      connections(trial, {
        'no property': readyOf(trial, {}),
        'Identity alone': readyOf(trial, { identity: ascii('nameless') }),
      }),
  }),

  defineCase({
    id: 'meta/4',
    types: ['ROUTER'],
    judge: { 'socket-type: PUB': { rfc: CLOSED }, 'SOCKET-TYPE: DEALER': { rfc: ['open'] } },
    run: trial =>
      connections(trial, {
        'socket-type: PUB': readyOf(trial, { others: property('socket-type', 'PUB') }),
        'SOCKET-TYPE: DEALER': readyOf(trial, { others: property('SOCKET-TYPE', 'DEALER') }),
      }),
  }),

  defineCase({
    id: 'meta/6',
    judge: { 'empty name': { rfc: CLOSED, lenient: ['open'] } },
    run: trial => connections(trial, { 'empty name': withOthers(trial, property('', 'value')) }),
  }),

  defineCase({
    id: 'meta/7',
    judge: { 'empty value': { rfc: ['open'] } },
    run: trial => connections(trial, { 'empty value': withOthers(trial, property('X-Test', '')) }),
  }),

  defineCase({
    id: 'meta/8',
    judge: {
      '5 of 3': { rfc: CLOSED, lenient: ['open'] },
      '2^31': { rfc: CLOSED, lenient: ['open'] },
      '2^32-1': { rfc: CLOSED, lenient: ['open'] },
    },
    run: trial => {
      const claiming = (valueLength: number): Step => withOthers(trial, property('X-Test', 'abc', { valueLength }));
      return connections(trial, { '5 of 3': claiming(5), '2^31': claiming(2 ** 31), '2^32-1': claiming(2 ** 32 - 1) });
    },
  }),

  defineCase({
    id: 'meta/9',
    judge: {
      'name beyond the body': { rfc: CLOSED, lenient: ['open'] },
      'one stray octet': { rfc: CLOSED, lenient: ['open'] },
      'three octets of the length': { rfc: CLOSED, lenient: ['open'] },
      'no length': { rfc: CLOSED, lenient: ['open'] },
    },
    run: trial => {
      const whole = property('X-Test', ''); // 1 octet, 6 of the name, 4 of the length
      return connections(trial, {
        'name beyond the body': withOthers(trial, whole.subarray(0, 5)),
        'one stray octet': withOthers(trial, whole.subarray(0, 1)),
        'three octets of the length': withOthers(trial, whole.subarray(0, 10)),
        'no length': withOthers(trial, whole.subarray(0, 7)),
      });
    },
  }),

  defineCase({
    id: 'meta/10',
    judge: {
      'a blank': { rfc: CLOSED, lenient: ['open'] },
      'an octet above 7F': { rfc: CLOSED, lenient: ['open'] },
    },
    run: trial =>
      connections(trial, {
        'a blank': withOthers(trial, property('a b', 'value')),
        'an octet above 7F': withOthers(trial, property(toAscii(hex('ff')), 'value')),
      }),
  }),

  defineCase({
    id: 'meta/11',
    judge: { Foo: { rfc: ['open'] }, 'X-Test': { rfc: ['open'] }, 'many of them': { rfc: ['open'] } },
    run: trial =>
      connections(trial, {
        Foo: withOthers(trial, property('Foo', 'value')),
        'X-Test': withOthers(trial, property('X-Test', filled(256, 0xfe))),
        'many of them': withOthers(trial, join(...Array.from({ length: 20 }, (_, i) => property(`X-${i}`, 'value')))),
      }),
  }),

  defineCase({
    id: 'meta/17',
    judge: { Resource: { rfc: ['open'] }, 'an empty one': { rfc: ['open'] } },
    run: trial =>
      connections(trial, {
        Resource: withOthers(trial, property('Resource', 'a/b')),
        'an empty one': withOthers(trial, property('Resource', '')),
      }),
  }),

  defineCase({
    id: 'meta/18',
    judge: {
      dealer: { rfc: CLOSED },
      FOO: { rfc: CLOSED },
      'DEALER and a NUL': { rfc: CLOSED },
      empty: { rfc: CLOSED },
    },
    run: trial => {
      const calledBy = (socketType: string): Step => readyOf(trial, { socketType });
      return connections(trial, {
        dealer: calledBy('dealer'),
        FOO: calledBy('FOO'),
        'DEALER and a NUL': calledBy('DEALER\0'),
        empty: calledBy(''),
      });
    },
  }),
];

/** The target's own, or undefined where its list cannot be read. */
async function propertiesOf(trial: Trial): Promise<ReturnType<typeof parseProperties>> {
  const peer = await trial.meet(await trial.open());
  await peer.greet();
  peer.write(ready(trial.metadataOf(trial.type)), 'READY');
  const found = commandIn(await peer.expectFrame('READY'));
  if (found?.name !== 'READY') throw new Unreached(`${found?.name ?? 'something else'} in place of READY`);
  return parseProperties(found.data);
}

/** Introduces itself with these properties alone. */
function readyOf(trial: Trial, fields: Metadata): Step {
  return async peer => {
    await peer.greet();
    peer.write(ready(fields), 'READY');
    return entry(trial, peer);
  };
}

/** A sound introduction with these octets behind it, properties or not. */
function withOthers(trial: Trial, others: Uint8Array): Step {
  return readyOf(trial, { ...trial.metadataOf(trial.type), others });
}
