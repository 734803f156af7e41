// Builds dist/, which bin/bot runs while it is newer than the sources.
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './build.mjs';

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url));

rmSync(at('dist'), { recursive: true, force: true });
await bundle();
writeFileSync(at('dist/.built'), '');
