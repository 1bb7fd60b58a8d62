/**
 * Who is asked about a socket's peers, and what becomes of them when nobody is there. The mechanism has decided that
 * somebody should be asked: PLAIN and CURVE always do, NULL where the socket has a domain.
 *
 *                                          NULL          PLAIN       CURVE
 *      somebody is there                   asked         asked       asked
 *      nobody, domain not enforced         let in        refused     let in
 *      nobody, domain enforced             refused       refused     refused
 *      domain enforced, and there is none  –             –           let in, and nobody is asked
 *
 * As in libzmq, but for a name that a socket has bound which cannot answer: that is a mistake, and lets nobody in.
 */
import type { Answer, Gatekeeper } from '../../engine/gatekeeper.ts';
import { ProtocolError } from '../../errors.ts';
import type { Message } from '../../message.ts';
import { Metadata } from '../../zmtp/metadata.ts';
import { mayTalk, type SocketType } from '../../zmtp/socket-type.ts';
import type { Context } from '../context.ts';
import type { AllOptions } from '../option-table.ts';
import { visitorAddress } from './address.ts';
import { authenticationRequest, type Authenticator, type Inquiry } from './authenticator.ts';
import { answerOfFrames, answerOfFunction, failedAuthenticator, REQUEST_ID, ZAP_VERSION, type Fits } from './reply.ts';

/** Comes in, and nothing is known of it. */
const STRANGER: Answer = { userId: '', metadata: new Metadata([]) };

/** For the peers of one endpoint; the options count as they are now, the authenticator as it is when a peer comes. */
export function gatekeeperOf(
  type: SocketType | 'STREAM',
  { zapDomain, zapEnforceDomain, routingId }: AllOptions,
  context: Context,
): Gatekeeper {
  const fits: Fits = other => type !== 'STREAM' && mayTalk(type, other);
  return ({ credentials, remoteAddress }, answer) => {
    if (credentials.mechanism === 'CURVE' && zapEnforceDomain && zapDomain === null) {
      answer(STRANGER);
      return ignore;
    }
    const asked: Inquiry = { domain: zapDomain ?? '', address: visitorAddress(remoteAddress), routingId, credentials };
    const { authenticator, zapHandler } = context;
    if (authenticator !== null) return askFunction({ authenticator, asked, fits }, answer);
    const { presence } = zapHandler;
    if (presence === 'handler') {
      return zapHandler.ask(requestFrames(asked), reply => {
        answer(reply === undefined ? handlerGone() : answerOfFrames(reply, fits));
      });
    }
    const mayPass = presence === 'none' && credentials.mechanism !== 'PLAIN' && !zapEnforceDomain;
    answer(mayPass ? STRANGER : noHandler(presence));
    return ignore;
  };
}

/** The frames of RFC 27. A REP takes the empty one off, a ROUTER shows it. Octets are copied: a connection wipes its own. */
function requestFrames({ domain, address, routingId, credentials }: Inquiry): Message {
  const texts = ['', ZAP_VERSION, REQUEST_ID, domain, address].map(text => Buffer.from(text));
  return [
    ...texts,
    Buffer.from(routingId),
    Buffer.from(credentials.mechanism),
    ...credentials.frames.map(frame => Buffer.from(frame)),
  ];
}

/** A function, and what it is asked. */
interface Call {
  readonly authenticator: Authenticator;
  readonly asked: Inquiry;
  readonly fits: Fits;
}

function askFunction(call: Call, answer: (answer: Answer) => void): () => void {
  const controller = new AbortController();
  let open = true;
  void judge(call, controller.signal).then(judged => {
    if (open) answer(judged);
    open = false;
  });
  return () => {
    if (open) controller.abort();
    open = false;
  };
}

/** Never rejects, whatever the function does. */
async function judge({ authenticator, asked, fits }: Call, signal: AbortSignal): Promise<Answer> {
  try {
    return answerOfFunction(await authenticator(authenticationRequest(asked), { signal }), fits);
  } catch (cause) {
    return failedAuthenticator(cause);
  }
}

function noHandler(presence: 'other' | 'none'): ProtocolError {
  const who = presence === 'none' ? 'nobody is there' : 'who has bound inproc://zeromq.zap.01 is no REP or ROUTER';
  return new ProtocolError('ERR_ZAP_NO_HANDLER', `${who}, to be asked whether the peer may come in`);
}

function handlerGone(): ProtocolError {
  return new ProtocolError('ERR_ZAP_HANDLER_GONE', 'who was asked whether the peer may come in has gone');
}

function ignore(): void {
  // the answer was given at once
}
