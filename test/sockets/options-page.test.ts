/** `docs/options.md` says what the code does: its tables are read, and each row is tried on real sockets. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/errors.ts';
import * as library from '../../src/index.ts';
import { IMPOSSIBLE } from '../../src/sockets/option-table.ts';
import { inWorld, type World } from '../support/world.ts';

const page = suite('docs/options.md');

/** A row of a table by the heads of its columns, each cell as text. */
type Row = Readonly<Record<string, string>>;

const TEXT = readFileSync(new URL('../../docs/options.md', import.meta.url), 'utf8');

/** The tables under a heading of the page, or under all of them. */
function rowsUnder(wanted?: string): Row[] {
  const rows: Row[] = [];
  let heading = '';
  let heads: string[] | undefined;
  for (const line of TEXT.split('\n')) {
    if (line.startsWith('## ')) heading = line.slice(3);
    if (!line.startsWith('|')) heads = undefined;
    else if (heads === undefined) heads = cells(line);
    else if (!/^\|[ :|-]+\|$/.test(line) && (wanted === undefined || wanted === heading)) rows.push(asRow(heads, line));
  }
  return rows;
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map(cell => cell.trim());
}

function asRow(heads: readonly string[], line: string): Row {
  const texts = cells(line);
  assert.is(texts.length, heads.length, line);
  return Object.fromEntries(heads.map((head, i) => [head, texts[i] ?? '']));
}

/** What stands in backquotes. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, each = '']) => each);
}

/** The column of a row, which must be there. */
function cell(row: Row, head: string): string {
  const text = row[head];
  if (text === undefined) throw new Error(`no column ${head} in ${JSON.stringify(row)}`);
  return text;
}

type SocketClass = new (options?: object) => library.Socket;

/** All classes of sockets that can be made, whatever they are. */
const CLASSES: ReadonlyMap<string, SocketClass> = new Map(
  Object.entries(library as Readonly<Record<string, unknown>>).flatMap(([name, value]): [string, SocketClass][] => {
    const isSocket = typeof value === 'function' && value.prototype instanceof library.Socket;
    if (!isSocket || ['SendingSocket', 'ReceivingSocket', 'DuplexSocket', 'RoutedSocket'].includes(name)) return [];
    return [[name, value as SocketClass]]; // one that can be made: the bases are named above
  }),
);

/** The tables of options that sockets have. */
const OPTION_ROWS: ReadonlyMap<string, Row> = new Map(
  rowsUnder()
    .filter(row => row['live'] !== undefined)
    .map(row => [quoted(cell(row, 'option')).join(), row]),
);

const NAMES: readonly string[] = Object.getOwnPropertyNames(new library.Pair().options);

