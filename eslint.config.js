import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Where time, chance and the network come in from outside; `tsc -p src/zmtp` holds the wire to the same. */
const impureGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'],
  ...['performance', 'crypto', 'fetch', 'process', 'Buffer', 'global', 'globalThis', 'console'],
];

/** For the few files that are not TypeScript: in TypeScript tsc knows the names. */
const nodeGlobals = [
  ...['process', 'Buffer', 'console', 'performance', 'URL', 'TextEncoder', 'TextDecoder', 'AbortController'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'],
];

/** One message for one kind of name: `no-restricted-globals` wants them one by one. */
const bannedGlobals = (names, message) => names.map(name => ({ name, message }));

const bannedClocks = [
  { object: 'Date', property: 'now', message: 'Time is an argument, or comes from the Clock of the context.' },
  { object: 'Math', property: 'random', message: 'Randomness is handed in by the context.' },
];

/** What is banned everywhere, as selectors; a block that adds its own must repeat these, for ESLint replaces lists. */
const bannedSyntax = [
  { selector: 'TSEnumDeclaration', message: 'Use a const object and a union of its values.' },
  {
    selector: ':matches(PropertyDefinition, MethodDefinition[kind!="constructor"])[accessibility="private"]',
    message: 'Use #private.',
  },
];
const moduleState = {
  selector: ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind="let"]',
  message: 'The default Context in sockets/context.ts is the only module-level state.',
};

export default defineConfig(
  globalIgnores(['**/dist/', 'coverage/', 'docs/api/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...bannedSyntax],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A `default` is the author's word that the rest is one case; without it every kind must be named.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // It asks for `!`, which strictTypeChecked forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', ...bannedClocks],
      'no-restricted-syntax': ['error', ...bannedSyntax, moduleState],
      // `as const` stays allowed; any other `as` takes a disabling comment that says why it is true.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
    },
  },
  {
    files: ['src/engine/**/*.ts', 'src/security/**/*.ts', 'src/sockets/**/*.ts', 'src/transports/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...bannedGlobals(['setTimeout', 'setInterval', 'performance'], 'Time comes from the Clock of the context.'),
      ],
    },
  },
  {
    files: ['src/engine/clock.ts', 'src/sockets/context.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-restricted-syntax': ['error', ...bannedSyntax],
    },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['src/zmtp/**/*.ts', 'src/errors.ts', 'src/message.ts', 'src/pipe.ts'],
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals(impureGlobals, 'The wire cannot reach outside.')],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'The wire cannot reach outside.' }] },
      ],
    },
  },
  {
    // uvu hands over whatever a test makes; tests look at wrong values on purpose.
    files: ['test/**/*.ts', 'conformance/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts', 'tools/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': [
        'error',
        { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' },
      ],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },

  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map(name => [name, 'readonly'])) },
  },
  {
    files: ['conformance/assets/*.js'], // runs in a browser
    languageOptions: {
      sourceType: 'script',
      globals: { document: 'readonly', window: 'readonly', URLSearchParams: 'readonly' },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
);
