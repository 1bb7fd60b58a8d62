// @deadline 120
/** Who must not come in: ours at libzmq, libzmq at ours, and one libzmq at the other, whose manners are the model. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Part } from '../support/peers/peer-socket.ts';
import { startPeer } from '../support/peers/peer.ts';
import { dialRaw } from '../support/peers/raw-stream.ts';
import { type ZapAnswer, type ZapReply, zapReply } from '../support/peers/zap-handler.ts';
import { greeting } from '../support/raw-zmtp.ts';
import { addAtOnce } from './at-once.ts';
import { type EndOptions, ours } from './end.ts';
import { type Refusal, refuse } from './refusal.ts';
import {
  CLIENT,
  CURVE_SERVER,
  DOMAIN,
  PLAIN_SERVER,
  STRANGER,
  curveClient,
  fairAnswer,
  plainClient,
} from './security.ts';

const [npm, python] = await Promise.all([startPeer('npm'), startPeer('python')]);

const refusals = suite('refusals between ours and libzmq');

const CURVE: EndOptions = { ...CURVE_SERVER, zapDomain: DOMAIN };

/** Says this about everybody whom {@link fairAnswer} does not let in. */
function otherwise(answer: readonly Part[] | undefined): ZapAnswer {
  return frames => {
    const fair = fairAnswer(frames);
    return String(fair?.[2]) === '200' ? fair : answer;
  };
}

/** An answer with one frame replaced, or added. */
function malformed(frame: number, value: Part): readonly Part[] {
  const reply: Part[] = [...zapReply({ status: 200 })];
  reply[frame] = value;
  return reply;
}

const STATUSES: readonly Refusal[] = ([300, 400, 500] as const).flatMap(status => refusedWith(status));

function refusedWith(status: ZapReply['status']): Refusal[] {
  const answer = otherwise(zapReply({ status }));
  // 300 is not told, so the client finds the end of its patience or of the connection
  const told = status === 300 ? ['other'] : [`auth ${status}`];
  const rest = { answer, serverTells: [`auth ${status}`], clientTells: told, returns: status === 300 };
  // libzmq's PLAIN knows ERROR only as it spells it itself, and takes the RFC's for a breach of the protocol
  const spelt = status === 300 ? {} : { clientTellsAtOurs: ['protocol ERR_ZMTP_UNEXPECTED_COMMAND'] };
  return [
    { name: `CURVE, ${status}`, server: CURVE, client: curveClient(STRANGER), welcome: curveClient(), ...rest },
    {
      name: `PLAIN, ${status}`,
      server: PLAIN_SERVER,
      client: plainClient('wrong'),
      welcome: plainClient(),
      ...rest,
      ...spelt,
    },
    { name: `NULL, ${status}`, server: { zapDomain: 'another domain' }, client: {}, ...rest },
  ];
}

const UNANSWERED: readonly Refusal[] = [
  ...(
    [
      ['of version 2.0', 0, '2.0', 'ERR_ZAP_BAD_VERSION'],
      ['to another request', 1, '2', 'ERR_ZAP_BAD_REQUEST_ID'],
      ['with status 201', 2, '201', 'ERR_ZAP_INVALID_STATUS_CODE'],
      ['with torn metadata', 5, '\x05torn', 'ERR_ZAP_INVALID_METADATA'],
      ['with one frame too many', 6, '', 'ERR_ZAP_MALFORMED_REPLY'],
    ] as const
  ).flatMap(([what, frame, value, code]) => {
    const answer = otherwise(malformed(frame, value));
    const rest = { answer, serverTells: [`protocol ${code}`], clientTells: ['other'], returns: true };
    return [
      {
        name: `CURVE, an answer ${what}`,
        server: CURVE,
        client: curveClient(STRANGER),
        welcome: curveClient(),
        ...rest,
      },
      { name: `PLAIN, an answer ${what}`, server: PLAIN_SERVER, client: plainClient('wrong'), ...rest },
      { name: `NULL, an answer ${what}`, server: { zapDomain: 'another domain' }, client: {}, ...rest },
    ];
  }),
  ...(
    [
      ['CURVE', CURVE, curveClient(STRANGER), curveClient()],
      ['PLAIN', PLAIN_SERVER, plainClient('wrong'), plainClient()],
    ] as const
  ).map(([name, server, client, welcome]) => ({
    name: `${name}, no answer`,
    server,
    client,
    welcome,
    answer: otherwise(undefined),
    serverTells: ['other'],
    clientTells: ['other'],
    returns: true,
  })),
  ...(
    [
      ['PLAIN', PLAIN_SERVER, plainClient()],
      ['NULL in a domain', { zapDomain: DOMAIN, zapEnforceDomain: true }, {}],
      ['CURVE in a domain', { ...CURVE, zapEnforceDomain: true }, curveClient()],
    ] as const
  ).map(([name, server, client]) => ({
    name: `${name}, nobody to answer`,
    server,
    client,
    serverTells: ['other'],
    clientTells: ['other'],
    returns: true,
  })),
];

