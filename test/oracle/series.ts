import { MINUTE_MS } from '../../lib/units.js';
import type { OracleCandle, OracleInput, OracleMarket } from './types.js';

/** How long before `from` the candles begin to count. */
const WARM_UP_MINUTES = 10_800;

/**
 * A market's candles by minute since `start`; a gap is undefined. Quiet and suspect ones are flat
 * at the previous close.
 */
export interface Series {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly start: number;
  readonly candles: readonly (OracleCandle | undefined)[];
}

const flat = (candle: OracleCandle, price: number): OracleCandle => ({
  ...candle,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: 0,
});

/**
 * The candles from 10,800 minutes before `from` until `to`. Behind a gap there is no previous
 * close: a quiet candle is flat at its own price, a suspect one is absent, and so is what is quiet
 * behind it.
 */
export const seriesOf = (market: OracleMarket, { from, to }: Pick<OracleInput, 'from' | 'to'>): Series => {
  const start = from - WARM_UP_MINUTES * MINUTE_MS;
  const candles = new Array<OracleCandle | undefined>((to - start) / MINUTE_MS).fill(undefined);
  let previousClose: number | undefined;
  let previousAt = NaN;
  let isUnfounded = false;
  for (const candle of market.candles) {
    if (candle.at < start || candle.at >= to) continue;
    if (candle.at !== previousAt + MINUTE_MS) {
      previousClose = undefined;
      isUnfounded = false;
    }
    previousAt = candle.at;
    if (candle.kind === 'traded') isUnfounded = false;
    else if (candle.kind === 'suspect') isUnfounded ||= previousClose === undefined;
    if (isUnfounded) continue;
    const judged = candle.kind === 'traded' ? candle : flat(candle, previousClose ?? candle.close);
    candles[(candle.at - start) / MINUTE_MS] = judged;
    previousClose = judged.close;
  }
  const [base = '', quote = ''] = market.symbol.split('/');
  return { symbol: market.symbol, base, quote, start, candles };
};

/** The candle that opens at `at`. */
export const candleAt = (series: Series, at: number): OracleCandle | undefined =>
  series.candles[(at - series.start) / MINUTE_MS];

/**
 * The last close known at `now`: that of the last candle whose close time is at or before it; null
 * if there is none.
 */
export const closeKnownAt = (series: Series, now: number): number | null => {
  for (let at = now - MINUTE_MS; at >= series.start; at -= MINUTE_MS) {
    const candle = candleAt(series, at);
    if (candle) return candle.close;
  }
  return null;
};

/** Portfolio currency per unit of `quote`, as known at `now`; null if no market tells. */
export const rateKnownAt = (
  all: readonly Series[],
  quote: string,
  portfolioCurrency: string,
  now: number,
): number | null => {
  if (quote === portfolioCurrency) return 1;
  const market = all.find(({ symbol }) => symbol === `${quote}/${portfolioCurrency}`);
  return market ? closeKnownAt(market, now) : null;
};

/** The unbroken runs of candles, in order. */
export const runsOf = (series: Series): OracleCandle[][] => {
  const runs: OracleCandle[][] = [];
  let run: OracleCandle[] = [];
  for (const candle of [...series.candles, undefined]) {
    if (candle) run.push(candle);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  return runs;
};

/** The complete candles of `minutes` minutes, aligned to the epoch, of one unbroken run. */
export const higherCandles = (run: readonly OracleCandle[], minutes: number): OracleCandle[] => {
  const span = minutes * MINUTE_MS;
  const higher: OracleCandle[] = [];
  for (const [index, first] of run.entries()) {
    if (first.at % span !== 0 || index + minutes > run.length) continue;
    const parts = run.slice(index, index + minutes);
    higher.push({
      at: first.at,
      open: first.open,
      high: Math.max(...parts.map(({ high }) => high)),
      low: Math.min(...parts.map(({ low }) => low)),
      close: parts.at(-1)!.close,
      volume: parts.reduce((sum, { volume }) => sum + volume, 0),
      kind: 'traded',
    });
  }
  return higher;
};
