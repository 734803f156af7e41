// Rewrites the tables of docs/semantics.md that derive from declarations: node --import tsx/esm
// scripts/write-docs.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { withExitTable } from '../lib/portfolio/exit-doc.ts';
import { withProtectionTable } from '../lib/portfolio/protection-doc.ts';
import { withRuleTable } from '../lib/universe/doc.ts';

const page = new URL('../docs/semantics.md', import.meta.url);
writeFileSync(page, withProtectionTable(withExitTable(withRuleTable(readFileSync(page, 'utf8')))));
