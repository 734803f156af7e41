// npm run bench: builds the benches with what they measure and runs them, so that it runs as it
// does under bin/bot. From the sources the loader would name each function anew whenever it is
// made, which makes labels take twice as long.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundle } from './build.mjs';

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

await bundle(['bench/bench.ts']);
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', at('dist/bench/bench.js'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
