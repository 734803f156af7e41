// Writes the table of the universe's rules in docs/semantics.md anew: node --import tsx/esm scripts/write-docs.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { withRuleTable } from '../lib/universe/doc.ts';

const page = new URL('../docs/semantics.md', import.meta.url);
writeFileSync(page, withRuleTable(readFileSync(page, 'utf8')));
