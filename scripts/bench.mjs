// npm run bench: compiles the benches with what they measure and runs them, so that it runs as it does under bin/bot. From the
// sources the loader would name each function anew whenever it is made, which makes labels take twice as long.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import './prepare.mjs';

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url));
const node = (...args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;

const compiled = node(at('node_modules/typescript-native/bin/tsc'), '-p', at('tsconfig.bench.json'));
process.exitCode = compiled || node('--enable-source-maps', at('dist/bench/bench/bench.js'), ...process.argv.slice(2));
