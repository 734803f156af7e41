import type { Exit, FillCosts, PositionEvent, Trade } from '../../lib/portfolio/events.js';
import type { ExitReason } from '../../lib/portfolio/exit-catalogue.js';
import type { TapeResult } from '../../lib/report/performance.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { risk } from '../support/broker.js';

export const APRIL: EpochMs = Date.UTC(2026, 3, 1);

const free: FillCosts = { fee: 0, halfSpread: 0, slippage: 0 };

/**
 * One sale of a sample trade; what is left out is all of the size, without costs, one minute after
 * the entry.
 */
export interface SampleExit {
  readonly at?: EpochMs;
  readonly price?: number;
  readonly size?: number;
  readonly percentage?: number;
  readonly reason?: ExitReason;
  readonly profitLoss: number;
  readonly costs?: FillCosts;
}

/** By default a closed trade of 1 at 100: its stake is 100, so money is percent. */
export const sampleTrade = (exits: readonly SampleExit[], over: Partial<Trade> = {}): Trade => {
  const entryAt = over.entryAt ?? APRIL;
  const size = over.size ?? 1;
  const made = exits.map(
    ({
      at,
      price = 100,
      size: part = size,
      percentage = 100,
      reason = 'take_profit',
      profitLoss,
      costs = free,
    }): Exit => ({
      at: at ?? entryAt + MINUTE_MS,
      price,
      size: part,
      percentage,
      reason,
      level: null,
      profitLoss,
      costs,
      quoteRate: 1,
      trailingActive: false,
    }),
  );
  return {
    number: 1,
    market: 0,
    opportunity: { market: 0, at: entryAt - MINUTE_MS, close: 100, score: 1, values: {} },
    entryAt,
    entryPrice: 100,
    size,
    entryCosts: free,
    entryQuoteRate: 1,
    remaining: 0,
    risk: risk(),
    stop: 95,
    stopReason: 'stop_loss',
    highest: 100,
    trailingActive: false,
    nextLevel: 0,
    ambiguous: false,
    exits: made,
    ...over,
  };
};

/** The events of a trade from entry to last exit. */
export const eventsOf = (trade: Trade): PositionEvent[] => [
  { kind: 'opened', trade, at: trade.entryAt },
  ...trade.exits.map((exit, i): PositionEvent => ({
    kind: 'exited',
    trade,
    at: exit.at,
    exit,
    closed: i === trade.exits.length - 1,
  })),
];

/** A tape's result with these marks; by default nothing is held and nothing happens. */
export const result = (start: EpochMs, marks: readonly number[], over: Partial<TapeResult> = {}): TapeResult => ({
  start,
  minutes: marks.length,
  equity: Float64Array.from(marks),
  exposed: new Float64Array(marks.length),
  events: [],
  ...over,
});
