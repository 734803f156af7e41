import { Migration } from '@mikro-orm/migrations';

/** What live processes keep: the exact portfolio, who they are, the shared request budget; equity by the minute. */
export class Migration20261122210000 extends Migration {
  override up(): void {
    this.addSql(`create table portfolio_state (
      run_id int not null,
      version int not null,
      writer text not null,
      settled_until timestamptz not null,
      state jsonb not null,
      constraint portfolio_state_pkey primary key (run_id),
      constraint portfolio_state_run_id_foreign foreign key (run_id) references run (id),
      constraint portfolio_state_version_positive check (version > 0)
    )`);

    this.addSql(`create table process_state (
      role text check (role in ('scanner', 'positions')) not null,
      pid int not null,
      host text not null,
      code_version text not null,
      run_id int null,
      started_at timestamptz not null,
      heartbeat_at timestamptz not null,
      lag_ms double precision null,
      last_error text null,
      last_error_at timestamptz null,
      counters jsonb not null,
      constraint process_state_pkey primary key (role),
      constraint process_state_run_id_foreign foreign key (run_id) references run (id),
      constraint process_state_lag check (lag_ms >= 0::double precision AND lag_ms < 'Infinity'::double precision)
    )`);

    this.addSql(`create table shared_state (
      name text not null,
      version bigint not null,
      state jsonb not null,
      updated_at timestamptz not null default now(),
      constraint shared_state_pkey primary key (name)
    )`);

    this.addSql(`create unique index run_one_live on run (mode) where mode <> 'backtest' and status = 'running'`);
    this.addSql(`alter table equity_point drop constraint equity_point_kind_check`);
    this.addSql(`alter table equity_point add constraint equity_point_kind_check
      check (kind in ('start', 'day', 'entry', 'exit', 'end', 'minute'))`);
  }

  override down(): void {
    this.addSql(`delete from equity_point where kind = 'minute'`);
    this.addSql(`alter table equity_point drop constraint equity_point_kind_check`);
    this.addSql(`alter table equity_point add constraint equity_point_kind_check
      check (kind in ('start', 'day', 'entry', 'exit', 'end'))`);
    this.addSql(`drop index run_one_live`);
    for (const table of ['shared_state', 'process_state', 'portfolio_state']) this.addSql(`drop table ${table}`);
  }
}
