import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { marketOf } from '../../lib/market.js';
import type { Trade } from '../../lib/portfolio/events.js';
import { bitcoinHeld, equalWeightHeld } from '../../lib/report/benchmark.js';
import { buildReport, type ReportSource, type StrategySource } from '../../lib/report/build.js';
import type { DecisionCounts } from '../../lib/report/decision-tally.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { Performance } from '../../lib/report/performance.js';
import { defaultConfiguration } from '../../lib/settings/read.js';
import { tapeOf } from '../support/tape.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { APRIL, eventsOf, result, sampleTrade } from './sample.js';

const costs = (fee: number) => ({ fee, halfSpread: 0.125, slippage: 0.1 });

/** Two trades on two markets: 5 ETH at 100 and 0.02 BTC at 25,000, half of it sold with profit. */
export const twoTrades: readonly Trade[] = [
  sampleTrade([{ at: APRIL + 5 * HOUR_MS, price: 98, reason: 'stop_loss', profitLoss: -13.96, costs: costs(1.96) }], {
    number: 1,
    market: 1,
    entryAt: APRIL + 2 * HOUR_MS,
    entryPrice: 100,
    size: 5,
    entryCosts: costs(2),
  }),
  sampleTrade(
    [
      {
        ...({ at: APRIL + 30 * HOUR_MS, price: 26_000, size: 0.01, percentage: 50, reason: 'take_profit' } as const),
        profitLoss: 7.96,
        costs: costs(1.04),
      },
      {
        ...({ at: APRIL + 2 * DAY_MS, price: 25_500, size: 0.01, percentage: 50, reason: 'end_of_data' } as const),
        profitLoss: 2.98,
        costs: costs(1.02),
      },
    ],
    { number: 2, market: 0, entryAt: APRIL + 26 * HOUR_MS, entryPrice: 25_000, size: 0.02, entryCosts: costs(2) },
  ),
];

const busy: DecisionCounts = {
  decisions: {
    gap: 10,
    not_tradable: 500,
    quiet: 20,
    rsi: 300,
    macd: 1200,
    roc: 840,
    bollinger: 4,
    volume: 2,
    trend: 1,
    opportunity: 3,
  },
  notTradable: { daily_volume: 450, history: 50 },
};
const calm: DecisionCounts = { decisions: { rsi: 1000, macd: 1000, roc: 880 }, notTradable: {} };

/** What a strategy did over two days with these trades. */
export const sampleSource = (trades: readonly Trade[], over: Partial<StrategySource> = {}): StrategySource => {
  const performance = new Performance({ initialBalance: 10_000, from: APRIL });
  const all = trades.flatMap(trade => trade.exits);
  const marks = Array.from({ length: 2880 }, (_, i) =>
    all.reduce((sum, { at, profitLoss }) => (at <= APRIL + (i + 1) * MINUTE_MS ? sum + profitLoss : sum), 10_000),
  );
  const held = Float64Array.from(marks, (_, i) =>
    trades.some(
      ({ entryAt, exits }) => entryAt <= APRIL + i * MINUTE_MS && APRIL + (i + 1) * MINUTE_MS < exits.at(-1)!.at,
    )
      ? 1
      : 0,
  );
  performance.add(result(APRIL, marks, { exposed: held, events: trades.flatMap(eventsOf) }));
  performance.finish(marks.at(-1)!, APRIL + 2 * DAY_MS);
  return {
    setup: MOMENTUM_SETUP,
    check: null,
    performance,
    decisions: trades.length > 0 ? [busy, calm] : [calm, calm],
    walked: 0,
    warnings: [],
    ...over,
  };
};

interface SampleOver extends Partial<ReportSource> {
  readonly walked?: number;
  readonly shadows?: readonly StrategySource[];
}

/** Two days of a run of BTC/USD and ETH/USD with these trades. */
export const sampleReport = (
  trades: readonly Trade[],
  { walked = 0, shadows = [], ...over }: SampleOver = {},
): BacktestReport => {
  const markets = [marketOf('BTC/USD'), marketOf('ETH/USD')];
  const world = {
    markets,
    currency: 'USD',
    initialBalance: 10_000,
    takerFee: 0.004,
    from: APRIL,
    to: APRIL + 2 * DAY_MS,
  };
  const [bitcoin, equalWeight] = [bitcoinHeld(world), equalWeightHeld(world, [0, 1])];
  const flat = (market: number, at: number, price: number) => ({
    market,
    at,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 1,
  });
  const tape = tapeOf(
    [
      flat(0, APRIL, 25_000),
      flat(0, APRIL + DAY_MS, 24_000),
      flat(0, APRIL + 2 * DAY_MS - MINUTE_MS, 25_500),
      flat(1, APRIL, 100),
    ],
    2,
  );
  for (const benchmark of [bitcoin, equalWeight]) {
    benchmark.add(tape);
    benchmark.finish();
  }
  return buildReport({
    run: 7,
    from: APRIL,
    to: APRIL + 2 * DAY_MS,
    markets,
    configuration: defaultConfiguration,
    strategies: [sampleSource(trades, { walked }), ...shadows],
    benchmarks: { bitcoin: bitcoin.metrics(), equalWeight: equalWeight.metrics() },
    cells: { minutes: 5_760, missing: trades.length > 0 ? 10 : 0, quiet: trades.length > 0 ? 20 : 0, suspect: 0 },
    universe: null,
    warnings: [],
    ...over,
  });
};
