import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CASES } from '../../conformance/src/cases/index.ts';
import { GROUPS, REQUIREMENTS } from '../../conformance/src/catalogue/requirements.ts';

const catalogue = suite('catalogue');

catalogue('every requirement has its case, and none has two', () => {
  const ids = CASES.map(({ id }) => id);
  assert.equal(
    [...REQUIREMENTS.keys()].filter(id => !ids.includes(id)),
    [],
  );
  assert.equal(
    ids.filter((id, i) => ids.indexOf(id) !== i),
    [],
  );
});

catalogue('rows are numbered within groups that have a name, and say something', () => {
  for (const { id, rfc, text } of REQUIREMENTS.values()) {
    assert.match(id, /^[a-z][a-z0-9]*\/[1-9]\d*$/);
    assert.ok(id.slice(0, id.indexOf('/')) in GROUPS, id);
    assert.ok(rfc.length > 1 && text.length > 10, id);
  }
  assert.is(new Set(REQUIREMENTS.keys()).size, REQUIREMENTS.size);
});

catalogue('a case can be met: each step has an acceptable token, and one that fails', () => {
  for (const { id, judge } of CASES) {
    const steps = Object.entries(judge);
    assert.ok(steps.length > 0, id);
    for (const [step, { rfc, wire }] of steps) {
      assert.ok(rfc.length > 0 && wire?.length !== 0, `${id}, ${step}`);
      for (const token of [...rfc, ...(wire ?? [])]) {
        assert.not.match(token, /^(crash|unreached)/, `${id}, ${step} is met by ${token}`);
      }
    }
  }
});

catalogue.run();
