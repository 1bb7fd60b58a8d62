// In an empty folder, with nothing but the package and what it depends on: what a newcomer's first program sees.
import assert from 'node:assert/strict';
import * as main from 'zmtp';
import * as security from 'zmtp/security';
import * as wire from 'zmtp/wire';

for (const entry of [main, security, wire]) {
  for (const [name, value] of Object.entries(entry)) {
    // Stack traces, and the `name` of an error, show what a class was called when it was bundled.
    if (typeof value === 'function') assert.equal(value.name, name);
    // What two entries have under one name is one thing: `instanceof` holds across them.
    for (const other of [main, security, wire]) assert.equal(other[name] ?? value, value, name);
  }
}
assert.throws(() => wire.decodeZ85('?'), main.UsageError);
assert.throws(() => wire.decodeProperties(Uint8Array.of(9)), main.ProtocolError);
assert.throws(() => security.allOf(), main.UsageError);

const { publicKey, secretKey } = security.curveKeyPair();
const pull = new main.Pull({ curveServer: true, curveSecretKey: secretKey });
const push = new main.Push({ curveServerKey: publicKey, curveSecretKey: security.curveKeyPair().secretKey });
await pull.bind('tcp://127.0.0.1:*');
push.connect(pull.lastEndpoint);
await push.send('sealed');
assert.equal(String(await pull.receive()), 'sealed');
await Promise.all([push.close(), pull.close()]);
