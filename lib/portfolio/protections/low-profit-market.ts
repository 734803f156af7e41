import { number, optional, whole } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { HOUR_MS, MINUTE_MS, ratioOf, type DurationMs, type Money, type Ratio } from '../../units.js';
import { declareProtection, type ClosedTrade } from '../protection.js';
import { lastWhere } from './recent.js';

interface LowProfitSettings {
  readonly lowProfitMarket: {
    /** Null: off. */
    readonly trades: number | null;
    readonly withinMs: DurationMs;
    /** Of the stakes. */
    readonly minimum: Ratio;
    readonly pauseMs: DurationMs;
  };
}

const sum = (group: readonly ClosedTrade[], of: (close: ClosedTrade) => Money): Money =>
  group.reduce((total, close) => total + of(close), 0);

/** Pauses a market whose last trades earned too little. */
export const lowProfitMarket = declareProtection({
  reason: 'low_profit_market',
  keys: {
    low_profit_market: {
      trades: key<number | null>(
        null,
        optional(whole({ from: 1, to: 100 })),
        'trades',
        'Number of last trades of a market that are judged together; null: off.',
      ),
      within_hours: key(24, whole({ from: 1, to: 168 }), 'hours', 'Time within which they close.'),
      minimum_percentage: key(
        0,
        number({ from: -100, to: 1000 }),
        'percent',
        'Profit, as a share of their stakes, below which the market pauses.',
      ),
      pause_minutes: key(
        720,
        whole({ from: 1, to: 10_080 }),
        'minutes',
        'Duration of the pause after the last of them.',
      ),
    },
  },
  settings: ({ low_profit_market: market }): LowProfitSettings => ({
    lowProfitMarket: {
      trades: market.trades,
      withinMs: market.within_hours * HOUR_MS,
      minimum: ratioOf(market.minimum_percentage),
      pauseMs: market.pause_minutes * MINUTE_MS,
    },
  }),
  isOn: ({ lowProfitMarket: { trades } }) => trades !== null,
  remembersMs: ({ lowProfitMarket: { withinMs, pauseMs } }) => withinMs + pauseMs,
  pauses: ({ closes }, { lowProfitMarket: { trades, withinMs, minimum, pauseMs } }) =>
    lastWhere(
      closes,
      { count: trades!, withinMs, perMarket: true },
      group => sum(group, ({ profitLoss }) => profitLoss) < minimum * sum(group, ({ stake }) => stake),
    ).map(({ symbol, at }) => ({ symbol, until: at + pauseMs })),
  doc: {
    when: 'a market’s last `trades` trades, closed within `within_hours`, made less in all than `minimum_percentage` % of their stakes (size · entry price)',
    where: 'that market',
    until: '`pause_minutes` after the last of them closed',
  },
});
