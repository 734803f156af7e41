import { badRow, FIRST_CANDLE } from '../market-data/bad-row.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { ExchangeFailure } from './failure.js';
import type { OhlcAnswer, OhlcRejection, OhlcRow } from './ports.js';

/**
 * A forming candle may open this much after "now": our reading of the exchange's clock is behind
 * rather than ahead.
 */
const AHEAD_MS = 5_000;
/** An answer with more bad rows than this, and a larger share of them, is refused as a whole. */
const MAX_BAD = 4;
const MAX_BAD_SHARE = 0.2;

/** A row of an answer: a candle, or why it is rejected. */
export type CandleRead = { readonly row: OhlcRow } | { readonly reason: OhlcRejection; readonly at: EpochMs | null };

/** Checks a row (semantics §1); its numbers are NaN where the answer has none. */
export const checkedCandle = (row: OhlcRow, intervalMs: DurationMs, now: EpochMs): CandleRead => {
  const { at, open, high, low, close, volume, trades } = row;
  if (!(at % intervalMs === 0)) return { reason: 'time', at: null };
  if (at > now + AHEAD_MS) return { reason: 'future', at: null };
  if (Number.isNaN(trades)) return { reason: 'trades', at };
  const reason = badRow(at, open, high, low, close, volume, trades, Infinity, FIRST_CANDLE);
  return reason ? { reason, at: reason === 'early' ? null : at } : { row };
};

/** A request for candles. */
export interface CandleRequest {
  readonly symbol: string;
  readonly intervalMinutes: number;
  readonly since: EpochMs;
  /** See `CandleHistory`. */
  readonly settleMs: DurationMs;
  /**
   * The exchange's clock when the request was sent: a candle that closed after that may be
   * incomplete.
   */
  readonly sentAt: EpochMs;
}

const quietAt = (at: EpochMs, price: number): OhlcRow => ({
  at,
  open: price,
  high: price,
  low: price,
  close: price,
  vwap: null,
  volume: 0,
  trades: 0,
});

/**
 * The closed candles of an answer, ascending; of several rows for one time the last. Whether a
 * candle is closed is decided by the exchange's clock, never by its place in the answer. A candle
 * missing between two rows is quiet, flat at the close before it, unless a bad row stood there; if
 * a bad row has no usable time, no missing candle is taken for quiet. Throws `market` if too many
 * rows are bad.
 */
export const candlesOf = (
  reads: readonly CandleRead[],
  { symbol, intervalMinutes, since, settleMs, sentAt }: CandleRequest,
): OhlcAnswer => {
  const intervalMs = intervalMinutes * MINUTE_MS;
  const rejected: { reason: OhlcRejection; at: EpochMs | null }[] = [];
  const known = new Map<EpochMs, OhlcRow | null>();
  for (const read of reads)
    if ('reason' in read) {
      rejected.push(read);
      if (read.at !== null && !known.has(read.at)) known.set(read.at, null);
    } else {
      if (known.get(read.row.at)) rejected.push({ reason: 'duplicate', at: read.row.at });
      known.set(read.row.at, read.row);
    }
  const bad = rejected.filter(({ reason }) => reason !== 'duplicate').length;
  if (bad > MAX_BAD && bad > MAX_BAD_SHARE * reads.length)
    throw new ExchangeFailure('market', `${bad} of ${reads.length} candles of ${symbol} are bad`);

  const good = [...known.values()].filter(row => row !== null).sort((a, b) => a.at - b.at);
  const newest = good.at(-1)?.at ?? null;
  const fills = !rejected.some(({ at }) => at === null);
  const rows: OhlcRow[] = [];
  for (const row of good) {
    if (row.at < since) continue;
    const last = rows.at(-1);
    if (last && fills)
      for (let at = last.at + intervalMs; at < row.at && !known.has(at); at += intervalMs)
        rows.push(quietAt(at, last.close));
    rows.push(row);
  }
  const closed = rows.filter(({ at }) => at + intervalMs + settleMs <= sentAt);
  return { rows: closed, rejected, newest };
};
