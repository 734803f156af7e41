// Compiles the sources to dist/ where a compiler is installed; without one (npm ci --omit=dev) the sources run through tsx.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url));
const compiler = at('node_modules/typescript-native/bin/tsc');

if (!existsSync(compiler)) {
  console.log('crypto-bot: no compiler installed, the sources run as they are (starting takes a little longer)');
} else {
  rmSync(at('dist'), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', at('tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(at('dist/.built'), '');
}
