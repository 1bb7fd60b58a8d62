/**
 * Judges the tester's package as npm would publish it; part of `npm run package`. Its size; whether it has all it needs
 * and nothing else; and whether it works for a newcomer, in a folder that has only the two packages and what they depend
 * on: both commands, against the package `zmtp` by name, and against a socket of its by address.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const SIZE_MAX = 250_000;
const DEPENDENCIES = ['@noble/ciphers', '@noble/curves', 'tweetnacl'];
/** Without these a command, a report or who writes an adaptor would miss something. */
const NEEDED = [
  'LICENSE',
  'README.md',
  'adaptors/protocol.md',
  'adaptors/zmtp.mjs',
  'assets/report.css',
  'assets/report.js',
  'dist/cli.js',
  'dist/interop/cli.js',
  'expected/zmtp.json',
  'expected/libzmq.json',
  'package.json',
  'targets/zmtp.json',
];
/** What a package of such a kind may hold. */
const ALLOWED =
  /^(LICENSE|README[.]md|package[.]json|dist[/][\w/-]+[.]js|adaptors[/][\w-]+[.](mjs|py|md)|assets[/]report[.](css|js)|(expected|targets)[/][\w-]+[.]json)$/;

const root = resolve(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'zmtp-conformance-package-'));
const children: ChildProcess[] = [];
try {
  install('zmtp');
  const { size, files } = install('zmtp-conformance', '-w', 'conformance');
  console.log(`zmtp-conformance: ${size} octets packed, limit ${SIZE_MAX}`);
  expect(size < SIZE_MAX, `the package has ${size} octets, limit ${SIZE_MAX}`);
  for (const needed of NEEDED) expect(files.includes(needed), `${needed} is not in the package`);
  for (const file of files) expect(ALLOWED.test(file), `${file} does not belong into the package`);
  for (const name of DEPENDENCIES) link(name, join(root, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

  expect(command('zmtp-conformance', '--list').startsWith('greeting/1 '), '--list tells no cases');
  const reports = ['--html', 'report.html', '--json', 'report.json'];
  const byName = command('zmtp-conformance', 'greeting', 'frame', '--target', 'zmtp', ...reports);
  expect(/^wire: \d+ PASS/m.test(byName), byName);
  expect(readFileSync(join(folder, 'report.html'), 'utf8').includes('<style>\n'), 'the report has no style');
  command('zmtp-conformance', '--from', 'report.json', '--junit', 'report.xml', '--markdown', 'report.md');
  const expected = ['--expected', 'node_modules/zmtp-conformance/expected/zmtp.json'];
  const byAddress = command('zmtp-conformance', 'greeting', '--target', await bound(), ...expected);
  expect(/^wire: \d+ PASS/m.test(byAddress), byAddress);
  const crossed = command('zmtp-interop', 'PAIR', '--left', 'zmtp', '--right', 'zmtp');
  expect(/: [1-9]\d* pass, 0 fail, 0 known to fail, 0 lacking/.test(crossed), crossed);
  console.log('zmtp-conformance: works in an empty folder, by name and by address, and crosses zmtp with itself');
} finally {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Puts a package into the folder, with its commands as npm would; tells what was packed. */
function install(name: string, ...workspace: readonly string[]): { readonly size: number; readonly files: string[] } {
  const packing = ['pack', ...workspace, '--ignore-scripts', '--silent', '--pack-destination', folder];
  const tarball = join(folder, execFileSync('npm', packing, { cwd: root, encoding: 'utf8' }).trim());
  const home = join(folder, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', home, '--strip-components', '1']);
  const { bin = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { bin?: Record<string, string> };
  for (const [word, file] of Object.entries(bin)) link(`.bin/${word}`, join(home, file));
  const listed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
  return { size: statSync(tarball).size, files: listed.map(file => file.replace(/^package[/]/, '')) };
}

function link(name: string, to: string): void {
  const from = join(folder, 'node_modules', name);
  mkdirSync(dirname(from), { recursive: true });
  symlinkSync(to, from);
}

/** What the command says. @throws Error when it fails; it has told why */
function command(word: string, ...args: readonly string[]): string {
  const program = join(folder, 'node_modules/.bin', word);
  const options = { cwd: folder, encoding: 'utf8', timeout: 120_000 } as const;
  try {
    return execFileSync(process.execPath, [program, ...args], options);
  } catch (cause) {
    if (cause instanceof Error && 'stdout' in cause) console.error(cause.stdout);
    throw cause;
  }
}

/** A ROUTER of the package, in a process of its own: where it is bound. */
async function bound(): Promise<string> {
  const program = `import { Router } from 'zmtp';
    const router = new Router();
    await router.bind('tcp://127.0.0.1:*');
    console.log(router.lastEndpoint);
    for await (const message of router) void message;`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
  children.push(child);
  child.stderr.pipe(process.stderr);
  const [line] = (await child.stdout.take(1).toArray()) as Buffer[];
  return String(line).trim();
}

function expect(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
