import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { LiveCandle } from '../../../market-data/scans.js';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';
import { reviseUnless, type CandleSource, type WriteCounts } from '../candles/write.js';

const COLUMNS = `cryptocurrency_id, "timestamp", open, high, low, close, volume, vwap, trade_count, quiet, suspect`;
const WRITE = `
  with written as (
    insert into market_data as stored (${COLUMNS}, source)
    select ${COLUMNS}, ? from json_to_recordset(?::json) as row (cryptocurrency_id int, "timestamp" timestamptz,
      open float8, high float8, low float8, close float8, volume float8, vwap float8, trade_count int, quiet boolean, suspect boolean)
    order by cryptocurrency_id, "timestamp"
    ${reviseUnless('excluded.quiet AND NOT stored.quiet')}
    returning revised_at)
  select count(*)::int as written, count(revised_at)::int as revised from written`;

/**
 * Stores closed minutes of many markets in one statement, each minute of a market once, within the
 * transaction of `em`; their partitions must exist. Stored minutes with other values are revised as
 * by an import, except that a traded minute never becomes quiet.
 */
export const writeLiveCandles = async (
  em: SqlEntityManager,
  candles: readonly LiveCandle[],
  source: CandleSource,
): Promise<WriteCounts> => {
  if (candles.length === 0) return { inserted: 0, revised: 0, unchanged: 0 };
  const rows = candles.map(({ marketId, at, trades, ...candle }) => ({
    ...candle,
    cryptocurrency_id: marketId,
    timestamp: new Date(at),
    trade_count: trades,
  }));
  const [counts] = await ask<{ written: number; revised: number }>(em, WRITE, [source, JSON.stringify(rows)]);
  const { written, revised } = counts!;
  return { inserted: written - revised, revised, unchanged: candles.length - written };
};

const PARTITIONS_AHEAD_DAYS = 40;

/**
 * Makes the partitions for candles from `from` until well after `to`: call it at the start and once
 * a day. Returns how many were made.
 */
export const ensurePartitionsAhead = async (em: SqlEntityManager, from: EpochMs, to: EpochMs): Promise<number> => {
  const until = new Date(to + PARTITIONS_AHEAD_DAYS * 86_400_000);
  const [row] = await ask<{ made: number }>(
    em,
    'select ensure_market_data_partitions(?::timestamptz, ?::timestamptz) as made',
    [new Date(from).toISOString(), until.toISOString()],
  );
  return row!.made;
};
