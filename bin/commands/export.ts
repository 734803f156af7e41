import { settingsFor } from '../../lib/settings/settings-for.js';
import { join } from 'node:path';
import { addedColumns, chosenColumns } from '../../lib/training/choice.js';
import { datasetColumns } from '../../lib/training/columns.js';
import { DATA_FOLDER, DEFAULT_SPAN, type FileSpan } from '../../lib/training/partition.js';
import type { Format } from '../../lib/training/request.js';
import { MOMENTUM_SETUP, strategyOfRun } from '../../lib/strategy/setup.js';
import { UserError } from '../../lib/errors.js';
import { MINUTE_MS } from '../../lib/units.js';
import { README, checkFolder } from '../../lib/world/dataset/folder.js';
import { tapesReader } from '../../lib/world/store/candles/read-ahead.js';
import { codeVersion } from '../../lib/world/version.js';
import { parseAskedPeriod, parseSymbols } from '../arguments.js';
import { count, counted } from '../report/format.js';
import type { Terminal } from '../terminal.js';

/** The options of `bot export`, as parsed. */
export interface ExportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly out?: string;
  readonly symbols?: readonly string[];
  readonly format?: Format;
  readonly filePer?: FileSpan;
  readonly labels?: readonly number[];
  readonly folds?: number;
  readonly columns?: readonly string[];
  readonly resume?: boolean;
  readonly config?: string;
  readonly simulated?: number | true;
  readonly json?: boolean;
  readonly strategy?: string;
  readonly set?: readonly string[];
}

const DEFAULT_FOLDS = 5;

/** Writes a training dataset and prints a summary. */
const write = async (options: ExportOptions, terminal: Terminal): Promise<void> => {
  const { out, folds = DEFAULT_FOLDS, format = 'parquet', filePer = DEFAULT_SPAN } = options;
  if (out === undefined)
    throw new UserError(['--out missing: bot export --from 2026-04-01 --to 2026-05-01 --out dataset']);
  const asked = parseAskedPeriod(options);
  const symbols = options.symbols ? parseSymbols(options.symbols) : null;
  if (symbols?.length === 0) throw new UserError(['--symbols names no market: expected some, as BTC/USD,ETH/USD']);
  checkFolder(out, options.resume ?? false);

  const reader = tapesReader();
  const { withWorldToRead } = await import('../world.js');
  const { storedPast } = await import('../backtest/past.js');
  const { storedPeriod } = await import('../stored-period.js');
  const { writeDataset } = await import('../export/write.js');
  const { chosenStrategy } = await import('../strategy/order.js');
  const manifest = await withWorldToRead(options, terminal, async world => {
    const period = await storedPeriod(world.client, asked, symbols);
    const minutes = (period.to - period.from) / MINUTE_MS;
    if (minutes <= folds)
      throw new UserError([`--folds ${folds}: the period has ${minutes} minutes, expected more than folds`]);
    const past = await storedPast(world, { ...period, symbols }, reader.read);
    const { settings: all, hash } = world.configuration;
    const setup = await chosenStrategy(options, world.configuration);
    const settings = settingsFor(all, setup.name);
    const horizons = [...new Set(options.labels ?? settings.labels.horizonsMinutes)].sort((a, b) => a - b);
    const chosen = chosenColumns(datasetColumns(settings, horizons, setup), options.columns ?? null);
    const request = {
      format,
      filePer,
      codeVersion: codeVersion(),
      ...period,
      horizons,
      folds,
      configuration: hash,
      ...(setup.name !== MOMENTUM_SETUP.name && { strategy: strategyOfRun(setup) }),
      columns: options.columns ? chosen.map(({ name }) => name) : null,
      symbols: past.listings.slice(0, past.traded).map(({ market }) => market.symbol),
    };
    return writeDataset(world, { past, setup, request, out }, terminal);
  }).finally(() => reader.close());
  const { rows, files, barrier, coverage, columns } = manifest;
  const added = options.columns ? addedColumns(columns, options.columns) : [];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (options.json) {
    const names = { columns: columns.map(({ name }) => name), added_columns: added };
    terminal.out(JSON.stringify({ out, rows, files: files.length, bytes, ...names, barrier, coverage }, null, 2));
    return;
  }
  const written = `${counted(rows, 'row', 'rows')} of ${counted(coverage.length, 'market', 'markets')}`;
  const where = `${counted(files.length, 'file', 'files')} (${(bytes / 1e6).toFixed(1)} MB) in ${join(out, DATA_FOLDER)}`;
  terminal.out(`${written} in ${where}`);
  if (added.length > 0) {
    const more = added.reduce((sum, { names }) => sum + names.length, 0);
    terminal.out(`${columns.length} columns: ${columns.length - more} requested, and ${more} more:`);
    for (const { reason, names } of added) terminal.out(`  ${names.join(', ')}: ${reason}`);
  }
  terminal.out(
    `${counted(barrier.outcomes, 'outcome', 'outcomes')}, ${count(barrier.profitable)} of them profitable. See ${join(out, README)} for the columns.`,
  );
};

/** `bot export` writes a dataset, `bot export verify FOLDER` checks one. */
export const exportCommand = async (
  action: string | undefined,
  folder: string | undefined,
  options: ExportOptions,
  terminal: Terminal,
): Promise<void> => {
  if (action === undefined) return write(options, terminal);
  if (action !== 'verify' || folder === undefined)
    throw new UserError([
      `export ${[action, folder].filter(Boolean).join(' ')}: expected bot export verify FOLDER, or options alone`,
    ]);
  return (await import('./export-verify.js')).exportVerifyCommand(folder, options, terminal);
};
