// The arrows of the house. A room imports only from rooms further along:
//
//    cli → index → sockets → engine ─┬→ transports ─┬→ ground floor: errors · message · pipe
//                  ▲                 └→ zmtp ───────┘
//     security ────┘ the question whom to let in, and keys as text: no more of it
//
// Imports of types count like any other. Each rule names what a room may see; the rest of src is out of its sight.

const GROUND = '^src/(errors|message|pipe)[.]ts$';
const TRANSPORT_CONTRACTS = '^src/transports/(transport|datagram|endpoint)[.]ts$';

/** @param rooms - path patterns inside src that `from` may import */
function sees(name, from, rooms, comment) {
  return { name, comment, severity: 'error', from: { path: from }, to: { path: '^src/', pathNot: rooms } };
}

module.exports = {
  forbidden: [
    sees('ground-floor', GROUND, [GROUND], 'Below the ground floor there is nothing.'),
    sees('zmtp', '^src/zmtp/', ['^src/zmtp/', GROUND], 'The wire knows no transport, engine or socket.'),
    sees('transports', '^src/transports/', ['^src/transports/', GROUND], 'A transport moves octets: it knows no ZMTP.'),
    sees(
      'engine',
      '^src/engine/',
      ['^src/engine/', '^src/transports/', '^src/zmtp/', GROUND],
      'The engine reports upward through what it was handed, never by import.',
    ),
    sees(
      'sockets',
      '^src/sockets/(?!context[.]ts$)',
      ['^src/sockets/', '^src/engine/', '^src/zmtp/', '^src/transports/endpoint[.]ts$', GROUND],
      'Of the transports a socket knows how an endpoint is written; sockets/context.ts picks the transports.',
    ),
    sees(
      'sockets-context',
      '^src/sockets/context[.]ts$',
      [
        '^src/sockets/',
        '^src/engine/',
        '^src/transports/',
        '^src/zmtp/(slab|crypto/.*|mechanisms/curve-crypto)[.]ts$',
        GROUND,
      ],
      'The context picks transports and cryptography. Transports meet zmtp in the engine only, so of zmtp it sees no more.',
    ),
    sees(
      'security',
      '^src/security/',
      [
        '^src/security/',
        '^src/sockets/zap/authenticator[.]ts$',
        '^src/sockets/curve-keys[.]ts$',
        '^src/engine/clock[.]ts$',
        '^src/zmtp/z85[.]ts$',
        GROUND,
      ],
      'Answers to the question whom to let in need to know how it is asked, and nothing of who asks.',
    ),
    {
      name: 'security-is-an-entry',
      comment: 'Who has no use for it loads nothing of it.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/security/', '^src/cli/'] },
      to: { path: '^src/security/' },
    },
    sees(
      'index',
      '^src/index[.]ts$',
      ['^src/sockets/', '^src/engine/', '^src/zmtp/', TRANSPORT_CONTRACTS, GROUND],
      'The public list tells of contracts, not of the transports behind them.',
    ),
    {
      name: 'index-is-the-door',
      comment: 'Inside the house, import from the file that has the thing.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/index[.]ts$' },
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'src-stands-alone',
      comment: 'What is published does not lean on what is not.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|conformance|tools)/' },
    },
    {
      name: 'pure-rooms',
      comment: 'zmtp and the ground floor run anywhere: no modules of Node.',
      severity: 'error',
      from: { path: ['^src/zmtp/', GROUND] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'packages-in-one-file',
      comment: 'The cryptography behind one interface, and the way through a proxy, are all that src takes from npm.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/zmtp/crypto/noble-[a-z-]+[.]ts$', '^src/transports/socks[.]ts$'] },
      to: { path: 'node_modules/' },
    },
    {
      name: 'only-noble',
      severity: 'error',
      from: { path: '^src/zmtp/crypto/noble-[a-z-]+[.]ts$' },
      to: { path: 'node_modules/', pathNot: 'node_modules/@noble/' },
    },
    {
      name: 'only-socks',
      severity: 'error',
      from: { path: '^src/transports/socks[.]ts$' },
      to: { path: 'node_modules/', pathNot: 'node_modules/socks/' },
    },
    {
      name: 'published-dependencies',
      comment: 'src imports only what package.json lists under dependencies; socks is an optional peer.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/transports/socks[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'conformance-stands-alone',
      comment: 'One misreading must not pass on both sides: the tester shares nothing with what it tests.',
      severity: 'error',
      from: { path: '^conformance/' },
      to: { path: '^(src|test|bench|examples|tools)/' },
    },
    {
      name: 'conformance-raw',
      comment: 'The raw kit builds and takes apart octets. It knows no target and no case.',
      severity: 'error',
      from: { path: '^conformance/src/raw/' },
      to: { path: '^conformance/src/(?!raw/)' },
    },
    {
      name: 'conformance-cases',
      comment: 'A case plays a peer and tells what it saw: it runs, judges and reports nothing.',
      severity: 'error',
      from: { path: '^conformance/src/(cases|trial)/' },
      to: { path: '^conformance/src/(run|judge|report|interop|cli)' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // also the imports that vanish with the types
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
