import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Case, Token } from '../../conformance/src/catalogue/case.ts';
import type { Level } from '../../conformance/src/catalogue/requirements.ts';
import { compareVersions, inForce, type Expectation } from '../../conformance/src/judge/expectation.ts';
import { judgeCase, type Profile, type Verdict } from '../../conformance/src/judge/verdict.ts';

const verdict = suite('verdict');

const CASE: Case = {
  id: 'greeting/1',
  judge: {
    one: { rfc: ['closed', 'closed+ERROR(*)'], wire: ['open'], lenient: ['delivered'] },
    two: { rfc: ['open'] },
  },
  run: () => Promise.resolve({}),
};

interface Try {
  readonly seen: readonly (readonly [step: string, token: Token])[];
  readonly level?: Level;
  readonly profile?: Profile;
  readonly expected?: Readonly<Record<string, string | readonly string[]>>;
  readonly race?: true;
}

function judged({ seen, level = 'MUST', profile = 'rfc', expected, race }: Try): Verdict {
  const expectation: Expectation | undefined = expected === undefined ? undefined : { tokens: expected, why: 'known' };
  const it = race === undefined ? CASE : { ...CASE, race };
  return judgeCase(
    it,
    level,
    seen.map(([step, token]) => ({ step, token })),
    profile,
    expectation,
  );
}

const TABLE: readonly (readonly [what: string, is: Verdict, how: Try])[] = [
  [
    'every step is as the text has it',
    'PASS',
    {
      seen: [
        ['one', 'closed'],
        ['two', 'open'],
      ],
    },
  ],
  ['a wildcard takes any reason', 'PASS', { seen: [['one', 'closed+ERROR(400)']] }],
  ['a MUST is missed', 'FAIL', { seen: [['one', 'open']] }],
  [
    'one of two steps is missed',
    'FAIL',
    {
      seen: [
        ['one', 'closed'],
        ['two', 'mute'],
      ],
    },
  ],
  ['a grammar row is missed', 'FAIL', { seen: [['one', 'altered']], level: 'grammar' }],
  ['what is forbidden is taken', 'INFO', { seen: [['one', 'delivered']], level: 'grammar' }],
  ['a SHOULD is missed', 'WARN', { seen: [['two', 'closed']], level: 'SHOULD' }],
  ['prose is missed', 'WARN', { seen: [['two', 'closed']], level: 'prose' }],
  ['a MAY is missed', 'INFO', { seen: [['two', 'closed']], level: 'MAY' }],
  ['practice is missed by the text', 'INFO', { seen: [['two', 'closed']], level: 'practice' }],
  ['practice is missed by the wire', 'WARN', { seen: [['two', 'closed']], level: 'practice', profile: 'wire' }],
  ['the wire asks for another token', 'PASS', { seen: [['one', 'open']], profile: 'wire' }],
  ['what the text asks is not what the wire does', 'FAIL', { seen: [['one', 'closed']], profile: 'wire' }],
  ['without a wire of its own the text counts', 'PASS', { seen: [['two', 'open']], profile: 'wire' }],
  ['a crash fails whatever the level', 'FAIL', { seen: [['two', 'crash(SIGABRT)']], level: 'MAY' }],
  ['a step never came about', 'FAIL', { seen: [['two', 'unreached(closed in place of READY)']] }],
  ['a miss is known', 'KNOWN', { seen: [['one', 'open']], expected: { one: 'open' } }],
  ['a miss is one of those known', 'KNOWN', { seen: [['one', 'open']], expected: { one: ['mute', 'open'] } }],
  ['a missed SHOULD is known', 'KNOWN', { seen: [['two', 'mute']], level: 'SHOULD', expected: { two: 'mute' } }],
  ['it deviates, but not as known', 'CHANGED', { seen: [['one', 'mute']], expected: { one: 'open' } }],
  [
    'it deviates in a step more',
    'CHANGED',
    {
      seen: [
        ['one', 'open'],
        ['two', 'mute'],
      ],
      expected: { one: 'open' },
    },
  ],
  ['what was known is mended', 'FIXED', { seen: [['one', 'closed']], expected: { one: 'open' } }],
  ['a crash is never known', 'FAIL', { seen: [['two', 'crash(SIGABRT)']], expected: { two: 'crash(*)' } }],
  [
    'a race varies',
    'UNSTABLE',
    {
      seen: [
        ['one', 'open'],
        ['one', 'closed'],
      ],
      race: true,
    },
  ],
  [
    'a race always misses',
    'FAIL',
    {
      seen: [
        ['one', 'open'],
        ['one', 'open'],
      ],
      race: true,
    },
  ],
  [
    'a race varies as is known',
    'KNOWN',
    {
      seen: [
        ['one', 'open'],
        ['one', 'mute'],
      ],
      race: true,
      expected: { one: ['open', 'mute'] },
    },
  ],
  [
    'a race varies beyond what is known',
    'UNSTABLE',
    {
      seen: [
        ['one', 'open'],
        ['one', 'mute'],
      ],
      race: true,
      expected: { one: 'open' },
    },
  ],
];

for (const [what, is, how] of TABLE) {
  verdict(`is ${is} when ${what}`, () => {
    assert.is(judged(how), is);
  });
}

verdict('fails loudly for a step that nothing judges', () => {
  assert.throws(() => judged({ seen: [['three', 'open']] }), /nothing judges the step three/);
});

verdict.run();

const expectation = suite('expectation');

expectation('holds from its first version to its last, both included', () => {
  const all = {
    always: { tokens: {}, why: '' },
    late: { tokens: {}, why: '', from: '4.3.5' },
    early: { tokens: {}, why: '', to: '4.3.4' },
    between: { tokens: {}, why: '', from: '4.3.4', to: '4.3.5' },
  };
  assert.equal(Object.keys(inForce(all, '4.3.3')), ['always', 'early']);
  assert.equal(Object.keys(inForce(all, '4.3.4')), ['always', 'early', 'between']);
  assert.equal(Object.keys(inForce(all, '4.3.5')), ['always', 'late', 'between']);
  assert.equal(Object.keys(inForce(all, '4.3.10')), ['always', 'late']);
});

expectation('several for one id hold each for its versions, and together where they overlap', () => {
  const file = {
    id: [
      { tokens: { one: 'open', two: 'mute' }, why: 'For all.' },
      { tokens: { one: ['closed', 'altered'] }, why: 'Until then.', to: '4.3.4' },
    ],
  };
  assert.equal(inForce(file, '4.3.4')['id'], {
    tokens: { one: ['open', 'closed', 'altered'], two: ['mute'] },
    why: 'For all. Until then.',
  });
  assert.equal(inForce(file, '4.3.5')['id'], file.id[0]);
});

expectation('compares versions by their numbers, as far as both have them', () => {
  assert.ok(compareVersions('4.3.10', '4.3.9') > 0);
  assert.ok(compareVersions('4.2.9', '4.3.0') < 0);
  assert.is(compareVersions('4.3', '4.3.5'), 0);
});

expectation.run();
