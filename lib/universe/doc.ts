import { withTable } from '../markdown-table.js';
import { declared } from './rules/index.js';

/** docs/semantics.md with its table of the universe's rules as their files declare them. */
export const withRuleTable = (page: string): string =>
  withTable(page, {
    of: 'rules',
    columns: ['rule', 'passes if', 'unknown if', 'backtest'],
    rows: declared.map(({ name, doc, fromCandles }) => [
      `\`${name}\``,
      doc.passes,
      doc.unknown,
      fromCandles ? 'yes' : 'no',
    ]),
  });
