import type { ClientBase } from 'pg';
import type { StoredTrade } from '../../report/stored-trade.js';
import type { EpochMs } from '../../units.js';

const TRADES = `
  select trade_number as number, strategy_used as strategy, symbol as market,
    json_build_object('at', extract(epoch from o."timestamp")::float8 * 1000, 'close', o.close, 'score', o.score, 'values', o."values",
      'version', o.strategy_version_id) as opportunity,
    t.configuration_id as configuration, extract(epoch from entry_timestamp)::float8 * 1000 as "entryAt", entry_price::float8 as "entryPrice",
    size::float8 as size, entry_quote_rate::float8 as "quoteRate", entry_fee::float8 as "entryFee", filled_offline as "filledOffline",
    case when t.status = 'closed' then extract(epoch from exit_timestamp)::float8 * 1000 end as "closedAt",
    (select coalesce(json_agg(json_build_object('at', extract(epoch from e.exit_timestamp)::float8 * 1000, 'price', e.exit_price::float8,
      'size', e.size::float8, 'reason', e.reason, 'level', e.level) order by sequence), '[]') from partial_exit as e where e.trade_id = t.id) as exits,
    (select coalesce(json_agg(json_build_object('at', extract(epoch from r."timestamp")::float8 * 1000, 'stop', r.stop::float8,
      'reason', r.reason) order by r.stop), '[]') from stop_raise as r where r.trade_id = t.id) as raises
  from simulated_trade as t join opportunity as o on o.id = opportunity_id join cryptocurrency as c on c.id = t.cryptocurrency_id
  where t.run_id = $1 and o."timestamp" >= $2 and o."timestamp" < $3 order by entry_timestamp, t.id`;

/** The trades of a run that were decided on from ≤ t < to, in the order of their entries. */
export const readStoredTrades = async (
  client: ClientBase,
  runId: number,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): Promise<readonly StoredTrade[]> =>
  (await client.query<StoredTrade>(TRADES, [runId, new Date(from), new Date(to)])).rows;
