import { withTable } from '../markdown-table.js';
import { declared } from './exits/index.js';

/** docs/semantics.md with its table of the exit rules as their files declare them. */
export const withExitTable = (page: string): string =>
  withTable(page, {
    of: 'exit rules',
    columns: ['reason', 'sells', 'cooldown'],
    rows: declared.map(({ reason, doc, startsCooldown }) => [`\`${reason}\``, doc, startsCooldown ? 'yes' : 'no']),
  });
