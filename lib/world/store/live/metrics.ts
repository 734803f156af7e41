import { IsolationLevel, type SqlEntityManager } from '@mikro-orm/postgresql';
import type { FillCosts } from '../../../portfolio/events.js';
import { Performance, type Metrics } from '../../../report/performance.js';
import type { ClosedTrade } from '../../../report/trade-metrics.js';
import { MINUTE_MS, type EpochMs, type Money, wholeMinute } from '../../../units.js';
import { ask } from '../bulk.js';
import type { WalletKey } from '../opportunities.js';
import type { Orm } from '../orm.js';
import { ms } from '../sql.js';

interface Begun {
  readonly initialBalance: Money;
  readonly from: EpochMs;
}

interface Mark {
  readonly at: EpochMs;
  readonly equity: Money;
  readonly exposed: Money;
}

/** Rows with the columns of their costs beside the others. */
type Flat<T> = T & FillCosts;
type ExitRow = Flat<Omit<ClosedTrade['exits'][number], 'costs'>>;
type TradeRow = Flat<Omit<ClosedTrade, 'entryCosts' | 'risk' | 'exits'>> & {
  /** Null if the configuration's document has none. */
  readonly stopLoss: number | null;
  readonly exits: readonly ExitRow[];
};

const BEGUN = `
  select initial_balance::float8 as "initialBalance", ${ms(`coalesce(
    (select min("timestamp") from equity_point where run_id = run.id and strategy = ? and kind = 'start'),
    (select min("timestamp") - interval '1 minute' from equity_point where run_id = run.id and strategy = ? and kind = 'minute'),
    started_at)`)} as from
  from run where id = ? and mode <> 'backtest'`;
const MARKS = `
  select ${ms('"timestamp"')} as at, equity::float8 as equity, open_value::float8 as exposed
  from equity_point where run_id = ? and strategy = ? and kind = 'minute' and "timestamp" > ?::timestamptz and "timestamp" <= ?::timestamptz
  order by "timestamp" limit ?`;
// In the order in which the broker closes them: by time, then by symbol in code units.
const TRADES = `
  select ${ms('entry_timestamp')} as "entryAt", entry_price::float8 as "entryPrice", size::float8 as size,
    entry_quote_rate::float8 as "entryQuoteRate", entry_fee::float8 as fee, entry_half_spread::float8 as "halfSpread",
    entry_slippage::float8 as slippage, ambiguous,
    coalesce((select entry->'risk'->>'stop_loss_percentage' from jsonb_array_elements(configuration->'strategies') as entry
        where entry->>'name' = strategy_used),
      configuration->'risk_management'->>'stop_loss_percentage')::float8 / 100 as "stopLoss",
    (select json_agg(json_build_object('at', ${ms('exit_timestamp')}, 'price', exit_price::float8, 'size', size::float8,
        'reason', reason, 'profitLoss', profit_loss::float8, 'quoteRate', quote_rate::float8,
        'fee', fee::float8, 'halfSpread', half_spread::float8, 'slippage', slippage::float8) order by sequence)
      from partial_exit where trade_id = trade.id) as exits
  from simulated_trade as trade
    join cryptocurrency on cryptocurrency.id = cryptocurrency_id
    join configuration_history on configuration_history.id = configuration_id
  where trade.run_id = ? and trade.strategy_used = ? and trade.status = 'closed' and exit_timestamp <= ?::timestamptz
  order by exit_timestamp, symbol collate "C"`;

/** Marks in memory at once: a week of minutes. */
const MARKS_A_PAGE = 10_080;
const ALWAYS = 'infinity';

const momentOf = (at: EpochMs): string =>
  at === Infinity ? ALWAYS : at === -Infinity ? `-${ALWAYS}` : new Date(at).toISOString();

/** Passes marks on in stretches without missing minutes. */
const fold = (performance: Performance, marks: readonly Mark[]): void => {
  for (let first = 0; first < marks.length;) {
    let end = first + 1;
    while (end < marks.length && marks[end]!.at === marks[end - 1]!.at + MINUTE_MS) end++;
    const stretch = marks.slice(first, end);
    performance.add({
      start: stretch[0]!.at - MINUTE_MS,
      minutes: stretch.length,
      equity: Float64Array.from(stretch, ({ equity }) => equity),
      exposed: Float64Array.from(stretch, ({ exposed }) => exposed),
      events: [],
    });
    first = end;
  }
};

const readTrades = async (
  em: SqlEntityManager,
  { runId, strategy }: WalletKey,
  until: string,
): Promise<readonly ClosedTrade[]> => {
  const rows = await ask<TradeRow>(em, TRADES, [runId, strategy, until]);
  return rows.map(({ fee, halfSpread, slippage, stopLoss, exits, ...trade }) => ({
    ...trade,
    entryCosts: { fee, halfSpread, slippage },
    risk: { stopLoss: stopLoss ?? NaN },
    exits: exits.map(exit => ({ ...exit, costs: exit })),
  }));
};

/**
 * The metrics of a wallet of a live or simulated run by `until`, from its stored trades and its equity of each
 * minute alone: the same for every process, and however often the bot was restarted since
 * (semantics §6). Minutes that are not stored repeat the previous one. It starts at its
 * `start` point, else a minute before its first mark.
 *
 * Throws for a backtest: of its equity only day closes, fills and both ends are stored, so that a
 * drawdown within a day would be missed; its metrics are stored with its end.
 */
export const liveMetrics = (orm: Orm, wallet: WalletKey, until: EpochMs = Infinity): Promise<Metrics> =>
  orm.em.fork().transactional(
    async em => {
      const { runId, strategy } = wallet;
      const [begun] = await ask<Begun>(em, BEGUN, [strategy, strategy, runId]);
      if (!begun) throw new Error(`there is no live run ${runId}`);
      const from = wholeMinute(begun.from);
      const performance = new Performance({ initialBalance: begun.initialBalance, from });
      let last: Pick<Mark, 'at' | 'equity'> = { at: from, equity: begun.initialBalance };
      let marks: readonly Mark[];
      let after = momentOf(-Infinity);
      do {
        marks = await ask<Mark>(em, MARKS, [runId, strategy, after, momentOf(until), MARKS_A_PAGE]);
        fold(performance, marks);
        last = marks.at(-1) ?? last;
        after = momentOf(last.at);
      } while (marks.length === MARKS_A_PAGE);
      performance.finish(last.equity, Math.max(last.at, from));
      return performance.metrics(await readTrades(em, wallet, momentOf(until)));
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );
