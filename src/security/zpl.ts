/**
 * ZPL, the property language of ZeroMQ (RFC 4): what certificates are written in.
 *
 *      # a comment, up to the end of the line
 *      metadata
 *          name = Walter          indented by 4 spaces: belongs to the line above
 *      curve
 *          public-key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
 *
 * A value ends at a comment unless it stands in quotes, single or double; there is no way to escape anything. A file may
 * come from anywhere, so its size and depth have limits, and as it may hold secrets, no error shows any of it.
 */
import { UsageError } from '../errors.ts';

/** A property, and those that are indented below it. */
export interface ZplProperty {
  readonly name: string;
  /** Undefined when there is no `=`. */
  readonly value?: string;
  /** In the order of the text; names may repeat. */
  readonly properties: readonly ZplProperty[];
}

/** Octets, or characters, that a text in ZPL may have. */
export const ZPL_SIZE_MAX = 65_536;

const DEPTH_MAX = 8;
const INDENTATION = 4;

const LINE = /^(?<indentation> *)(?<name>[\w$\-@.&+/]+)[ \t]*(?:=(?<rest>.*)|(?:#.*)?)$/;
const BLANK = /^[ \t]*(?:#.*)?$/;
const NAME = /^[\w$\-@.&+/]+$/;
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Reads a text.
 * @throws UsageError EINVAL for what is no ZPL, with the number of the line and nothing that stands in it
 */
export function decodeZpl(text: string): readonly ZplProperty[] {
  if (text.length > ZPL_SIZE_MAX) {
    throw new UsageError('EINVAL', `ZPL of ${text.length} characters, limit ${ZPL_SIZE_MAX}`);
  }
  const top: Draft[] = [];
  const open = [top]; // the lists to which a line may add, by its depth
  for (const [index, ended] of text.split('\n').entries()) {
    const line = ended.replace(/\r$/, '');
    if (CONTROL.test(line)) throw invalid(index, 'a control character');
    if (BLANK.test(line)) continue;
    const { depth, property } = decodeLine(line, index);
    const siblings = open[depth];
    if (siblings === undefined) throw invalid(index, 'indented deeper than what it could belong to');
    siblings.push(property);
    open.splice(depth + 1, Infinity, property.properties);
  }
  return top;
}

interface Draft extends ZplProperty {
  readonly properties: Draft[];
}

function decodeLine(line: string, index: number): { depth: number; property: Draft } {
  const { indentation = '', name, rest } = LINE.exec(line)?.groups ?? {};
  if (name === undefined) throw invalid(index, 'expected a name, and nothing or "=" after it');
  if (indentation.length % INDENTATION !== 0)
    throw invalid(index, `not indented by a multiple of ${INDENTATION} spaces`);
  const depth = indentation.length / INDENTATION;
  if (depth >= DEPTH_MAX) throw invalid(index, `indented ${depth} times, limit ${DEPTH_MAX - 1}`);
  if (rest === undefined) return { depth, property: { name, properties: [] } };
  return { depth, property: { name, value: decodeValue(rest.trim(), index), properties: [] } };
}

function decodeValue(text: string, index: number): string {
  const quote = text.charAt(0);
  if (quote !== '"' && quote !== "'") return (text.split('#', 1)[0] ?? '').trimEnd();
  const end = text.indexOf(quote, 1);
  if (end === -1) throw invalid(index, 'the closing quote is missing');
  if (!BLANK.test(text.slice(end + 1))) throw invalid(index, 'there is more after the closing quote');
  return text.slice(1, end);
}

function invalid(index: number, what: string): UsageError {
  return new UsageError('EINVAL', `line ${index + 1}: ${what}`);
}

/**
 * Writes properties, with all values in quotes.
 * @throws UsageError EINVAL for a name or a value that cannot be written; the value is not shown
 */
export function encodeZpl(properties: readonly ZplProperty[], depth = 0): string {
  return properties.map(property => encodeProperty(property, depth)).join('');
}

function encodeProperty({ name, value, properties }: ZplProperty, depth: number): string {
  if (!NAME.test(name))
    throw new UsageError('EINVAL', `${JSON.stringify(name)} cannot be the name of a property of ZPL`);
  if (depth >= DEPTH_MAX) throw new UsageError('EINVAL', `properties of ZPL ${depth} deep, limit ${DEPTH_MAX - 1}`);
  const head = ' '.repeat(depth * INDENTATION) + name;
  const line = value === undefined ? head : `${head} = ${quoted(name, value)}`;
  return `${line}\n${encodeZpl(properties, depth + 1)}`;
}

function quoted(name: string, value: string): string {
  const quote = value.includes('"') ? "'" : '"';
  if (!CONTROL.test(value) && !value.includes(quote)) return `${quote}${value}${quote}`;
  throw new UsageError(
    'EINVAL',
    `the value of ${name} has a control character or both kinds of quotes: ZPL cannot hold it`,
  );
}
