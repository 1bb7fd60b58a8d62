/** The module of wasm-box.ts, compiled: its memory, and its functions as JavaScript calls them. */
import { boxModule } from './wasm-box.ts';
import type { WebAssemblyHost } from './web-assembly.ts';

type KernelFunction = (...args: number[]) => number;

/** What {@link boxModule} exports; `wasm-box.ts` tells what each takes and does. */
export interface WasmKernel {
  readonly memory: Uint8Array;
  readonly begin: KernelFunction;
  readonly part: KernelFunction;
  readonly end: KernelFunction;
  readonly seal: KernelFunction;
  /** 1 if the tag is genuine, else 0. */
  readonly open: KernelFunction;
  readonly subkey: KernelFunction;
  readonly wipe: KernelFunction;
}

/** @throws TypeError, RangeError or WebAssembly.CompileError where it cannot be compiled or must not */
export function compileKernel(webAssembly: WebAssemblyHost): WasmKernel {
  const { exports } = new webAssembly.Instance(new webAssembly.Module(boxModule()));
  return {
    memory: memoryOf(exports['memory']),
    begin: functionOf(exports['begin']),
    part: functionOf(exports['part']),
    end: functionOf(exports['end']),
    seal: functionOf(exports['seal']),
    open: functionOf(exports['open']),
    subkey: functionOf(exports['subkey']),
    wipe: functionOf(exports['wipe']),
  };
}

function functionOf(value: unknown): KernelFunction {
  if (!isFunction(value)) throw new TypeError('not a function of WebAssembly');
  return value;
}

function isFunction(value: unknown): value is KernelFunction {
  return typeof value === 'function';
}

function memoryOf(value: unknown): Uint8Array {
  if (typeof value === 'object' && value !== null && 'buffer' in value && value.buffer instanceof ArrayBuffer) {
    return new Uint8Array(value.buffer);
  }
  throw new TypeError('not a memory of WebAssembly');
}
