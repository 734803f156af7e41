import type { RejectionReason } from '../../lib/portfolio/events.js';
import type { Settings } from '../../lib/settings/settings.js';
import { DAY_MS, MINUTE_MS } from '../../lib/units.js';

/** A closed trade; money in the portfolio's currency. */
export interface OracleClosed {
  readonly symbol: string;
  /** Of its last exit. */
  readonly at: number;
  readonly isStopped: boolean;
  /** What the sale made that closed it. */
  readonly lastSale: number;
  readonly profitLoss: number;
  readonly stake: number;
}

/** All that a protection may know. */
export interface OracleKnown {
  readonly settings: Settings;
  /** Time of the first equity, one a minute follows. */
  readonly from: number;
  readonly equityByMinute: readonly number[];
  readonly closed: readonly OracleClosed[];
}

/** The first protection that keeps a market from being bought, from all that happened so far. */
export const pausedBy = (
  symbol: string,
  now: number,
  { settings, from, equityByMinute, closed }: OracleKnown,
): RejectionReason | null => {
  const { stopGuard, maxDrawdown, dailyLossLimit, lowProfitMarket } = settings.risk.protections;
  const known = closed.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
  const equityOf = (at: number) => equityByMinute[(at - from) / MINUTE_MS]!;
  /** The minutes' closes from a time up to now. */
  const minutes = (since: number) => {
    const found: number[] = [];
    for (let at = Math.max(since, from); at <= now; at += MINUTE_MS) found.push(at);
    return found;
  };
  /** Whether so many in a row, within a time, fit, the last of them less than the pause ago. */
  const isPaused = (
    trades: readonly OracleClosed[],
    count: number | null,
    { withinMs, pauseMs }: { readonly withinMs: number; readonly pauseMs: number },
    fit: (group: readonly OracleClosed[]) => boolean,
  ) =>
    count !== null &&
    trades.some((last, i) => {
      const group = trades.slice(Math.max(0, i + 1 - count), i + 1);
      const isThere = group.length === count && last.at - group[0]!.at <= withinMs;
      return isThere && now < last.at + pauseMs && fit(group);
    });

  const stops = known.filter(
    trade => trade.isStopped && trade.lastSale < 0 && (!stopGuard.perMarket || trade.symbol === symbol),
  );
  if (isPaused(stops, stopGuard.stops, stopGuard, () => true)) return 'stop_guard';

  const { depth } = maxDrawdown;
  const fell = (at: number) => {
    const highest = Math.max(
      ...minutes(at - maxDrawdown.withinMs)
        .filter(other => other <= at)
        .map(equityOf),
    );
    return equityOf(at) <= highest * (1 - depth!);
  };
  if (depth !== null && minutes(now - maxDrawdown.pauseMs + MINUTE_MS).some(fell)) return 'max_drawdown';

  const { loss } = dailyLossLimit;
  const day = Math.max(from, Math.floor(now / DAY_MS) * DAY_MS);
  if (loss !== null && minutes(day).some(at => equityOf(at) <= equityOf(day) * (1 - loss))) return 'daily_loss_limit';

  const own = known.filter(trade => trade.symbol === symbol);
  const total = (group: readonly OracleClosed[], of: 'profitLoss' | 'stake') =>
    group.reduce((sum, trade) => sum + trade[of], 0);
  const isLow = (group: readonly OracleClosed[]) =>
    total(group, 'profitLoss') < lowProfitMarket.minimum * total(group, 'stake');
  if (isPaused(own, lowProfitMarket.trades, lowProfitMarket, isLow)) return 'low_profit_market';
  return null;
};
