import { buildSync } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL(`../../node_modules/.cache/test-programs/${process.pid}/`, import.meta.url));
const built = new Map<string, string>();

/**
 * A program of the tests, bundled for Node: it starts in a third of the time that it takes from its
 * sources.
 */
export const programOf = (source: string): string => {
  const known = built.get(source);
  if (known !== undefined) return known;
  const program = join(FOLDER, `${basename(source, '.ts')}.mjs`);
  mkdirSync(FOLDER, { recursive: true });
  if (built.size === 0) process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
  buildSync({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  built.set(source, program);
  return program;
};
