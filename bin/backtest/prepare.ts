import type { StrategySetup } from '../../lib/strategy/setup.js';
import type { Settings } from '../../lib/settings/settings.js';
import type { ReadTapesAhead } from '../../lib/world/store/candles/read-ahead.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';
import { storedPast, syntheticPast, type Asked, type Past } from './past.js';
import type { BacktestJob } from './run.js';

/** The validated request of `bot backtest`. */
export interface BacktestRequest extends Asked {
  /** The seed of a generated market, or the reader of stored candles. */
  readonly source: { readonly seed: number } | { readonly read: ReadTapesAhead };
  /** First check each market's indicators against the reference. */
  readonly verify: boolean;
  readonly strategies: readonly StrategySetup[];
  readonly minutesPerTape: number | undefined;
  readonly isRecorded: boolean;
  readonly label: string | null;
}

/** Warnings of the report. */
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

/** Finds the candles of a backtest and its warnings. Throws `UserError` if there are none. */
export const prepareBacktest = async (
  world: CommandWorld,
  wanted: BacktestRequest,
  terminal: Terminal,
): Promise<BacktestJob> => {
  const { source, strategies, from, to, minutesPerTape, isRecorded, label } = wanted;
  const { settings } = world.configuration;
  const period = { from, to };
  const seed = 'seed' in source ? source.seed : undefined;
  const all =
    'seed' in source ? syntheticPast(world, wanted, source.seed) : await storedPast(world, wanted, source.read);
  const { past, failures } = wanted.verify
    ? await (await import('./verify.js')).verifiedPast(all, period, settings, terminal)
    : { past: all, failures: [] };
  const warnings = [...warningsOf(past, settings), ...failures];
  return { past, strategies, period, minutesPerTape, seed, isRecorded, label, warnings };
};
