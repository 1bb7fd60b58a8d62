/** Node's WebAssembly, and hosts that are not quite it. */
import type { ModuleBuilder } from '../../src/zmtp/crypto/wasm-assembler.ts';
import { boxModule } from '../../src/zmtp/crypto/wasm-box.ts';
import { hostWebAssembly, type WebAssemblyHost } from '../../src/zmtp/crypto/web-assembly.ts';

type Exports = Readonly<Record<string, unknown>>;

export const nodeWebAssembly: WebAssemblyHost = needed(hostWebAssembly());

/** An instance of the box's module. */
export function instanceOf(host: WebAssemblyHost): { exports: Exports; memory: { readonly buffer: ArrayBuffer } } {
  const { exports } = new host.Instance(new host.Module(boxModule()));
  return { exports, memory: exports['memory'] as { readonly buffer: ArrayBuffer } };
}

/** What a program does, on a page of memory. */
export function assembled(module: ModuleBuilder): {
  readonly memory: Uint8Array;
  call(name: string, ...args: number[]): number;
} {
  const { exports } = new nodeWebAssembly.Instance(new nodeWebAssembly.Module(module.octets(1)));
  return {
    memory: new Uint8Array((exports['memory'] as { readonly buffer: ArrayBuffer }).buffer),
    call: (name, ...args) => (exports[name] as (...args: number[]) => number)(...args),
  };
}

/** A host that does this before it compiles a module: it may throw, or spoil the octets. */
export function withCompiler(look: (octets: Uint8Array<ArrayBuffer>) => void): WebAssemblyHost {
  class Module {
    readonly compiled: object;

    constructor(octets: Uint8Array<ArrayBuffer>) {
      look(octets);
      this.compiled = new nodeWebAssembly.Module(octets);
    }
  }
  class Instance {
    readonly exports: Exports;

    constructor(module: object) {
      this.exports = new nodeWebAssembly.Instance((module as Module).compiled).exports;
    }
  }
  return { Module, Instance };
}

/** A host whose instances all export this. */
export function withExports(exports: Exports): WebAssemblyHost {
  return {
    Module: nodeWebAssembly.Module,
    Instance: class {
      readonly exports: Exports = exports;
    },
  };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Node has no WebAssembly');
  return value;
}
