import type { OhlcRow, PublicTrade } from '../exchange/ports.js';
import { MINUTE_MS, type EpochMs, type Price } from '../units.js';

/** Volumes have eight decimals: further digits of a sum are rounding errors. */
const VOLUME_DECIMALS = 8;

const rowOf = (at: EpochMs, trades: readonly PublicTrade[], close: Price): OhlcRow => {
  if (trades.length === 0) return { at, open: close, high: close, low: close, close, vwap: null, volume: 0, trades: 0 };
  let [high, low, volume, turnover] = [-Infinity, Infinity, 0, 0];
  for (const { price, size } of trades) {
    high = Math.max(high, price);
    low = Math.min(low, price);
    volume += size;
    turnover += price * size;
  }
  return {
    at,
    open: trades[0]!.price,
    high,
    low,
    close: trades.at(-1)!.price,
    vwap: turnover / volume,
    volume: Number(volume.toFixed(VOLUME_DECIMALS)),
    trades: trades.length,
  };
};

/**
 * The candles of the minutes from ≤ t < to (whole minutes), built from all of their trades, which
 * ascend by time; a minute without trades is quiet, flat at the close before it. `close` is that of
 * the minute before `from`; if unknown (NaN), the candles begin with the first trade. `vwap` = Σ
 * price · size / Σ size, which the exchange's own candles round to a tick.
 */
export const candlesOfTrades = (
  trades: readonly PublicTrade[],
  from: EpochMs,
  to: EpochMs,
  close: Price,
): readonly OhlcRow[] => {
  const rows: OhlcRow[] = [];
  let last = close;
  let i = trades.findIndex(({ at }) => at >= from);
  if (i < 0) i = trades.length;
  for (let at = from; at < to; at += MINUTE_MS) {
    const first = i;
    while (i < trades.length && trades[i]!.at < at + MINUTE_MS) i++;
    if (i === first && Number.isNaN(last)) continue;
    const row = rowOf(at, trades.slice(first, i), last);
    rows.push(row);
    last = row.close;
  }
  return rows;
};
