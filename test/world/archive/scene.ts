import type { Connection } from '../../../lib/world/database/index.js';
import { migratedDatabase, query } from '../store/fixtures.js';

/** Minutes that are stored on the first day of each month. */
export const MINUTES_A_MONTH = 300;
/** The clock of the scene: the newest minute is a little older. */
export const NOW = Date.UTC(2026, 3, 15, 12);

const MINUTES = `
  insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, vwap, trade_count, quiet, suspect, source,
    received_at, first_seen, revised_at, indicators, decision, configuration_id, run_id, decided_at)
  select market, at, 0.1 + 0.2, 1e6 / 3, 1.1e-7, 0.1 * n, case when n % 7 = 0 then 0 else n / 3.0 end, case when n % 5 > 0 then 100 / 3.0 end,
    case when n % 4 > 0 then n end, n % 7 = 0, n % 50 = 1, case when n % 90 = 3 then 'trades' else 'ohlc' end, at + interval '61.123456 seconds',
    case when n % 20 = 0 then jsonb_build_object('close', 1.25, 'source', 'ohlc', 'note', 'a "quoted" ünïcode, \\ and all') end,
    case when n % 20 = 0 then at + interval '2 minutes 7 microseconds' end,
    case when n % 3 = 0 then jsonb_build_object('rsi_14', n / 7.0, 'macd', -1e-12) end, case when n % 3 = 0 then 'rsi' end,
    case when n % 3 = 0 then 1 end, case when n % 3 = 0 then 1 end, case when n % 3 = 0 then at + interval '60.8 seconds' end
  from unnest(array[1, 2]) as market, unnest(array['2026-01-01Z', '2026-02-01Z', '2026-03-01Z', '2026-04-15Z']::timestamptz[]) as month,
    generate_series(1, ${MINUTES_A_MONTH}) as n, lateral (select month + n * interval '1 minute' as at) as times`;

/**
 * A database with some hours of two markets in each of January, February, March and April 2026, and
 * what goes with minutes.
 */
export const openArchiveScene = async (
  mode: 'live' | 'simulated' = 'live',
): Promise<{
  readonly connection: Connection;
  readonly sql: (...texts: string[]) => Promise<Record<string, unknown>[]>;
  readonly close: () => Promise<void>;
}> => {
  const database = await migratedDatabase();
  const { connection } = database;
  const sql = (...texts: string[]) => query(connection, ...texts);
  const source = { live: 'exchange', simulated: 'simulator' }[mode];
  await sql(
    `insert into cryptocurrency (symbol, base, quote, name) values ('BTC/USD', 'BTC', 'USD', 'BTC'), ('ETH/USD', 'ETH', 'USD', 'ETH')`,
    `insert into configuration_history (configuration, hash) values ('{}', repeat('a', 64))`,
    `insert into run (mode, market_source, code_version, status, symbols, configuration_id, initial_balance)
      values ('${mode}', '${source}', 'test', 'running', '[]', 1, 1)`,
    `select ensure_market_data_partitions('2026-01-01Z', '2026-05-01Z')`,
    MINUTES,
    `insert into market_snapshot (cryptocurrency_id, "timestamp", ohlcv, indicators, trading_volume)
      select cryptocurrency_id, "timestamp", '{"close": 1}', '{"rsi_14": 2.5}', 12.5 from market_data where extract(minute from "timestamp") = 5`,
    `insert into universe_verdict (run_id, cryptocurrency_id, "timestamp", rule, value, threshold, pass)
      select 1, cryptocurrency_id, "timestamp", rule, 1.5, null, false from market_data, unnest(array['spread', 'active']) as rule
      where extract(minute from "timestamp") = 15`,
  );
  return { connection, sql, close: () => database.drop() };
};
