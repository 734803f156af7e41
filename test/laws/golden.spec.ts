import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { from } from 'rxjs';
import { buildReport } from '../../lib/report/build.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { Tally } from '../../lib/report/tally.js';
import { readSettings } from '../../lib/settings/read.js';
import { syntheticMarkets, syntheticTapes } from '../../lib/simulator/market/market.js';
import { DAY_MS } from '../../lib/units.js';
import { backtest } from '../../streams/backtest.js';

const SYMBOLS = ['ADA/USD', 'BTC/USD', 'ETH/USD', 'MINA/USD', 'SOL/USD'];
const SEED = 7;
const START = Date.UTC(2025, 5, 1);
const PERIOD = { from: START + 7.5 * DAY_MS, to: START + 45 * DAY_MS };

const EAGER = `
filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000 }
momentum_strategy:
  roc: { periods: [1, 5, 15], thresholds: [0.05, 0.1, 0.2] }
  volume: { factor: 1 }
  trend_confirmation_required: false
`;

/** Plays 45 days of a generated market, kept in memory, the first 7.5 for warming up. */
const play = (yaml: string): BacktestReport => {
  const configuration = readSettings(yaml, 'golden.yaml', {});
  const { settings } = configuration;
  const listed = syntheticMarkets(SYMBOLS);
  const markets = listed.map(({ market }) => market);
  const tally = new Tally({ markets, traded: markets.length, ...PERIOD, settings });
  backtest({
    tape$: from(syntheticTapes(SYMBOLS, SEED, START, PERIOD.to, 1_440)),
    settings,
    listings: listed.map(({ market, listedAt }) => ({ market, firstCandleAt: listedAt })),
    period: PERIOD,
  }).subscribe(step => {
    if (step.kind === 'settled') tally.add(step.change);
    else tally.finish(step.equity, step.at, step.events);
  });
  return buildReport({
    run: 0,
    ...PERIOD,
    markets,
    configuration,
    strategies: [
      {
        setup: MOMENTUM_SETUP,
        check: null,
        performance: tally.performance,
        decisions: tally.decisions(),
        walked: tally.walked(),
        warnings: [],
      },
    ],
    benchmarks: tally.benchmarks(),
    cells: tally.cells(),
    universe: null,
    warnings: [],
  });
};

/** Rounded to nine digits after the point, so that no last bit of a sum counts. */
const rounded = (value: number): string => value.toFixed(9);

/** Every closed trade as a line of text. */
const linesOf = ({ trades }: BacktestReport): string[] =>
  trades.map(({ symbol, entryTime, entryPrice, size, exits }) =>
    [
      symbol,
      entryTime,
      rounded(entryPrice),
      rounded(size),
      ...exits.map(
        exit => `${exit.time} ${rounded(exit.price)} ${rounded(exit.size)} ${exit.reason} ${rounded(exit.profitLoss)}`,
      ),
    ].join(' | '),
  );

const fingerprint = (report: BacktestReport) => {
  const { totalTrades, winningTrades, finalBalance, maxDrawdown, sharpe, profitFactor, fees } = report.metrics;
  const { evaluated, opportunities, outcomes } = report.funnel;
  const lines = linesOf(report);
  return {
    totalTrades,
    winningTrades,
    evaluated,
    opportunities,
    expired: outcomes.expired,
    finalBalance: finalBalance!.toFixed(6),
    maxDrawdown: maxDrawdown!.toFixed(9),
    sharpe: sharpe!.toFixed(6),
    profitFactor: profitFactor!.toFixed(6),
    fees: fees.toFixed(6),
    first: lines[0],
    trades: createHash('sha256').update(lines.join('\n')).digest('hex'),
  };
};

const MEANT = `A fixed past no longer gives the same trades. If nobody meant that, it is a fault: find the commit (git bisect run npx mocha --spec test/laws/golden.spec.ts).
If it is meant (docs/semantics.md says so), copy the new values from below into this file, and say in the commit's message why results change.`;

describe('a fixed past', () => {
  for (const [name, yaml, pinned] of [
    [
      'with the defaults',
      '{}',
      {
        totalTrades: 9,
        winningTrades: 5,
        evaluated: 215_949,
        opportunities: 12,
        expired: 0,
        finalBalance: '9959.521168',
        maxDrawdown: '0.004215175',
        sharpe: '-3.741426',
        profitFactor: '0.285215',
        fees: '35.900707',
        first:
          'ETH/USD | 2025-06-19T15:06:00Z | 4847.680475000 | 0.103142110 | 2025-06-19T15:12:00Z 4748.589038411 0.103142110 stop_loss -14.179617796',
        trades: 'ff734187843b0a2f2ee2e5316e5251a9d0c9c0e469d626989bde02ddd8d36d98',
      },
    ],
    [
      'with a configuration that trades often',
      EAGER,
      {
        totalTrades: 569,
        winningTrades: 271,
        evaluated: 253_444,
        opportunities: 4_115,
        expired: 37,
        finalBalance: '7763.277134',
        maxDrawdown: '0.223672287',
        sharpe: '-20.894280',
        profitFactor: '0.367271',
        fees: '1998.332347',
        first:
          'SOL/USD | 2025-06-08T12:08:00Z | 175.553963750 | 2.848127090 | 2025-06-08T13:13:00Z 171.965465177 2.848127090 stop_loss -14.179617998',
        trades: '70c3031be7d156764453fc2c1b1003ac83d3bf722b6cb9a029b35de70858834b',
      },
    ],
  ] as const)
    it(`gives the same trades and figures as ever, ${name}`, () => {
      expect(fingerprint(play(yaml)), MEANT).to.deep.equal(pinned);
    });
});
