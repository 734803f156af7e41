import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';

/** A market whose exit signals for a strategy are wanted, from a candle's open time on. */
export interface ExitsWanted {
  readonly strategy: string;
  readonly marketId: number;
  readonly from: EpochMs;
}

/** A candle with an exit signal for a strategy. */
export interface StoredExitSignal {
  readonly strategy: string;
  readonly marketId: number;
  /** Its open time. */
  readonly at: EpochMs;
}

// The first bound is a constant of the statement, so that earlier partitions are not read.
const SIGNALS = `
  select wanted.strategy, market as "marketId", extract(epoch from "timestamp")::float8 * 1000 as at
  from unnest(?::text[], ?::int[], ?::timestamptz[]) as wanted (strategy, market, since)
    join market_data on cryptocurrency_id = market and "timestamp" >= since
  where "timestamp" >= ?::timestamptz and run_id = ? and exit_signals @> to_jsonb(wanted.strategy)
  order by "timestamp"`;

/** The exit signals that a run has stored, by time. */
export const readExitSignals = async (
  em: SqlEntityManager,
  runId: number,
  wanted: readonly ExitsWanted[],
): Promise<readonly StoredExitSignal[]> => {
  if (wanted.length === 0) return [];
  const time = (at: EpochMs): string => new Date(at).toISOString();
  const first = Math.min(...wanted.map(({ from }) => from));
  return ask<StoredExitSignal>(em, SIGNALS, [
    wanted.map(({ strategy }) => strategy),
    wanted.map(({ marketId }) => marketId),
    wanted.map(({ from }) => time(from)),
    time(first),
    runId,
  ]);
};
