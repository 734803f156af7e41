import { build, type BuildOptions } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL(`../../node_modules/.cache/test-programs/${process.pid}/`, import.meta.url));
/** With the libraries, as dist/ is made: a third of the CPU of a start without them. */
const { OPTIONS } = (await import(new URL('../../scripts/build.mjs', import.meta.url).href)) as {
  OPTIONS: BuildOptions;
};

/** A program of the tests as one file, which is removed when this process ends. */
export const programOf = async (source: string): Promise<string> => {
  const program = join(FOLDER, `${basename(source, '.ts')}.mjs`);
  mkdirSync(FOLDER, { recursive: true });
  process.once('exit', () => rmSync(FOLDER, { recursive: true, force: true }));
  await build({ ...OPTIONS, entryPoints: [source], outfile: program });
  return program;
};
