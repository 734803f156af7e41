import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The package's own folder, whether the sources run or what was built from them. */
export const packageFolder = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(resolve(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
};

/** Whether the sources run; else what was built from them. */
export const runsSources = (): boolean => import.meta.url.endsWith('.ts');

/**
 * The URL of a module of ours by its path in the package without its ending, to be loaded from
 * there: a source where the sources run, else what was built from it. `scripts/build.mjs` has to
 * list it as an entry.
 */
export const moduleUrl = (path: string): URL =>
  pathToFileURL(resolve(packageFolder(), runsSources() ? `${path}.ts` : `dist/${path}.js`));
