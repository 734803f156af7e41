import { UserError } from '../../lib/errors.js';
import { checkExportFolder, writeExport } from '../../lib/world/export-csv.js';
import type { Settings } from '../../lib/settings/settings.js';
import { parsePeriod, parseSymbols } from '../arguments.js';
import { storedPast, syntheticPast, type Past } from '../backtest/past.js';
import { runBacktest } from '../backtest/run.js';
import { verifiedPast } from '../backtest/verify.js';
import { renderReport } from '../report/render.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

/** The options of `bot backtest` as they are typed. */
export interface BacktestOptions {
  readonly from: string;
  readonly to: string;
  readonly symbols?: readonly string[];
  readonly config?: string;
  readonly json?: boolean;
  readonly export?: string;
  readonly synthetic?: boolean;
  readonly seed?: number;
  readonly verify?: boolean;
  readonly tapeMinutes?: number;
}

const DEFAULT_SEED = 1;

/** What a reader should know before believing the report. */
const warningsOf = ({ listings, traded }: Past, { portfolio }: Settings): string[] => {
  const symbols = listings.map(({ market }) => market.symbol);
  const priced = (quote: string) =>
    quote === portfolio.currency ||
    symbols.includes(`${quote}/${portfolio.currency}`) ||
    symbols.includes(`${portfolio.currency}/${quote}`);
  const without = listings.slice(0, traded).filter(({ market }) => !priced(market.quote));
  const quotes = [...new Set(without.map(({ market }) => market.quote))];
  return [
    ...quotes.map(
      quote =>
        `${without
          .filter(({ market }) => market.quote === quote)
          .map(({ market }) => market.symbol)
          .join(', ')} not tradable: ` +
        `no price of ${quote} in ${portfolio.currency} is stored in the period (import ${quote}/${portfolio.currency})`,
    ),
  ];
};

/** `bot backtest`: prints the report, or with `--json` one document; `--export` also writes CSV files. */
export const backtestCommand = async (options: BacktestOptions, terminal: Terminal): Promise<void> => {
  const period = parsePeriod(options.from, options.to);
  const symbols = options.symbols ? parseSymbols(options.symbols) : null;
  if (symbols?.length === 0) throw new UserError(['--symbols names no market: expected some, as BTC/USD,ETH/USD']);
  if (options.seed !== undefined && !options.synthetic)
    throw new UserError(['--seed is the seed of a generated market: it goes with --synthetic']);
  if (options.export !== undefined) await checkExportFolder(options.export);
  const seed = options.synthetic ? (options.seed ?? DEFAULT_SEED) : undefined;

  const report = await withWorld(options, terminal, async world => {
    const asked = { ...period, symbols };
    const all = seed === undefined ? await storedPast(world, asked) : syntheticPast(world, asked, seed);
    const { settings } = world.configuration;
    const { past, failures } = options.verify
      ? await verifiedPast(all, period, settings, terminal)
      : { past: all, failures: [] };
    const warnings = [...warningsOf(past, settings), ...failures];
    return runBacktest(world, { past, period, minutesPerTape: options.tapeMinutes, seed, warnings }, terminal);
  });
  if (options.export !== undefined) await writeExport(options.export, report);
  terminal.out(options.json ? JSON.stringify(report, null, 2) : renderReport(report, terminal.colours, terminal.width));
};
