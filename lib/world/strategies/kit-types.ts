import { resolve } from 'node:path';
import { packageFolder, runsSources } from '../package-folder.js';

/** The file with the types of the kit, which an editor needs beside a strategy. */
export const kitTypesFile = (): string =>
  resolve(packageFolder(), runsSources() ? 'lib/strategy/kit.ts' : 'dist/lib/strategy/kit.ts');
