import { candlesOf, checkedCandle, type CandleRead } from '../exchange/candle-rows.js';
import { cellsOf, decimalOf, positiveOf } from '../exchange/numbers.js';
import type { OhlcAnswer } from '../exchange/ports.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { rowsOf, type PairNames } from './envelope.js';
import { KRAKEN_HISTORY } from './limits.js';

interface OhlcQuestion {
  readonly pair: PairNames;
  readonly intervalMinutes: number;
  readonly since: EpochMs;
  /** Default Kraken's. */
  readonly settleMs?: DurationMs;
  /** The exchange's clock. */
  readonly now: EpochMs;
  /**
   * The same when the request was sent: a candle that closed after that may be incomplete; default
   * `now`.
   */
  readonly sentAt?: EpochMs;
}

/** `[time (s), open, high, low, close, vwap, volume, count]`. */
const readRow = (raw: unknown, intervalMs: DurationMs, now: EpochMs): CandleRead => {
  const cells = cellsOf(raw);
  if (cells.length < 8) return { reason: 'shape', at: null };
  const at = typeof cells[0] === 'number' ? cells[0] * 1_000 : Number.NaN;
  const number = (i: number) => decimalOf(cells[i]);
  const volume = number(6);
  const vwap = volume > 0 ? positiveOf(cells[5]) : null;
  const row = {
    at,
    open: number(1),
    high: number(2),
    low: number(3),
    close: number(4),
    vwap,
    volume,
    trades: number(7),
  };
  return checkedCandle(row, intervalMs, now);
};

/**
 * Reads a market's closed candles, as `candlesOf` defines them. Throws `bad_answer` if the answer
 * is of another market.
 */
export const readOhlc = (result: Readonly<Record<string, unknown>>, question: OhlcQuestion): OhlcAnswer => {
  const { pair, intervalMinutes, since, now, sentAt = now, settleMs = KRAKEN_HISTORY.settleMs } = question;
  const { symbol } = pair;
  const reads = rowsOf(result, pair).map(raw => readRow(raw, intervalMinutes * MINUTE_MS, now));
  return candlesOf(reads, { symbol, intervalMinutes, since, settleMs, sentAt });
};
