import { badRow, FIRST_CANDLE } from '../series/bad-row.js';
import { MINUTE_MS, type EpochMs } from '../units.js';
import { rowsOf, type PairNames } from './envelope.js';
import { ExchangeFailure } from './failure.js';
import { cellsOf, decimalOf, positiveOf } from './numbers.js';
import type { OhlcAnswer, OhlcRejection, OhlcRow } from './ports.js';

/** How long after its end a candle is taken to be settled: late trades are still booked into it. */
export const SETTLE_MS = 2_000;
/** A forming candle may begin so long after "now", since our reading of the exchange's clock is behind rather than ahead. */
const AHEAD_MS = 5_000;
/** More bad rows than this, and more than this share, and the answer as a whole is not to be trusted. */
const MOST_BAD = 4;
const MOST_BAD_SHARE = 0.2;

interface OhlcQuestion {
  readonly pair: PairNames;
  readonly intervalMinutes: number;
  readonly since: EpochMs;
  /** The exchange's clock. */
  readonly now: EpochMs;
  /** The same when the question was sent: a candle that closed after that may be half told. `now` unless told. */
  readonly sentAt?: EpochMs;
}

type Read = { readonly row: OhlcRow } | { readonly reason: OhlcRejection; readonly at: EpochMs | null };

const readRow = (raw: unknown, intervalMs: number, now: EpochMs): Read => {
  const cells = cellsOf(raw);
  if (cells.length < 8) return { reason: 'shape', at: null };
  const at = typeof cells[0] === 'number' ? cells[0] * 1_000 : Number.NaN;
  if (!(at % intervalMs === 0)) return { reason: 'time', at: null };
  if (at > now + AHEAD_MS) return { reason: 'future', at: null };
  const [open, high, low, close, , volume, trades] = cells.slice(1).map(decimalOf) as [
    ...[number, number, number, number, number, number, number],
  ];
  if (Number.isNaN(trades)) return { reason: 'trades', at };
  const reason = badRow(at, open, high, low, close, volume, trades, Infinity, FIRST_CANDLE);
  if (reason) return { reason, at: reason === 'early' ? null : at };
  const vwap = volume > 0 ? positiveOf(cells[5]) : null;
  return { row: { at, open, high, low, close, vwap, volume, trades } };
};

const quietAt = (at: EpochMs, price: number): OhlcRow => ({
  ...{ at, open: price, high: price, low: price, close: price },
  ...{ vwap: null, volume: 0, trades: 0 },
});

/**
 * Reads the candles of a market out of Kraken's answer: closed ones only (judged by the exchange's clock, never by their
 * place), ascending, the last of several rows for one time. A candle missing between two rows is quiet, flat at the close
 * before it; but where a bad row stood nothing is known, and where a bad row has no time nothing missing is known to be quiet.
 * Throws where the answer speaks of another market (`bad_answer`) or where too many of its rows are bad (`market`).
 */
export const readOhlc = (result: Readonly<Record<string, unknown>>, question: OhlcQuestion): OhlcAnswer => {
  const { pair, since, now, sentAt = now } = question;
  const intervalMs = question.intervalMinutes * MINUTE_MS;
  const raw = rowsOf(result, pair);
  const rejected: { reason: OhlcRejection; at: EpochMs | null }[] = [];
  const known = new Map<EpochMs, OhlcRow | null>();
  for (const cells of raw) {
    const read = readRow(cells, intervalMs, now);
    if ('reason' in read) {
      rejected.push(read);
      if (read.at !== null && !known.has(read.at)) known.set(read.at, null);
    } else {
      if (known.get(read.row.at)) rejected.push({ reason: 'duplicate', at: read.row.at });
      known.set(read.row.at, read.row);
    }
  }
  const bad = rejected.filter(({ reason }) => reason !== 'duplicate').length;
  if (bad > MOST_BAD && bad > MOST_BAD_SHARE * raw.length)
    throw new ExchangeFailure('market', `${bad} of ${raw.length} candles of ${pair.symbol} are bad`);

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
  const closed = rows.filter(({ at }) => at + intervalMs + SETTLE_MS <= sentAt);
  return { rows: closed, rejected, newest };
};
