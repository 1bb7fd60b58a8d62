/**
 * Who may come in, decided in three ways: by a REP and by a ROUTER on inproc://zeromq.zap.01, as RFC 27 has it and libzmq's
 * programs do, and by a function. Take the function unless you have a handler already.
 */
import { Context, curveKeyPair, encodeZ85, Pull, Push, Reply, Router } from '../src/index.ts';

const ZAP = 'inproc://zeromq.zap.01';
const server = curveKeyPair();
const anna = curveKeyPair();
const names = new Map([[anna.publicKey, 'anna']]);

/** A question without its envelope: version, request id, domain, address, routing id, mechanism, credentials. */
function answer(question: readonly Uint8Array[]): (string | Uint8Array)[] {
  const [version = '', requestId = '', , , , mechanism, key] = question;
  const isCurve = String(mechanism) === 'CURVE' && key !== undefined; // the key comes as 32 octets
  const name = isCurve ? names.get(encodeZ85(key)) : undefined;
  return name === undefined
    ? [version, requestId, '400', 'unknown key', '', '']
    : [version, requestId, '200', 'welcome', name, ''];
}

async function answerByReply(context: Context): Promise<void> {
  const handler = new Reply({ context });
  await handler.bind(ZAP);
  void (async () => {
    for await (const question of handler) await handler.send(answer(question));
  })();
}

/** A ROUTER sees who asks and the empty delimiter, and may answer in any order. */
async function answerByRouter(context: Context): Promise<void> {
  const handler = new Router({ context });
  await handler.bind(ZAP);
  void (async () => {
    for await (const [asker = '', delimiter = '', ...question] of handler) {
      await handler.send([asker, delimiter, ...answer(question)]);
    }
  })();
}

function answerByFunction(context: Context): Promise<void> {
  context.authenticator = request => {
    const name = request.mechanism === 'CURVE' ? names.get(request.publicKey) : undefined;
    return name === undefined ? { status: 400, text: 'unknown key' } : { status: 200, text: 'welcome', userId: name };
  };
  return Promise.resolve();
}

for (const decide of [answerByReply, answerByRouter, answerByFunction]) {
  await using context = new Context(); // one handler to a context
  await decide(context);

  const pull = new Pull({ context, curveServer: true, curveSecretKey: server.secretKey, zapDomain: 'example' });
  await pull.bind('tcp://127.0.0.1:*');
  const push = new Push({ context, curveServerKey: server.publicKey, curveSecretKey: anna.secretKey });
  push.connect(pull.lastEndpoint ?? '');
  await push.send('hello');

  const { message, peer } = await pull.receiveFrom();
  console.log(`${decide.name}: ${String(peer?.userId)} says ${message.join()}`);
}
