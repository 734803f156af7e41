import { withTable } from '../markdown-table.js';
import { declared } from './protections/index.js';

/** docs/semantics.md with its table of the protections as their files declare them. */
export const withProtectionTable = (page: string): string =>
  withTable(page, {
    of: 'protections',
    columns: ['protection', 'pauses entries when', 'on', 'until'],
    rows: declared.map(({ reason, doc: { when, where, until } }) => [`\`${reason}\``, when, where, until]),
  });
