import { marketOf, type Market } from '../../lib/market.js';
import type { Opportunity, PositionEvent } from '../../lib/portfolio/events.js';
import type { TradableTape } from '../../lib/portfolio/settle.js';
import type { Settings } from '../../lib/settings/settings.js';
import { Cell, sliceTape, type Candle } from '../../lib/tape.js';
import { tapeOf } from './tape.js';
import { minute, risk } from './broker.js';

/**
 * A market that costs 1, one that costs 60,000, and one whose price has but seven digits in twelve
 * decimals.
 */
export const WALK_MARKETS: readonly Market[] = ['AAA/USD', 'BBB/USD', 'PEPE/USD'].map(marketOf);
const PRICES = [1, 60_000, 0.000_007_123_456_789];

/** Costs and exits under which two hundred minutes see every kind of event. */
export const walkTerms: Pick<Settings, 'risk' | 'costs'> = {
  risk: risk({ cooldownMs: 3 * 60_000, maxOpenPositions: 2 }),
  costs: { takerFee: 0.004, spread: 0.0005, slippage: 0.0002 },
};

/** A seeded walk with quiet minutes, missing ones, and more opportunities than can be taken. */
export const walk = (seed: number, minutes: number): TradableTape => {
  let state = seed;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const candles: Candle[] = [];
  const opportunities: Opportunity[] = [];
  PRICES.forEach((start, market) => {
    let price = start;
    for (let n = 0; n < minutes; n++) {
      const kind = random();
      if (kind < 0.03 && n > 0 && n < minutes - 1) continue; // a gap
      const still = kind < 0.1;
      const close = still ? price : price * (1 + (random() - 0.49) * 0.03);
      const [high, low] = still ? [price, price] : [Math.max(price, close) * 1.002, Math.min(price, close) * 0.998];
      const cell = still ? Cell.quiet : Cell.traded;
      candles.push({ market, at: minute(n), open: price, high, low, close, volume: still ? 0 : 5, cell });
      if (!still && random() < 0.15)
        opportunities.push({ market, at: minute(n), close, score: random(), values: { rsi_14: 100 * random() } });
      price = close;
    }
  });
  opportunities.sort((a, b) => a.at - b.at || a.market - b.market);
  return { ...tapeOf(candles, PRICES.length), opportunities };
};

/** One minute of a tape. */
export const minuteOf = (tape: TradableTape, n: number): TradableTape => ({
  ...sliceTape(tape, n, n + 1),
  opportunities: tape.opportunities.filter(({ at }) => at === tape.start + n * 60_000),
});

/** Events as text, to the last bit, without the objects behind them. */
export const spelled = (events: readonly PositionEvent[], markets: readonly Market[] = WALK_MARKETS): string[] =>
  events.map(event => {
    if (event.kind === 'rejected' || event.kind === 'expired') {
      const { opportunity, ...rest } = event;
      return JSON.stringify([rest, markets[opportunity.market]!.symbol, opportunity.at]);
    }
    const { trade, ...rest } = event;
    const { number, market, entryAt, entryPrice, size } = trade;
    return JSON.stringify([rest, markets[market]!.symbol, number, entryAt, entryPrice, size]);
  });
