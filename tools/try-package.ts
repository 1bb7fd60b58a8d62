/**
 * Judges the package as npm would publish it; part of `npm run package`, which has built `dist/` before. Its size; what
 * each entry loads; and whether it works for a newcomer, in a folder that has only the package and its dependencies:
 * from modules and by `require()`, with the types of all entries under both ways to resolve them, and with the programs
 * of the README.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const SIZE_MAX = 150_000;
const DEPENDENCIES = ['@noble/ciphers', '@noble/curves'];
/** A newcomer who writes TypeScript has these types too: those of Node stand in the declarations of the package. */
const TYPES = ['@types/node', 'undici-types'];

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'zmtp-package-'));
try {
  const size = install();
  console.log(`zmtp: ${size} octets packed, limit ${SIZE_MAX}`);
  if (size >= SIZE_MAX) throw new Error(`the package has ${size} octets, limit ${SIZE_MAX}`);

  expectToLoad('index', /./);
  expectToLoad('security', /^(node:|[.][/]chunks[/](ground|keys)[.]js$)/);
  expectToLoad('wire', /^(@noble[/]|[.][/]chunks[/](ground|zmtp)[.]js$)/);

  for (const program of ['import.mjs', 'require.cjs']) {
    copyFileSync(join(root, 'tools/newcomer', program), join(folder, program));
    run(program);
  }
  const programs = writePrograms();
  compile(programs, '--module', 'preserve', '--moduleResolution', 'bundler', '--noEmit');
  compile(programs, '--module', 'nodenext', '--moduleResolution', 'nodenext');
  for (const program of programs) run(program.replace(/ts$/, 'js'));
  console.log(`zmtp: loads, and works in an empty folder: import, require, types, ${programs.length} programs`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Puts the package and its dependencies into the folder; returns how many octets were packed. */
function install(): number {
  const packing = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const tarball = join(folder, execFileSync('npm', packing, { cwd: root, encoding: 'utf8' }).trim());
  const home = join(folder, 'node_modules/zmtp');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', home, '--strip-components', '1']);
  for (const name of [...DEPENDENCIES, ...TYPES]) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return statSync(tarball).size;
}

/** Who takes one entry must not pay for another, and `zmtp/wire` runs where there is no Node. */
function expectToLoad(entry: string, allowed: RegExp): void {
  const dist = join(folder, 'node_modules/zmtp/dist');
  const files = new Set([join(dist, `${entry}.js`)]);
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export) .*from '(.+)';$/gm)) {
      const loaded = name.startsWith('.') ? join(dirname(file), name) : name;
      const shown = loaded.replace(dist, '.').replaceAll('\\', '/');
      if (!allowed.test(shown)) throw new Error(`${entry}.js loads ${shown}`);
      if (name.startsWith('.')) files.add(loaded);
    }
  }
}

/** One that names every type there is, and those of the README. */
function writePrograms(): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm);
  const entries = ['zmtp', 'zmtp/security', 'zmtp/wire'];
  const everything = entries.map((name, index) => `export * as entry${index} from '${name}';\n`).join('');
  return [everything, ...Array.from(readme, ([, program = '']) => program)].map((program, index) => {
    const name = `program${index}.ts`;
    writeFileSync(join(folder, name), program);
    return name;
  });
}

/** Strictly, the declarations of the package themselves included. */
function compile(programs: readonly string[], ...options: readonly string[]): void {
  const strictly = ['--strict', '--skipLibCheck', 'false', '--target', 'es2023', '--types', 'node'];
  run(join(root, 'node_modules/typescript/bin/tsc'), ...programs, ...strictly, ...options);
}

/** @throws Error when it fails; it has told why */
function run(program: string, ...rest: readonly string[]): void {
  execFileSync(process.execPath, [program, ...rest], { cwd: folder, stdio: 'inherit', timeout: 120_000 });
}