/** The error of an option; nothing when it is taken. */
function refusal(Type: SocketClass, name: string, value: unknown): UsageError | undefined {
  try {
    void new Type({ [name]: value }).close();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  return undefined;
}

function has(Type: SocketClass, name: string): boolean {
  return refusal(Type, name, undefined)?.message.includes('does not exist on this socket type') !== true;
}

function classesOf(text: string): string[] {
  const named = quoted(text);
  const all = [...CLASSES.keys()];
  switch (text) {
    case 'all':
      return all;
    case 'senders':
      return all.filter(name => !['Pull', 'Subscriber', 'Gather', 'Dish'].includes(name));
    case 'receivers':
      return all.filter(name => !['Push', 'Publisher', 'Scatter', 'Radio'].includes(name));
    default:
      assert.ok(named.length > 0, text);
      return named.filter(name => CLASSES.has(name));
  }
}

/** A value as the page writes it. */
function written(value: unknown): string {
  return JSON.stringify(value instanceof Uint8Array ? Buffer.from(value).toString() : value);
}

page('names every option there is, each once, and none that is not', () => {
  const rows = rowsUnder().filter(row => row['live'] !== undefined);
  assert.equal(rows.map(row => quoted(cell(row, 'option')).join()).sort(), [...NAMES].sort());
  assert.ok(CLASSES.size >= 11);
});

for (const [name, row] of OPTION_ROWS) {
  page(`says who has ${name}`, () => {
    const having = [...CLASSES].filter(([, Type]) => has(Type, name)).map(([type]) => type);
    assert.equal(classesOf(cell(row, 'on')).sort(), having.sort());
    for (const type of quoted(cell(row, 'on'))) {
      assert.ok(CLASSES.has(type) || type === 'Stream', `${type} is no class`); // Stream may be left out of a build
    }
  });

  page(`says the default of ${name}`, () => {
    const text = cell(row, 'default');
    const [usual = '', ...others] = text.split(';');
    const exceptions = new Map(
      others.flatMap(each => {
        const [value = '', ...types] = quoted(each);
        return types.map((type): [string, string] => [type, value]);
      }),
    );
    for (const [type, Type] of CLASSES) {
      if (!has(Type, name)) continue;
      const value: unknown = Reflect.get(new Type().options, name);
      assert.is(written(value), exceptions.get(type) ?? quoted(usual).join(), type);
    }
  });

  inWorld(page, `says whether ${name} is live`, async world => {
    assert.match(cell(row, 'live'), /^(yes|no)$/);
    for (const Type of CLASSES.values()) {
      if (has(Type, name)) assert.is(await isLive(world, Type, name), cell(row, 'live') === 'yes', Type.name);
    }
  });

  const range = /^`(-?\d+)` to `(\d+)`$/.exec(cell(row, 'values'));
  if (range !== null) {
    page(`says the range of ${name}`, () => {
      const [least, most] = [Number(range[1]), Number(range[2])];
      const Type = [...CLASSES.values()].find(each => has(each, name)) ?? library.Pair;
      const codes = [least - 1, least, most, most + 1].map(value => refusal(Type, name, value)?.code);
      assert.equal(codes, ['EINVAL', undefined, undefined, 'EINVAL']);
    });
  }
}

/** Whether the socket takes a new value without a warning although it has an endpoint. */
async function isLive(world: World, Type: SocketClass, name: string): Promise<boolean> {
  const socket = world.open(Type);
  await socket.bind('mem://*');
  const warnings: string[] = [];
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));
  // its own value will do, but for one that can only be unset by saying nothing
  Reflect.set(socket.options, name, name === 'routingId' ? 'x' : Reflect.get(socket.options, name));
  process.emitWarning = emitWarning;
  return !warnings.some(warning => warning.startsWith(`option ${name} takes effect`));
}

page('gives libzmq’s name and number for every option, no number twice but where one became two', () => {
  const numbers = [...OPTION_ROWS.values()].flatMap(row => {
    const found = [...cell(row, 'libzmq').matchAll(/`[A-Z0-9_]+` \((\d+)\)/g)].map(([, each]) => Number(each));
    assert.ok(found.length > 0 || cell(row, 'libzmq') === '–', JSON.stringify(row));
    return found;
  });
  const twice = numbers.filter((each, i) => numbers.indexOf(each) !== i);
  assert.equal(twice, [97]); // ROUTER_NOTIFY
});

page('names every option that will never be, and only those', () => {
  const names = rowsUnder('Never').flatMap(row => quoted(cell(row, 'name')));
  assert.equal([...names].sort(), Object.keys(IMPOSSIBLE).sort());
  for (const name of names) assert.is(refusal(library.Pair, name, 1)?.code, 'ENOTSUP', name);
});

page('names as not yet only what is not', () => {
  const names = rowsUnder('Not yet').flatMap(row => quoted(cell(row, 'name in npm `zeromq`')));
  assert.ok(names.length > 0);
  for (const name of names) {
    for (const [type, Type] of CLASSES) {
      const code = has(Type, name) ? 'it is there' : refusal(Type, name, 1)?.code;
      assert.is(code, 'EINVAL', `${name} on ${type}`);
    }
  }
});

page('names every option that a context has, with its default', () => {
  const rows = new Map(rowsUnder('Contexts').map(row => [quoted(cell(row, 'option')).join(), row]));
  const properties = Object.entries(Object.getOwnPropertyDescriptors(library.Context.prototype));
  const settable = properties.filter(([, { set }]) => set !== undefined).map(([name]) => name);
  for (const name of settable) {
    const row = rows.get(name);
    if (row === undefined) throw new Error(`${name} is not on the page`);
    assert.is(String(Reflect.get(new library.Context(), name)), quoted(cell(row, 'default')).join(), name);
  }
  assert.ok(rows.has('clock,random,transports'));
});

page('is linked from the front page', () => {
  assert.match(readFileSync(new URL('../../README.md', import.meta.url), 'utf8'), '(docs/options.md)');
});

page.run();
