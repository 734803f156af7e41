import type * as Esbuild from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { makeFolder } from './folders.js';
import { moduleUrl, packageFolder, runsSources } from './package-folder.js';

const bundles = new Map<string, URL>();

/**
 * A source with all that it imports of ours as one file of JavaScript, named by its content. Throws
 * where node_modules cannot be written.
 */
const bundleOf = (path: string): URL => {
  const known = bundles.get(path);
  if (known !== undefined) return known;
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(moduleUrl(path))],
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    write: false,
  });
  const code = outputFiles[0]!.contents;
  const folder = join(packageFolder(), 'node_modules', '.cache', 'threads');
  const file = join(folder, `${createHash('sha256').update(code).digest('hex')}.mjs`);
  if (!existsSync(file)) {
    makeFolder(folder);
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  }
  const url = pathToFileURL(file);
  bundles.set(path, url);
  return url;
};

/** Runs a source through tsx, which takes three times as long to start as a bundle. */
const viaTsx = (path: string, options: WorkerOptions): Worker => {
  const tsx = import.meta.resolve('tsx/esm/api');
  const load = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(moduleUrl(path).href)})))`;
  return new Worker(load, { ...options, eval: true });
};

/**
 * A thread that runs a module of ours, given as `moduleUrl` takes it. Where the sources run, it is
 * bundled first.
 */
export const startThread = (path: string, options: WorkerOptions = {}): Worker => {
  let bundle = moduleUrl(path);
  if (runsSources())
    try {
      bundle = bundleOf(path);
    } catch {
      return viaTsx(path, options);
    }
  return new Worker(bundle, { ...options, execArgv: [] }); // without the tsx that this process may have been started with
};
