import { XMLParser } from 'fast-xml-parser';
import { SyntaxValidator } from 'fast-xml-validator';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Verdict } from '../../conformance/src/judge/verdict.ts';
import { AsItComes } from '../../conformance/src/report/as-it-comes.ts';
import { html } from '../../conformance/src/report/html.ts';
import { junit } from '../../conformance/src/report/junit.ts';
import { markdown } from '../../conformance/src/report/markdown.ts';
import { treeOfGroup } from '../../conformance/src/report/tree.ts';
import { SCHEMA, type CaseResult, type Results } from '../../conformance/src/run/result.ts';

const NASTY = `<b>&"'\u0001]]> | </script>`;

function found(id: string, rfc: Verdict, wire: Verdict = rfc): CaseResult {
  const steps = [{ step: 'first step', token: 'mute', rfc: ['closed'], wire: ['open'] } as const];
  return {
    id,
    level: 'MUST',
    rfc: '37-GG',
    text: `requires ${NASTY}`,
    verdicts: { rfc, wire },
    ...(rfc === 'KNOWN' ? { why: `known since ${NASTY}`, upstream: 'example/example#1' } : {}),
    runs: [
      {
        role: 'bind',
        type: 'ROUTER',
        round: 0,
        ms: 250,
        steps: rfc === 'SKIP' ? [] : steps,
        ...(rfc === 'SKIP' ? { lacks: 'mech:CURVE' } : {}),
        ...(rfc === 'ERROR' ? { broke: `a slip ${NASTY}` } : {}),
        wire: [{ t: 1.5, dir: 'out', peer: 1, hex: 'ff7f', size: 2, note: `greeting ${NASTY}` }],
      },
    ],
  };
}

const RESULTS: Results = {
  schema: SCHEMA,
  tester: 'test',
  target: { name: 'fake', version: '1.0', library: 'libfake 2.0' },
  started: '2001-02-03T04:05:06.000Z',
  elapsedMs: 1234,
  cases: [
    found('greeting/1', 'PASS'),
    found('greeting/2', 'FAIL', 'PASS'),
    found('greeting/3', 'KNOWN'),
    found('frame/1', 'SKIP'),
    found('frame/2', 'ERROR'),
    found('frame/3', 'WARN'),
    found('frame/4', 'CHANGED'),
    found('frame/5', 'UNSTABLE'),
    found('frame/6', 'INFO'),
    found('frame/7', 'FIXED'),
  ],
};

const reports = suite('reports');

interface ParsedCase {
  readonly '@classname': string;
  readonly '@name': string;
  readonly '@time': string;
  readonly failure?: unknown;
  readonly error?: unknown;
  readonly skipped?: { readonly '@message': string };
}

interface Parsed {
  readonly testsuites: {
    readonly testsuite: readonly (Readonly<Record<string, string>> & { readonly testcase: readonly ParsedCase[] })[];
  };
}

function parsed(strict: boolean): Parsed['testsuites']['testsuite'] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    isArray: name => name === 'testsuite' || name === 'testcase',
  });
  const text = junit(RESULTS, { profiles: ['rfc'], strict });
  new SyntaxValidator().validate(text); // throws when it is not XML
  const read: unknown = parser.parse(text);
  return (read as Parsed).testsuites.testsuite;
}

function outcomes(strict: boolean): readonly string[] {
  return parsed(strict).flatMap(({ testcase }) =>
    testcase.map(one => (['failure', 'error', 'skipped'] as const).find(kind => kind in one) ?? 'passed'),
  );
}

reports('JUnit is XML that others can read, with the outcome of each case', () => {
  assert.equal(outcomes(false), [
    ...['passed', 'failure', 'skipped'],
    ...['skipped', 'error', 'passed', 'failure', 'failure', 'passed', 'passed'],
  ]);
  assert.equal(outcomes(true), [
    ...['passed', 'failure', 'skipped'],
    ...['skipped', 'error', 'failure', 'failure', 'failure', 'passed', 'failure'],
  ]);
});

