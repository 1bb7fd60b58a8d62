import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TransportError } from '../../src/errors.ts';
import { toZmtpError } from '../../src/engine/link.ts';

const link = suite("a transport's errors");

link('pass as they are when they are ours', () => {
  const error = new TransportError('EADDRINUSE', 'taken');
  assert.is(toZmtpError(error, 'mem://x'), error);
});

link("keep the system's code and the error it came with", () => {
  const cause = Object.assign(new Error('no buffers'), { code: 'EMFILE' });
  const error = toZmtpError(cause, 'mem://x');
  assert.instance(error, TransportError);
  assert.equal([error.code, error.errno, error.address, error.message], ['EMFILE', 24, 'mem://x', 'no buffers']);
  assert.is(error.cause, cause);
});

link('have a code of ours when theirs is none, or one that nobody knows', () => {
  for (const cause of [new Error('odd'), Object.assign(new Error('odd'), { code: 'ERR_ODD' })]) {
    assert.is(toZmtpError(cause, 'mem://x').code, 'ECONNREFUSED');
  }
});

link.run();
