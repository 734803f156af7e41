import type { ClientBase } from 'pg';
import type { JournalTrade } from '../../report/stored-trade.js';
import type { EpochMs } from '../../units.js';
import { ms } from './sql.js';

/** Which trades of a run to read; all of them by default. */
export interface TradeSelection {
  /** Those that were decided on from ≤ t < to. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  /** Those that were held at this time or later, open ones included. */
  readonly heldSince?: EpochMs | null;
  /** By symbol. */
  readonly market?: string | null;
  readonly strategy?: string | null;
  /** Leaves out the raises of stops, of which a trade can have hundreds. */
  readonly withoutRaises?: boolean;
}

// `take_profit_price` stays at the last target once that was reached.
const TRADES = `
  select trade_number as number, strategy_used as strategy, symbol as market,
    json_build_object('at', ${ms('o."timestamp"')}, 'close', o.close, 'score', o.score, 'values', o."values",
      'version', o.strategy_version_id) as opportunity,
    t.configuration_id as configuration, ${ms('entry_timestamp')} as "entryAt", entry_price::float8 as "entryPrice",
    size::float8 as size, entry_quote_rate::float8 as "quoteRate", entry_fee::float8 as "entryFee", filled_offline as "filledOffline",
    entry_half_spread::float8 as "entryHalfSpread", entry_slippage::float8 as "entrySlippage", stop_loss_price::float8 as stop,
    case when highest_price > take_profit_price and t.status <> 'open' then null else take_profit_price::float8 end as "nextTarget",
    profit_loss::float8 as "profitLoss", profit_loss_percentage::float8 as "profitLossPercentage", ambiguous,
    case when t.status = 'closed' then ${ms('exit_timestamp')} end as "closedAt",
    (select coalesce(json_agg(json_build_object('at', ${ms('e.exit_timestamp')}, 'price', e.exit_price::float8,
      'size', e.size::float8, 'reason', e.reason, 'level', e.level, 'percentage', e.exit_percentage::float8,
      'profitLoss', e.profit_loss::float8, 'fee', e.fee::float8, 'halfSpread', e.half_spread::float8,
      'slippage', e.slippage::float8, 'quoteRate', e.quote_rate::float8) order by sequence), '[]') from partial_exit as e where e.trade_id = t.id) as exits,
    case when $7 then '[]' else (select coalesce(json_agg(json_build_object('at', ${ms('r."timestamp"')}, 'stop', r.stop::float8,
      'reason', r.reason) order by r.stop), '[]') from stop_raise as r where r.trade_id = t.id) end as raises
  from simulated_trade as t join opportunity as o on o.id = opportunity_id join cryptocurrency as c on c.id = t.cryptocurrency_id
  where t.run_id = $1 and o."timestamp" >= $2 and o."timestamp" < $3 and ($4::timestamptz is null or t.status <> 'closed' or exit_timestamp >= $4)
    and ($5::text is null or symbol = $5) and ($6::text is null or strategy_used = $6)
  order by entry_timestamp, t.id`;

const momentOf = (at: EpochMs | null | undefined): Date | null => (at == null ? null : new Date(at));

/** Trades of a run, in the order of their entries. */
export const readStoredTrades = async (
  client: ClientBase,
  runId: number,
  { from, to, heldSince, market = null, strategy = null, withoutRaises = false }: TradeSelection = {},
): Promise<readonly JournalTrade[]> => {
  const decided = [momentOf(from) ?? '-infinity', momentOf(to) ?? 'infinity'];
  const values = [runId, ...decided, momentOf(heldSince), market, strategy, withoutRaises];
  return (await client.query<JournalTrade>(TRADES, values)).rows;
};
