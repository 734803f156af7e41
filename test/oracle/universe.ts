import { DAY_MS, MINUTE_MS } from '../../lib/units.js';
import type { Settings } from '../../lib/settings/settings.js';
import type { RuleName } from '../../lib/universe/catalogue.js';
import { candleAt, rateKnownAt, type Series } from './series.js';
import type { OracleMarket } from './types.js';

const DAY_MINUTES = 1_440;

/**
 * Σ volume · close of the day before `now` in quote currency; null unless every minute is there.
 */
export const dayVolume = (series: Series, now: number): number | null => {
  let sum = 0;
  for (let at = now - DAY_MS; at < now; at += MINUTE_MS) {
    const candle = candleAt(series, at);
    if (!candle) return null;
    sum += candle.volume * candle.close;
  }
  return sum;
};

/**
 * Sample deviation of the day's 1,440 log returns · √1440, a ratio; null unless all 1,441 closes
 * are there.
 */
export const dayVolatility = (series: Series, now: number): number | null => {
  const returns: number[] = [];
  for (let at = now - DAY_MS; at < now; at += MINUTE_MS) {
    const [candle, before] = [candleAt(series, at), candleAt(series, at - MINUTE_MS)];
    if (!candle || !before) return null;
    returns.push(Math.log(candle.close / before.close));
  }
  const mean = returns.reduce((sum, value) => sum + value, 0) / DAY_MINUTES;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (DAY_MINUTES - 1)) * Math.sqrt(DAY_MINUTES);
};

/**
 * Of the minutes from the first known one of the day before `now` on, the share that is there and
 * not suspect; null unless there are 360 of them.
 */
export const dayCoverage = (series: Series, now: number): number | null => {
  let first = now - DAY_MS;
  while (first < now && !candleAt(series, first)) first += MINUTE_MS;
  const minutes = (now - first) / MINUTE_MS;
  if (minutes < 360) return null;
  let whole = 0;
  for (let at = first; at < now; at += MINUTE_MS) {
    const kind = candleAt(series, at)?.kind;
    if (kind === 'traded' || kind === 'quiet') whole++;
  }
  return whole / minutes;
};

/**
 * The verdict of each refresh on one market, by refresh time, for the candles that close at from <
 * c ≤ to.
 */
export const tradableOf = (
  market: OracleMarket,
  series: Series,
  all: readonly Series[],
  { from, to, settings }: { from: number; to: number; settings: Settings },
): ((closeTime: number) => boolean) => {
  const { filtering, portfolio } = settings;
  const refresh = filtering.refreshMs;
  const first = market.firstCandleAt ?? market.candles[0]?.at ?? Infinity;

  const judge = (now: number): boolean => {
    const holds = (rule: RuleName, value: number | null, test: (known: number) => boolean) =>
      value === null ? filtering.unknown[rule] === 'pass' : test(value);
    if (!filtering.allowedQuoteCurrencies.includes(series.quote)) return false;
    if (filtering.excludeBases.includes(series.base)) return false;
    const rate = rateKnownAt(all, series.quote, portfolio.currency, now);
    if (rate === null) return false;
    const volume = dayVolume(series, now);
    return (
      holds('daily_volume', volume, known => known * rate >= filtering.minDailyVolume) &&
      holds('volatility', dayVolatility(series, now), known => known <= filtering.maxVolatility) &&
      holds('history', first + MINUTE_MS <= now ? now - first : null, known => known >= filtering.minHistoryMs) &&
      holds('coverage', dayCoverage(series, now), known => known >= filtering.minCoverage)
    );
  };

  const refreshOf = (closeTime: number) => Math.floor(closeTime / refresh) * refresh;
  const verdicts = new Map<number, boolean>();
  for (let now = refreshOf(from + MINUTE_MS); now <= to; now += refresh) verdicts.set(now, judge(now));
  return closeTime => verdicts.get(refreshOf(closeTime))!;
};
