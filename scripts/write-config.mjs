// Writes config.yaml anew from the schema: node --import tsx/esm scripts/write-config.mjs
import { writeFileSync } from 'node:fs';
import { renderConfigYaml } from '../lib/settings/render.ts';

writeFileSync(new URL('../config.yaml', import.meta.url), renderConfigYaml());
