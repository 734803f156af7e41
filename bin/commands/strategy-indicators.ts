import { CONTEXT_KEYS } from '../../lib/cross-market/columns.js';
import { indicatorColumns } from '../../lib/indicators/catalogue.js';
import { requestableIndicators } from '../../lib/indicators/resolve.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { loadTulind } from '../../lib/world/tulind.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

/** `bot strategy indicators`: what `indicator(…)` and `column(…)` of a strategy take. */
export const strategyIndicatorsCommand = async (
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const { settings } = loadConfiguration(options.config);
  const indicators = requestableIndicators((await loadTulind()).indicators);
  const columns = [
    ...indicatorColumns(settings.indicators).map(({ key, unit }) => ({ key, unit })),
    ...CONTEXT_KEYS.map(key => ({ key, unit: null })),
  ];
  if (options.json) {
    terminal.out(JSON.stringify({ indicators, columns }, null, 2));
    return;
  }
  const optionsOf = (given: Readonly<Record<string, number | null>>) =>
    Object.entries(given)
      .map(([name, standard]) => (standard === null ? name : `${name} ${standard}`))
      .join(', ');
  const rows = (isNative: boolean) =>
    indicators
      .filter(each => each.isNative === isNative)
      .map(({ name, options: given, outputs, doc }) => [name, optionsOf(given) || '–', outputs.join(', '), doc]);
  const head = ['indicator', 'options', 'outputs', ''];
  terminal.out(`${terminal.colours.bold('Ours')}: indicator('rsi', { period: 21, timeframe: 15 })\n`);
  terminal.out(table(head, rows(true), ['left', 'left', 'left', 'left']));
  terminal.out(`\n${terminal.colours.bold("tulind's")}: all options have to be given\n`);
  terminal.out(table(head, rows(false), ['left', 'left', 'left', 'left']));
  terminal.out(`\n${terminal.colours.bold('Columns that are there anyway')}: column('rsi_14')\n`);
  terminal.out(columns.map(({ key }) => key).join(', '));
};