reports('JUnit counts per group what its cases are', () => {
  const [greeting, frame] = parsed(false);
  assert.equal(
    [greeting, frame].map(one => [one?.['@tests'], one?.['@failures'], one?.['@errors'], one?.['@skipped']]),
    [
      ['3', '1', '0', '1'],
      ['7', '2', '1', '1'],
    ],
  );
  assert.is(greeting?.testcase[0]?.['@classname'], 'greeting');
  assert.is(greeting?.testcase[0]?.['@time'], '0.250');
});

reports('JUnit carries texts through unharmed, but for what XML cannot have', () => {
  const [greeting, frame] = parsed(false);
  const shown = NASTY.replace('\u0001', '\ufffd');
  assert.is(greeting?.testcase[0]?.['@name'], `greeting/1 requires ${shown}`);
  assert.match(greeting?.testcase[2]?.skipped?.['@message'] ?? '', `known since ${shown}`);
  assert.match(frame?.testcase[0]?.skipped?.['@message'] ?? '', 'lacks mech:CURVE');
});

reports('HTML has a row and an anchor for each case, and lets no text become markup', () => {
  const page = html([RESULTS, RESULTS]);
  for (const { id } of RESULTS.cases) assert.match(page, `id="${id}"`);
  assert.not.match(page, '<b>&');
  assert.is(page.match(/<\/script>/g)?.length, 2); // of the details and of the program
  const json = /<script type="application\/json" id="details">(.*)<\/script>/.exec(page)?.[1] ?? '';
  const details = JSON.parse(json) as Record<string, readonly { readonly runs: readonly { wire: string[] }[] }[]>;
  assert.is(details['greeting/1']?.length, 2);
  assert.match(details['greeting/1']?.[0]?.runs[0]?.wire[0] ?? '', `← target ff7f  greeting ${NASTY}`);
});

reports('HTML refers to nothing outside itself', () => {
  assert.not.match(html([RESULTS]), /(?:src|href)="(?!#)/);
});

reports('Markdown has a table for each group, and tells why who deviates', () => {
  const page = markdown([RESULTS]);
  assert.match(page, '## frame: Framing');
  assert.match(page, '| `greeting/2` | 37-VN | MUST |');
  assert.match(page, 'fails; conforms |');
  const deviations = page.slice(page.indexOf('## Where libfake 2.0 (fake 1.0) deviates'));
  assert.match(deviations, '| `greeting/3` | known since');
  assert.not.match(deviations, '`greeting/1`');
});

reports(
  'the tree tells of a failure what was required, expected and observed, the octets, and how to see it again',
  () => {
    const text = treeOfGroup('greeting', RESULTS.cases.slice(0, 3), {
      profiles: ['rfc', 'wire'],
      colour: false,
      repeat: id => `repeat ${id}`,
    });
    assert.match(text, '✓ ✓ greeting/1');
    assert.match(text, '✗ ✓ greeting/2');
    assert.match(text, 'MUST, 37-GG');
    assert.match(text, 'first step: expected closed or open, observed mute');
    assert.match(text, '← target ff7f  greeting');
    assert.match(text, 'again: repeat greeting/2');
    assert.match(text, 'known: known since');
    assert.not.match(text, 'repeat greeting/1');
  },
);

reports('groups are told in order, each as soon as its last case is over and those before it are told', () => {
  const told: string[] = [];
  const tree = new AsItComes(['greeting/1', 'greeting/2', 'frame/1', 'cmd/1'], (group, results) =>
    told.push(`${group}: ${results.map(({ id }) => id).join(' ')}`),
  );
  const heard = (id: string): readonly string[] => {
    tree.add(found(id, 'PASS'));
    return told.splice(0);
  };
  assert.equal(heard('frame/1'), []);
  assert.equal(heard('greeting/2'), []);
  assert.equal(heard('greeting/1'), ['greeting: greeting/1 greeting/2', 'frame: frame/1']);
  assert.equal(heard('cmd/1'), ['cmd: cmd/1']);
});

reports.run();
