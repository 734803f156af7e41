import { Migration } from '@mikro-orm/migrations';

/** The wallet of a run from before strategies had wallets of their own: its first strategy's. */
const MAIN = `coalesce(run.strategies->0->>'name', 'momentum')`;
/** Rows of a wallet, and the column with the name of its strategy. */
const WALLET_ROWS = [
  ['equity_point', 'strategy'],
  ['portfolio_state', 'strategy'],
  ['performance_metric', 'strategy'],
  ['simulated_trade', 'strategy_used'],
] as const;

/** Gives each strategy of a run its own wallet, and records the versions of strategies. */
export class Migration20261130232000 extends Migration {
  override up(): void {
    for (const [table, column] of WALLET_ROWS.slice(0, 3))
      this.addSql(`alter table ${table} add column ${column} text not null default 'momentum'`);
    // A run had one wallet, even if its strategy was renamed while it went on. A large table is not
    // rewritten for the name that most rows have.
    for (const [table, column] of WALLET_ROWS)
      this.addSql(`update ${table} set ${column} = ${MAIN} from run
        where run.id = run_id and ${column} <> ${MAIN}`);
    this.addSql('set constraints all immediate'); // no table with checks to come can be altered
    this.addSql('alter table equity_point alter column strategy drop default, drop constraint equity_point_pkey');
    this.addSql(
      'alter table equity_point add constraint equity_point_pkey primary key (run_id, strategy, "timestamp", kind)',
    );
    this.addSql('alter table portfolio_state alter column strategy drop default, drop constraint portfolio_state_pkey');
    this.addSql('alter table portfolio_state add constraint portfolio_state_pkey primary key (run_id, strategy)');
    this.addSql(
      `alter table performance_metric alter column strategy drop default, drop constraint performance_metric_once`,
    );
    this.addSql(
      'alter table performance_metric add constraint performance_metric_once unique (run_id, strategy, "timestamp")',
    );
    this.addSql('alter table simulated_trade drop constraint simulated_trade_number');
    this.addSql(
      'alter table simulated_trade add constraint simulated_trade_number unique (run_id, strategy_used, trade_number)',
    );
    this.addSql('drop index simulated_trade_one_open');
    this.addSql(`create unique index simulated_trade_one_open
      on simulated_trade (run_id, strategy_used, cryptocurrency_id) where status <> 'closed'`);

    this.addSql(`create table strategy_version (
      id serial primary key,
      run_id integer not null,
      name text not null,
      use text not null,
      wallet text not null,
      parameters jsonb not null,
      parameter_hash text not null,
      source_hash text,
      configuration_id integer not null,
      "timestamp" timestamptz not null,
      constraint strategy_version_once unique (run_id, name, "timestamp"),
      constraint strategy_version_wallet_check check (wallet in ('main', 'shadow')),
      constraint strategy_version_hashes check (parameter_hash ~ '^[0-9a-f]{64}$' and source_hash ~ '^[0-9a-f]{64}$'),
      constraint strategy_version_run_id_foreign foreign key (run_id) references run (id),
      constraint strategy_version_configuration_id_foreign foreign key (configuration_id) references configuration_history (id)
    )`);
    this.addSql(`alter table opportunity add column strategy_version_id integer,
      add constraint opportunity_strategy_version_id_foreign foreign key (strategy_version_id) references strategy_version (id)`);
    this.addSql('alter table market_data add column shadow_decisions jsonb');
  }

  override down(): void {
    this.addSql('alter table market_data drop column shadow_decisions');
    this.addSql('alter table opportunity drop column strategy_version_id');
    this.addSql('drop table strategy_version');
    // Only the main wallet fits into the tables of before.
    this.addSql(`delete from partial_exit using simulated_trade, run
      where trade_id = simulated_trade.id and run.id = run_id and strategy_used <> ${MAIN}`);
    this.addSql(`delete from stop_raise using simulated_trade, run
      where trade_id = simulated_trade.id and run.id = run_id and strategy_used <> ${MAIN}`);
    for (const [table, column] of WALLET_ROWS.toReversed())
      this.addSql(`delete from ${table} using run where run.id = run_id and ${column} <> ${MAIN}`);
    this.addSql('set constraints all immediate');
    this.addSql('drop index simulated_trade_one_open');
    this.addSql(`create unique index simulated_trade_one_open
      on simulated_trade (run_id, cryptocurrency_id) where status <> 'closed'`);
    this.addSql('alter table simulated_trade drop constraint simulated_trade_number');
    this.addSql('alter table simulated_trade add constraint simulated_trade_number unique (run_id, trade_number)');
    this.addSql('alter table performance_metric drop constraint performance_metric_once, drop column strategy');
    this.addSql('alter table performance_metric add constraint performance_metric_once unique (run_id, "timestamp")');
    this.addSql('alter table portfolio_state drop constraint portfolio_state_pkey, drop column strategy');
    this.addSql('alter table portfolio_state add constraint portfolio_state_pkey primary key (run_id)');
    this.addSql('alter table equity_point drop constraint equity_point_pkey, drop column strategy');
    this.addSql('alter table equity_point add constraint equity_point_pkey primary key (run_id, "timestamp", kind)');
  }
}
