import { asyncScheduler, defer, delay, NEVER, of, takeUntil, timer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { LiveEvent } from '../../lib/market-data/events.js';
import { KRAKEN_HISTORY } from '../../lib/kraken/limits.js';
import { LANE_RULES, type LaneRules } from '../../lib/market-data/lane.js';
import type { LaneStart } from '../../lib/market-data/lanes.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { candles } from '../../streams/sources/candles.js';
import type { OracleMarket } from './oracle-market.js';

export const RULES: LaneRules = { ...LANE_RULES, ...KRAKEN_HISTORY, maxJump: 0.5 };

export interface Play {
  readonly markets: readonly OracleMarket[];
  readonly starts: readonly LaneStart[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly random: () => number;
  readonly rules?: LaneRules;
  /** Share of the requests that are never answered. */
  readonly silent?: number;
  readonly perMinute?: number;
}

/** Lets the candles of oracle markets flow in virtual time and collects what comes. */
export const played = ({ markets, starts, from, to, random, rules = RULES, silent = 0, perMinute = 40 }: Play) => {
  const events: LiveEvent[] = [];
  const counts = { candles: 0, trades: 0 };
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    const now = () => from + asyncScheduler.now();
    const answer = <T>(give: () => T): Observable<T> =>
      defer(() => (random() < silent ? NEVER : of(give()).pipe(delay(100 + Math.floor(random() * 20_000)))));
    candles({
      starts,
      rules,
      now,
      perMinute,
      mergeMs: 15_000,
      stored: () => [],
      candles: (market, since) => (counts.candles++, answer(() => markets[market]!.ohlc(since, now()))),
      trades: (market, sinceNs) => (counts.trades++, answer(() => markets[market]!.trades(sinceNs, now()))),
    })
      .pipe(takeUntil(timer(to - from)))
      .subscribe(event => events.push(event));
  });
  return { events, counts, minutes: (to - from) / MINUTE_MS };
};
