import type { ClientBase } from 'pg';
import { wholeReport, type KeptReport, type StoredResult } from '../../report/stored-report.js';
import type { StoredEquity } from '../../report/live-report.js';
import type { BacktestReport } from '../../report/document.js';
import { MAIN_STRATEGY } from './sql.js';
import { readStoredTrades } from './stored-trades.js';

interface Row {
  readonly report: KeptReport;
  readonly configuration: Readonly<Record<string, unknown>>;
}

const REPORT = `
  select report, configuration from run join configuration_history on configuration_history.id = configuration_id
  where run.id = $1 and report is not null`;
// The end of the data replaces a mark of its time.
const FILLS = `
  select distinct on (strategy, "timestamp") strategy, extract(epoch from "timestamp")::float8 * 1000 as at, equity::float8 as equity
  from equity_point where run_id = $1 and kind <> 'minute' order by strategy, "timestamp", kind = 'end' desc`;

/** The newest run with a stored report; null if there is none. */
export const newestReported = async (client: ClientBase): Promise<number | null> =>
  (await client.query<{ id: number }>('select id from run where report is not null order by id desc limit 1')).rows[0]
    ?.id ?? null;

/** The report of a backtest; null if the run has none. */
export const readStoredReport = async (client: ClientBase, runId: number): Promise<BacktestReport | null> => {
  const [row] = (await client.query<Row>(REPORT, [runId])).rows;
  if (!row) return null;
  type Mark = StoredResult['fills'][number] & { readonly strategy: string };
  const marks = (await client.query<Mark>(FILLS, [runId])).rows;
  const trades = await readStoredTrades(client, runId, { withoutRaises: true });
  return wholeReport(row.report, row.configuration, name => ({
    trades: trades.filter(({ strategy }) => strategy === name),
    fills: marks.filter(({ strategy }) => strategy === name),
  }));
};

// The newest mark is the first of the index by time, whatever its kind.
const WALLETS = `
  select wallet.name as strategy,
    (select equity::float8 from equity_point where run_id = run.id and strategy = wallet.name order by "timestamp" desc limit 1) as equity,
    extract(epoch from newest."timestamp")::float8 * 1000 as at, newest.max_drawdown as "maxDrawdown", newest.sharpe_ratio as sharpe, newest.exposure
  from run
    cross join lateral (select strategy as name from portfolio_state where run_id = run.id
      union select strategy_used from simulated_trade where run_id = run.id union select ${MAIN_STRATEGY}) as wallet
    left join lateral (select * from performance_metric where run_id = run.id and strategy = wallet.name order by "timestamp" desc limit 1) as newest on true
  where run.id = $1
  order by wallet.name <> ${MAIN_STRATEGY},
    (select ordinality from jsonb_array_elements(strategies) with ordinality where value->>'name' = wallet.name), wallet.name`;

/** What a live run last stored of its wallets' equity, the main one first. */
export const readStoredEquity = async (client: ClientBase, runId: number): Promise<readonly StoredEquity[]> =>
  (await client.query<StoredEquity>(WALLETS, [runId])).rows;
