/**
 * Says what each octet of a ZMTP 3 connection means, as the octets come (RFC 37 "Formal Grammar"). It reads one
 * direction; two annotators fed in turn tell a handshake in the order in which it happened.
 *
 *      signature 10 | version 2 | mechanism 20 | as-server 1 | filler 31 | frame | frame | …
 *
 * It is made for reading, not for checking: whatever comes is described, right or wrong.
 */

/** Some octets that belong together. */
export interface Field {
  /** Where the first octet stands, counted from the connection's first. */
  readonly offset: number;
  readonly octets: Uint8Array;
  readonly meaning: string;
}

/** One direction of a connection; feed it whatever has come, it gives the fields that became complete. */
export class Annotator {
  readonly #steps = zmtp();
  #step: IteratorResult<Step, void>;
  #waiting = Buffer.alloc(0);
  #offset = 0;

  constructor() {
    this.#step = this.#steps.next();
  }

  /** The next octets, cut anywhere. */
  feed(octets: Uint8Array): Field[] {
    this.#waiting = Buffer.concat([this.#waiting, octets]);
    const fields: Field[] = [];
    while (this.#step.done !== true && this.#waiting.length >= this.#step.value.size) {
      const { size, meaning } = this.#step.value;
      const taken = this.#waiting.subarray(0, size);
      if (size > 0) fields.push({ offset: this.#offset, octets: taken, meaning: meaning(taken) });
      this.#waiting = this.#waiting.subarray(size);
      this.#offset += size;
      this.#step = this.#steps.next(taken);
    }
    return fields;
  }
}

/** The octets of a field in hexadecimal; long runs of zeros and long fields are cut short. */
export function hex(octets: Uint8Array): string {
  const shown = octets.length > LONG_FIELD ? octets.subarray(0, LONG_FIELD) : octets;
  const pairs = Array.from(shown, octet => octet.toString(16).padStart(2, '0')).join(' ');
  const folded = pairs.replace(/00( 00){9,}/g, run => `00 ×${(run.length + 1) / 3}`);
  return octets.length > LONG_FIELD ? `${folded} …` : folded;
}

const LONG_FIELD = 64;

/** How many octets come next, and what they are. */
interface Step {
  readonly size: number;
  readonly meaning: (octets: Uint8Array) => string;
}

type Steps = Generator<Step, void, Uint8Array>;

function* zmtp(): Steps {
  yield { size: 10, meaning: () => 'signature: ff, a length that only ZMTP 1.0 peers read, 7f' };
  yield { size: 1, meaning: octets => `version, major: ZMTP ${first(octets)}` };
  yield { size: 1, meaning: octets => `version, minor: .${first(octets)}` };
  yield { size: 20, meaning: octets => `mechanism: ${quote(octets)}, zeros up to 20 octets` };
  yield { size: 1, meaning: octets => `as-server: ${first(octets)}, of no importance to NULL` };
  yield { size: 31, meaning: () => 'filler: zeros up to 64 octets, the greeting is complete' };
  for (;;) yield* frame();
}

const MORE = 0b001;
const LONG = 0b010;
const COMMAND = 0b100;

function* frame(): Steps {
  const flags = first(yield { size: 1, meaning: octets => `frame flags: ${describeFlags(first(octets))}` });
  const size = number(
    yield {
      size: (flags & LONG) === 0 ? 1 : 8,
      meaning: octets => `frame size: ${number(octets)}${number(octets) === 0 ? ', an empty part' : ''}`,
    },
  );
  if ((flags & COMMAND) === 0) yield { size, meaning: octets => `frame body: ${quote(octets)}` };
  else yield* command(size);
}

function describeFlags(flags: number): string {
  const kind = (flags & COMMAND) === 0 ? 'message' : 'command';
  const size = (flags & LONG) === 0 ? 'size in 1 octet' : 'size in 8 octets';
  const more = (flags & MORE) === 0 ? 'the last part' : 'more parts follow';
  return kind === 'command' ? `${kind}, ${size}` : `${kind}, ${size}, ${more}`;
}

function* command(size: number): Steps {
  const nameLength = first(yield { size: 1, meaning: octets => `command name: ${first(octets)} octets` });
  const name = yield { size: nameLength, meaning: octets => `command name: ${quote(octets)}` };
  const left = size - 1 - nameLength;
  if (text(name) === 'READY') yield* properties(left);
  else yield { size: left, meaning: octets => `command data: ${quote(octets)}` };
}

function* properties(size: number): Steps {
  let left = size;
  while (left > 0) {
    const nameLength = first(yield { size: 1, meaning: octets => `property name: ${first(octets)} octets` });
    yield { size: nameLength, meaning: octets => `property name: ${quote(octets)}` };
    const valueLength = number(
      yield {
        size: 4,
        meaning: octets => `property value: ${number(octets)} octets${number(octets) === 0 ? ', it is empty' : ''}`,
      },
    );
    yield { size: valueLength, meaning: octets => `property value: ${quote(octets)}` };
    left -= 1 + nameLength + 4 + valueLength;
  }
}

function first(octets: Uint8Array): number {
  return octets[0] ?? 0;
}

/** Network order. */
function number(octets: Uint8Array): number {
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}

function text(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1');
}

/** Printable octets as they are, without the zeros at the end. */
function quote(octets: Uint8Array): string {
  const shown = text(octets.subarray(0, LONG_FIELD)).replace(/\0+$/, '');
  const printable = shown.replace(/[^ -~]/g, '·');
  return octets.length > LONG_FIELD ? `"${printable}" … (${octets.length} octets)` : `"${printable}"`;
}