const CRYPTOGRAPHIC: readonly Refusal[] = [
  {
    name: 'CURVE, another server key',
    server: CURVE_SERVER,
    client: curveClient(CLIENT, STRANGER.publicKey),
    welcome: curveClient(),
    answer: () => zapReply({ status: 200 }),
    serverTells: ['protocol ERR_ZMTP_CRYPTOGRAPHIC'],
    clientTells: ['other'],
    returns: true,
  },
];

/** Who sees the other's greeting first closes, and the other may see no more than that. */
const MISMATCH = ['protocol ERR_ZMTP_MECHANISM_MISMATCH', 'other'];

const MISMATCHES: readonly Refusal[] = (
  [
    ['CURVE at NULL', {}, curveClient(), {}],
    ['PLAIN at NULL', {}, plainClient(), {}],
    ['NULL at CURVE', CURVE, {}, curveClient()],
    ['PLAIN at CURVE', CURVE, plainClient(), curveClient()],
    ['NULL at PLAIN', PLAIN_SERVER, {}, plainClient()],
    ['CURVE at PLAIN', PLAIN_SERVER, curveClient(), plainClient()],
  ] as const
).map(([name, server, client, welcome]) => ({
  name,
  server,
  client,
  welcome,
  answer: fairAnswer,
  serverTells: MISMATCH,
  clientTells: MISMATCH,
}));

/** Servers wait for each other; of clients each is told something that is not for a client. */
const SAME_ROLES: readonly Refusal[] = (
  [
    ['two servers of CURVE', CURVE, CURVE, ['other']],
    ['two servers of PLAIN', PLAIN_SERVER, PLAIN_SERVER, ['other']],
    ['two clients of CURVE', curveClient(), curveClient(), ['protocol ERR_ZMTP_UNEXPECTED_COMMAND', 'other']],
    ['two clients of PLAIN', plainClient(), plainClient(), ['protocol ERR_ZMTP_UNEXPECTED_COMMAND', 'other']],
  ] as const
).map(([name, server, client, tells]) => ({ name, server, client, serverTells: tells, clientTells: tells }));

const ALL = [...STATUSES, ...UNANSWERED, ...CRYPTOGRAPHIC, ...MISMATCHES, ...SAME_ROLES];

const MATCHES = [
  [ours, npm],
  [ours, python],
  [npm, ours],
  [python, ours],
  [npm, python],
  [python, npm],
] as const;

/** Somebody who has said which mechanism it wants, and waits. */
const PATIENT = [ours, npm, python].flatMap(side =>
  (
    [
      ['PLAIN', 'NULL', {}],
      ['NULL', 'CURVE', CURVE],
      ['CURVE', 'PLAIN', PLAIN_SERVER],
    ] as const
  ).map(([mechanism, own, options]) => ({
    name: `${side.name} of ${own} ends the connection of somebody who wants ${mechanism} and says no more`,
    play: async () => {
      const end = await side.open('PULL', options);
      try {
        const raw = await dialRaw(await end.bind());
        await raw.write(greeting({ mechanism }));
        await raw.until(() => raw.ended, 'end');
        await end.untilEvent('disconnect');
        assert.equal(end.details('handshake:error:protocol'), ['ERR_ZMTP_MECHANISM_MISMATCH']);
      } finally {
        await end.close();
      }
    },
  })),
);

addAtOnce(refusals, [
  ...PATIENT,
  ...MATCHES.flatMap(([client, server]) =>
    ALL.map(refusal => ({
      name: `${refusal.name}: ${client.name} comes to ${server.name}`,
      play: () => refuse(refusal, client, server),
    })),
  ),
]);

refusals.after(async () => {
  await Promise.all([npm.kill(), python.kill()]);
});
refusals.run();
