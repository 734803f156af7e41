import { KRAKEN_HISTORY } from '../../kraken/limits.js';
import { MINUTE_MS, type EpochMs, type Price } from '../../units.js';
import type { Listing } from './listing.js';
import { NOTHING, joined, priceBefore, stretchOf, stretchOfTrades, tradesSoFar, type Stretch } from './stretch.js';
import { Refusal, pairOfQuery, wholeNumber, type View } from './view.js';

/**
 * `[time (s), open, high, low, close, vwap, volume, count]`: times and counts are numbers, all else
 * text.
 */
export type OhlcRow = [number, string, string, string, string, string, string, number];

/** The candle lengths in minutes. */
export const OHLC_INTERVALS = KRAKEN_HISTORY.timeframes;
/** Closed candles of an answer; the forming one comes in addition. */
const MAX_ROWS = KRAKEN_HISTORY.candlesBack;
/** Candles up to this length have vwap and count from the trades themselves. */
const EXACT_MINUTES = 5;

const rowOf = (listing: Listing, time: EpochMs, stretch: Stretch, before: number): OhlcRow => {
  const price = (value: number) => value.toFixed(listing.priceDecimals);
  const { open, high, low, close, volume, turnover, trades } = stretch;
  const flat = price(before);
  const vwap = price(trades === 0 ? 0 : turnover / volume);
  const prices = trades === 0 ? [flat, flat, flat, flat] : [open, high, low, close].map(price);
  const [o, h, l, c] = prices as [string, string, string, string];
  return [time / 1000, o, h, l, c, vwap, volume.toFixed(listing.amountDecimals), trades];
};

/**
 * The rows that open after `since`: at most the latest 720 closed ones, and always the forming one.
 */
const rowsOf = ({ seed, at, quietRows }: View, listing: Listing, minutes: number, since: EpochMs): OhlcRow[] => {
  const { symbol, listedAt } = listing;
  const step = minutes * MINUTE_MS;
  const exact = minutes <= EXACT_MINUTES;
  const forming = at - (at % step);
  const minute = at - (at % MINUTE_MS);
  const start = (time: EpochMs) => Math.max(time, listedAt - (listedAt % MINUTE_MS));
  const first = Math.max(forming - MAX_ROWS * step, start(0) - (start(0) % step));
  const rows: OhlcRow[] = [];
  for (let time = first; time < forming; time += step) {
    if (time <= since) continue;
    const stretch = stretchOf(symbol, seed, start(time), time + step, exact);
    if (stretch.trades > 0 || quietRows === 'zero')
      rows.push(rowOf(listing, time, stretch, priceBefore(symbol, seed, start(time))));
  }
  const closed = stretchOf(symbol, seed, start(forming), minute, exact);
  const stretch = joined(closed, stretchOfTrades(tradesSoFar(symbol, seed, at)));
  rows.push(rowOf(listing, forming, stretch, priceBefore(symbol, seed, start(forming))));
  return rows;
};

/**
 * The rows of a market without trades: none if it never had a trade, else quiet rows at its last
 * price.
 */
const standingRows = ({ at }: View, listing: Listing, last: Price, minutes: number, since: EpochMs): OhlcRow[] => {
  if (last === 0) return [];
  const step = minutes * MINUTE_MS;
  const forming = at - (at % step);
  return Array.from({ length: MAX_ROWS + 1 }, (_, i) => forming - (MAX_ROWS - i) * step)
    .filter(time => time > since || time === forming)
    .map(time => rowOf(listing, time, NOTHING, last));
};

/**
 * `/0/public/OHLC`: candles of one pair. `last` is the open time of the latest closed one, for
 * `since` of the next request.
 */
export const ohlc = (view: View, query: URLSearchParams): Record<string, unknown> => {
  const { key, listing } = pairOfQuery(view, query);
  const minutes = wholeNumber(query, 'interval', 1, 1, 21_600);
  if (!OHLC_INTERVALS.some(interval => interval === minutes)) throw new Refusal('EGeneral:Invalid arguments');
  const since = Number(query.get('since') ?? 0);
  if (!Number.isFinite(since)) throw new Refusal('EGeneral:Invalid arguments');
  const { standing } = listing;
  if (standing) return { [key]: standingRows(view, listing, standing.last, minutes, since * 1000), last: 0 };
  const step = minutes * 60;
  const last = Math.floor(view.at / 1000 / step) * step - step;
  return { [key]: rowsOf(view, listing, minutes, since * 1000), last };
};
