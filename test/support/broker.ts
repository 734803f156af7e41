import { marketOf, type Market } from '../../lib/market.js';
import type { Opportunity, PositionEvent } from '../../lib/portfolio/events.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import { CandleBroker, type Settlement } from '../../lib/portfolio/settle.js';
import type { StoredBooks } from '../../lib/portfolio/stored-books.js';
import type { CostSettings, RiskSettings } from '../../lib/settings/settings.js';
import { Cell, type Candle } from '../../lib/tape.js';
import { unprotected } from './protections.js';
import { tapeOf } from './tape.js';
import { MINUTE_MS } from '../../lib/units.js';

/** 2026-01-01T00:00:00Z. */
export const START = Date.UTC(2026, 0, 1);

/** The open time of the minute `n` of a test. */
export const minute = (n: number): number => START + n * MINUTE_MS;

/** The ladder of the defaults: 30 % at +1.5 %, 40 % at +3 %, the rest at +5 %. */
export const risk = (over: Partial<RiskSettings> = {}): RiskSettings => ({
  maxPositionSize: 0.05,
  riskPerTrade: null,
  stopLoss: 0.02,
  takeProfitLevels: [
    { gain: 0.015, position: 0.3, sellsRest: false },
    { gain: 0.03, position: 0.4, sellsRest: false },
    { gain: 0.05, position: 0.3, sellsRest: true },
  ],
  atrStop: { multiple: null },
  breakEven: { activation: null, offset: 0 },
  trailingStop: { activation: 0.02, offset: 0.01 },
  maxHoldingMs: null,
  maxOpenPositions: 5,
  cooldownMs: 15 * MINUTE_MS,
  maxOpportunityAgeMs: 90_000,
  protections: unprotected,
  ...over,
});

/** No costs at all, so that prices in a table are the prices of the candles. */
export const free: CostSettings = { takerFee: 0, spread: 0, slippage: 0 };

/** A candle `n` minutes after the start, written as open, high, low, close. */
export const candle = (n: number, open: number, high: number, low: number, close: number, market = 0): Candle => ({
  market,
  at: minute(n),
  open,
  high,
  low,
  close,
  volume: 1,
});

/** A flat candle without trades. */
export const quiet = (n: number, price: number, market = 0): Candle => ({
  ...candle(n, price, price, price, price, market),
  volume: 0,
  cell: Cell.quiet,
});

/** An opportunity on the candle of minute `n`. */
export const opportunity = (n: number, market = 0, score = 0.5): Opportunity => ({
  market,
  at: minute(n),
  close: 100,
  score,
  values: {},
});

export interface Story {
  readonly candles: readonly Candle[];
  readonly opportunities: readonly Opportunity[];
  readonly markets?: readonly Market[];
  readonly risk?: RiskSettings;
  readonly costs?: CostSettings;
  readonly cash?: number;
  readonly books?: StoredBooks;
}

/** Plays candles and opportunities through the broker. */
export const play = (
  story: Story,
): { broker: CandleBroker; settlement: Settlement; events: readonly PositionEvent[] } => {
  const markets = story.markets ?? ['AAA/USD', 'BBB/USD', 'CCC/USD'].map(marketOf);
  const broker = new CandleBroker(emptyPortfolio(markets, story.cash ?? 10_000), 'USD', story.books);
  const tape = { ...tapeOf(story.candles, markets.length), opportunities: story.opportunities };
  const settlement = broker.settle(tape, minute(0), minute(1e6), {
    risk: story.risk ?? risk(),
    costs: story.costs ?? free,
  });
  return { broker, settlement, events: settlement.events };
};
