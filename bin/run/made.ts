import type { ClientBase } from 'pg';
import { withClient } from '../../lib/world/database/connection.js';
import type { Connection } from '../../lib/world/database/index.js';
import { count, counted, moneyFormat, signed } from '../report/format.js';

/** The newest rows, so that those that come after them can be told. */
export interface Mark {
  readonly opportunity: number;
  readonly trade: number;
  readonly exit: number;
}

const MARK = `
  select coalesce((select max(id) from opportunity), 0)::int as opportunity, coalesce((select max(id) from simulated_trade), 0)::int as trade,
    coalesce((select max(id) from partial_exit), 0)::int as exit`;
const MADE = `
  select initial_balance::float8 as balance, configuration->'portfolio'->>'currency' as currency,
    (select count(*)::int from opportunity where id > $1 and run_id = run.id) as opportunities,
    (select count(*)::int from simulated_trade where id > $2 and run_id = run.id) as bought,
    (select count(*)::int from simulated_trade where run_id = run.id and status <> 'closed') as open,
    sold, profit, (select equity::float8 from equity_point where run_id = run.id order by "timestamp" desc limit 1) as equity
  from run join configuration_history on configuration_history.id = configuration_id,
    lateral (select count(*)::int as sold, coalesce(sum(e.profit_loss), 0)::float8 as profit
      from partial_exit e join simulated_trade t on t.id = trade_id where e.id > $3 and run_id = run.id) as exits
  where mode <> 'backtest' and run.status = 'running' order by run.id desc limit 1`;

interface Row {
  readonly balance: number;
  readonly currency: string | null;
  readonly opportunities: number;
  readonly bought: number;
  readonly open: number;
  readonly sold: number;
  readonly profit: number;
  readonly equity: number | null;
}

export const markOf = (connection: Connection): Promise<Mark> =>
  withClient(connection, async client => (await client.query<Mark>(MARK)).rows[0]!);

/** What the live run under way has made since a mark, in words; empty if there is none. */
export const madeSince = async ({ opportunity, trade, exit }: Mark, client: ClientBase): Promise<string> => {
  const { rows } = await client.query<Row>(MADE, [opportunity, trade, exit]);
  const [row] = rows;
  if (!row) return '';
  const money = moneyFormat(row.balance);
  return [
    counted(row.opportunities, 'opportunity', 'opportunities'),
    `${count(row.bought)} bought`,
    `${counted(row.sold, 'sale', 'sales')} for ${signed(row.profit, money(row.profit))} ${row.currency ?? ''}`.trim(),
    `${count(row.open)} open`,
    ...(row.equity === null ? [] : [`equity ${money(row.equity)} ${row.currency ?? ''}`.trim()]),
  ].join(', ');
};
