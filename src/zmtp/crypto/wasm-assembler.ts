/**
 * A very small assembler for WebAssembly: what a module is made of, as its binary format has it.
 *
 *      octets  ◀─ sections ◀─ functions ◀─ instructions (wasm-instructions.ts)
 *
 * Code is written as expressions: an instruction is a function of the code that puts its operands on the stack, so
 * `i64.add(a, b)` is the octets of `a`, those of `b` and the opcode. Nothing is checked here; the engine that compiles a
 * module validates it.
 *
 * https://webassembly.github.io/spec/core/binary/ ("Binary Format")
 */

/** Octets of a module, nested as they were written. */
export type Code = number | readonly Code[];

/** Types of values, as the format writes them. */
export const valueTypes = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

const FUNCTION_TYPE = 0x60;
const END = 0x0b;
const HEADER: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]; // "\0asm", version 1
const sections = { type: 1, function: 3, memory: 5, export: 7, code: 10 } as const;
const exportKinds = { function: 0, memory: 2 } as const;

/** A parameter or variable of a function. */
export class Local {
  readonly #index: Code;

  constructor(index: number) {
    this.#index = unsigned(index);
  }

  /** Its value. */
  get get(): Code {
    return [0x20, this.#index];
  }

  set(value: Code): Code {
    return [value, 0x21, this.#index];
  }

  /** Sets it, and is its new value. */
  tee(value: Code): Code {
    return [value, 0x22, this.#index];
  }
}

/** What a function is made with: parameters before locals. */
export class FunctionBuilder {
  readonly #parameters: ValueType[] = [];
  readonly #locals: ValueType[] = [];
  #results: readonly ValueType[] = [];

  parameter(type: ValueType): Local {
    return new Local(this.#parameters.push(type) - 1);
  }

  local(type: ValueType): Local {
    return new Local(this.#parameters.length + this.#locals.push(type) - 1);
  }

  /** Says that the code leaves a value of this type. */
  result(type: ValueType): void {
    this.#results = [type];
  }

  /** Its entry in the type section. */
  get type(): Code {
    return [FUNCTION_TYPE, vector(this.#parameters.map(typeCode)), vector(this.#results.map(typeCode))];
  }

  /** Its entry in the code section. */
  body(code: Code): Code {
    return sized([vector(this.#locals.map(type => [1, typeCode(type)])), code, END]);
  }
}

/** Calls a function with the code of its arguments. */
export type Call = (...args: Code[]) => Code;

/** A module with one memory, of a fixed size, which it exports as `memory`. */
export class ModuleBuilder {
  readonly #types: Code[] = [];
  readonly #bodies: Code[] = [];
  readonly #exports: Code[] = [[name('memory'), exportKinds.memory, 0]];

  /** Adds a function, which can be called by those after it. */
  define(build: (f: FunctionBuilder) => Code): Call {
    const f = new FunctionBuilder();
    this.#bodies.push(f.body(build(f)));
    const index = this.#types.push(f.type) - 1; // every function has a type to itself, so that one number names both
    return (...args) => [args, 0x10, unsigned(index)];
  }

  /** Adds a function that JavaScript can call as well. */
  export(text: string, build: (f: FunctionBuilder) => Code): Call {
    const call = this.define(build);
    this.#exports.push([name(text), exportKinds.function, unsigned(this.#types.length - 1)]);
    return call;
  }

  /** The module, with a memory of so many pages of 64 KiB. */
  octets(pages: number): Uint8Array<ArrayBuffer> {
    const memory = [1, unsigned(pages), unsigned(pages)]; // a limit and its maximum
    return Uint8Array.from(
      flat([
        HEADER,
        section(sections.type, this.#types),
        section(
          sections.function,
          this.#types.map((_, index) => unsigned(index)),
        ),
        section(sections.memory, [memory]),
        section(sections.export, this.#exports),
        section(sections.code, this.#bodies),
      ]),
    );
  }
}

/** LEB128: seven bits an octet, the lowest first; the top bit says that more follow. */
export function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

/** LEB128 of a number with a sign, which is bit 6 of the last octet. Takes what fits in 32 bits. */
export function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? value & 0x7f : [(value & 0x7f) | 0x80, signed(value >> 7)];
}

function typeCode(type: ValueType): Code {
  return valueTypes[type];
}

function section(id: number, items: readonly Code[]): Code {
  return [id, sized(vector(items))];
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function name(text: string): Code {
  return vector(Array.from(text, character => character.charCodeAt(0)));
}

function sized(code: Code): Code {
  const octets = flat(code);
  return [unsigned(octets.length), octets];
}

function flat(code: Code, into: number[] = []): number[] {
  if (typeof code === 'number') into.push(code);
  else for (const part of code) flat(part, into);
  return into;
}
