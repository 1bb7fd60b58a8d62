import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Case, Token } from '../../conformance/src/catalogue/case.ts';
import type { CaseResult, RunResult } from '../../conformance/src/run/result.ts';
import { summarise } from '../../conformance/src/run/runner.ts';

const fixed = suite('expectations that are fulfilled');

fixed('are told of when neither profile needs them', () => {
  assert.equal(verdictsOf('as-required'), { rfc: 'FIXED', wire: 'FIXED' });
});

fixed('are not told of while one profile needs them', () => {
  assert.equal(verdictsOf('differs(0)'), { rfc: 'KNOWN', wire: 'PASS' });
});

fixed('are not told of while one profile sees another deviation than they name', () => {
  assert.equal(verdictsOf('differs(1)'), { rfc: 'CHANGED', wire: 'PASS' });
});

/** Of a row of level MUST whose two profiles ask for different things. */
function verdictsOf(token: Token): CaseResult['verdicts'] {
  const it: Case = {
    id: 'greeting/14',
    judge: { step: { rfc: ['as-required'], wire: ['as-required', 'differs(*)'] } },
    run: () => Promise.resolve({}),
  };
  const run: RunResult = {
    role: 'bind',
    type: 'ROUTER',
    round: 0,
    ms: 0,
    steps: [{ step: 'step', token, rfc: [], wire: [] }],
    wire: [],
  };
  return summarise(it, [run], { [it.id]: { tokens: { step: 'differs(0)' }, why: 'for the test' } }).verdicts;
}

fixed.run();
