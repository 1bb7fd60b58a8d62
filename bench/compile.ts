/**
 * What is measured is compiled first. Compiled is everything the children import from `src/` and `bench/`, by the
 * options of `tsconfig.json`: the same JavaScript that `npm run build` bundles into `dist/`, but module by module, always
 * of the source as it is now, and in a folder of its own, so that a run disturbs nothing and several trees can be
 * measured side by side.
 * No loader, no hook and no source map comes near a measured process.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The compiled children. */
export interface Compiled {
  /** What a child runs. */
  readonly entry: string;
  remove(): void;
}

export function compileChildren(): Compiled {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'zmtp-bench-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));

  const config: unknown = ts.readConfigFile(join(root, 'tsconfig.json'), path => ts.sys.readFile(path)).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram({
    rootNames: [fileURLToPath(new URL('./measured.ts', import.meta.url))],
    options: { ...options, noEmit: false, declaration: false, rootDir: root, outDir: folder },
  });
  program.emit(); // `npm run types` is the judge of types
  return {
    entry: join(folder, 'bench/measured.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
