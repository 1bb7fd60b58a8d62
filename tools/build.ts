/**
 * Makes `dist/`: `npm run build`. Each entry of `package.json` is one file of JavaScript and one of declarations, and
 * what entries share lies in `dist/chunks/`, one file for a room of the house. So a class is the same whichever entry
 * it is imported from, and a third of the size of a file for each module goes.
 *
 *     src/index.ts            dist/index.js      index.d.ts       lists what lies in the chunks
 *     src/security/index.ts   dist/security.js   security.d.ts
 *     src/zmtp/index.ts       dist/wire.js       wire.d.ts
 *     src/ROOM/…              dist/chunks/ROOM.js
 *
 * Two chunks are no rooms: `ground` and `keys` have what `zmtp/security` takes from them, so that it does not load the
 * sockets. Nothing is minified and no name is made up, since people read stack traces; comments are left to the
 * declarations, where editors show them.
 */
import { readFileSync, rmSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { rollup, type GetModuleInfo, type OutputOptions, type Plugin, type RollupLog } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import ts from 'typescript';

const ENTRIES = { index: 'src/index.ts', security: 'src/security/index.ts', wire: 'src/zmtp/index.ts' };
const TSCONFIG = 'tsconfig.build.json';

process.chdir(resolve(import.meta.dirname, '..'));
rmSync('dist', { recursive: true, force: true });
await bundle('js', eraseTypes(), withTabs());
await bundle('d.ts', dts({ tsconfig: TSCONFIG }), withoutFileHeads());

async function bundle(extension: 'js' | 'd.ts', ...plugins: Plugin[]): Promise<void> {
  const output: OutputOptions = {
    dir: 'dist',
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `chunks/[name].${extension}`,
    manualChunks: (id, { getModuleInfo }) => chunkOf(id, getModuleInfo),
    minifyInternalExports: false,
    hoistTransitiveImports: false, // an entry imports what it uses, and nothing in advance
  };
  const made = await rollup({ input: ENTRIES, external: isElsewhere, plugins, onwarn: refuse });
  await made.write(output);
  await made.close();
}

/** What stays an import: Node's own modules, and packages. */
function isElsewhere(id: string): boolean {
  return !id.startsWith('.') && !isAbsolute(id);
}

/** The chunk a module goes to; undefined: the file of the entry that has it for its own. */
function chunkOf(id: string, getModuleInfo: GetModuleInfo): string | undefined {
  const path = resolve(id);
  const room = /[/\\]src[/\\](?:(\w+)[/\\])?/.exec(path)?.[1] ?? 'ground';
  if (room === 'security' || Object.values(ENTRIES).some(entry => resolve(entry) === path)) return undefined;
  if (!reach(ENTRIES.security, getModuleInfo).has(path)) return room;
  return reach(ENTRIES.wire, getModuleInfo).has(path) ? 'ground' : 'keys';
}

/** All modules that are loaded with an entry. */
function reach(entry: string, getModuleInfo: GetModuleInfo): ReadonlySet<string> {
  const found = new Set([resolve(entry)]);
  for (const id of found) for (const imported of getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

/** TypeScript → JavaScript, module by module. Types are not looked at: `tsc` has judged them. */
function eraseTypes(): Plugin {
  const config: unknown = ts.readConfigFile(TSCONFIG, path => readFileSync(path, 'utf8')).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const compilerOptions: ts.CompilerOptions = {
    ...options,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: false, // rollup follows them to the sources
    removeComments: true,
  };
  return {
    name: 'erase-types',
    transform: (code, fileName) => ts.transpileModule(code, { fileName, compilerOptions }).outputText,
  };
}

/** A tab for each four spaces that a line begins with, but for lines that begin in the midst of a text. */
function withTabs(): Plugin {
  const renderChunk = (code: string): string => {
    const texts: ts.Node[] = [];
    const collect = (node: ts.Node): void => {
      if (ts.isTemplateLiteral(node)) texts.push(node);
      else ts.forEachChild(node, collect);
    };
    collect(ts.createSourceFile('chunk.js', code, ts.ScriptTarget.ESNext));
    return code.replaceAll(/^(?: {4})+/gm, (spaces, offset: number) =>
      texts.some(({ pos, end }) => pos < offset && offset < end) ? spaces : '\t'.repeat(spaces.length / 4),
    );
  };
  return { name: 'with-tabs', renderChunk };
}

/**
 * Takes away the comments at the heads of the source files, which would end up in the midst of a chunk of declarations,
 * where they belong to nothing and no editor shows them: what is followed by another comment or an empty line.
 */
function withoutFileHeads(): Plugin {
  const heads = /^\/\*\*(?:(?!\*\/)[^])*\*\/\n+(?=\n|\/\*\*)/gm;
  return { name: 'without-file-heads', renderChunk: code => code.replaceAll(heads, '') };
}

/** Whatever rollup warns of (a name that is nowhere, chunks in a circle) would be broken in the package. */
function refuse(warning: RollupLog): never {
  throw new Error(warning.message);
}
