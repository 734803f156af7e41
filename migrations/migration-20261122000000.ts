import { Migration } from '@mikro-orm/migrations';

/** Every table of the first version, the partitions of `market_data`, and the triggers that keep trades and exits in step. */
export class Migration20261122000000 extends Migration {
  override up(): void {
    this.addSql(`create table cryptocurrency (
      id serial primary key,
      symbol text not null,
      base text not null,
      quote text not null,
      name text not null,
      is_active boolean not null default true,
      market_cap double precision null,
      avg_daily_volume double precision null,
      amount_step double precision not null default 0.00000001,
      minimum_amount double precision not null default 0,
      minimum_cost double precision not null default 0,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      constraint cryptocurrency_symbol_unique unique (symbol),
      constraint cryptocurrency_symbol_shape check (symbol ~ '^[A-Z0-9.]{1,20}/[A-Z0-9.]{1,20}$'),
      constraint cryptocurrency_symbol_parts check ((base || '/' || quote) = symbol),
      constraint cryptocurrency_steps check (amount_step > 0::double precision
        AND amount_step < 'Infinity'::double precision AND minimum_amount >= 0::double precision
        AND minimum_amount < 'Infinity'::double precision AND minimum_cost >= 0::double precision
        AND minimum_cost < 'Infinity'::double precision),
      constraint cryptocurrency_figures check (market_cap >= 0::double precision
        AND market_cap < 'Infinity'::double precision AND avg_daily_volume >= 0::double precision
        AND avg_daily_volume < 'Infinity'::double precision)
    )`);

    this.addSql(`create table market_data (
      cryptocurrency_id int not null,
      "timestamp" timestamptz not null,
      open double precision not null,
      high double precision not null,
      low double precision not null,
      close double precision not null,
      volume double precision not null,
      vwap double precision null,
      trade_count int null,
      quiet boolean not null default false,
      suspect boolean not null default false,
      source text check (source in ('import', 'ohlc', 'trades', 'synthetic')) not null,
      received_at timestamptz not null default now(),
      first_seen jsonb null,
      revised_at timestamptz null,
      indicators jsonb null,
      decision text null,
      configuration_id int null,
      run_id int null,
      constraint market_data_pkey primary key (cryptocurrency_id, "timestamp"),
      constraint market_data_prices check (low > 0::double precision AND high < 'Infinity'::double precision
        AND high >= GREATEST(open, close) AND low <= LEAST(open, close)),
      constraint market_data_volume check (volume >= 0::double precision AND volume < 'Infinity'::double precision),
      constraint market_data_vwap check (vwap > 0::double precision AND vwap < 'Infinity'::double precision),
      constraint market_data_trade_count check (trade_count >= 0),
      constraint market_data_whole_minute check (EXTRACT(second FROM "timestamp") = 0::numeric),
      constraint market_data_quiet check (NOT quiet OR volume = 0::double precision)
    ) partition by range ("timestamp")`);

    this.addSql(`create table configuration_history (
      id serial primary key,
      "timestamp" timestamptz not null default now(),
      configuration jsonb not null,
      hash text not null,
      run_id int null,
      notes text null,
      constraint configuration_history_hash_shape check (hash ~ '^[0-9a-f]{64}$')
    )`);
    this.addSql(`create index configuration_history_run_id_index on configuration_history (run_id)`);

    this.addSql(`create table run (
      id serial primary key,
      mode text check (mode in ('live', 'simulated', 'backtest')) not null,
      market_source text check (market_source in ('exchange', 'simulator', 'store', 'synthetic')) not null,
      code_version text not null,
      status text check (status in ('running', 'completed', 'aborted', 'failed')) not null,
      started_at timestamptz not null default now(),
      ended_at timestamptz null,
      period_from timestamptz null,
      period_to timestamptz null,
      symbols jsonb not null,
      seed text null,
      configuration_id int not null,
      initial_balance numeric(28,12) not null,
      final_balance numeric(28,12) null,
      report jsonb null,
      notes text null,
      constraint run_configuration_id_foreign foreign key (configuration_id) references configuration_history (id),
      constraint run_ended check ((status = 'running') = (ended_at IS NULL)),
      constraint run_period check (period_from < period_to),
      constraint run_balances check (initial_balance >= 0 AND initial_balance < 'Infinity'::numeric
        AND final_balance > '-Infinity'::numeric AND final_balance < 'Infinity'::numeric),
      constraint run_source check (mode = 'live' AND market_source = 'exchange' OR mode = 'simulated'
        AND market_source = 'simulator' OR mode = 'backtest' AND market_source <> 'exchange'
        AND market_source <> 'simulator')
    )`);

    this.addSql(`create table opportunity (
      id serial primary key,
      run_id int not null,
      cryptocurrency_id int not null,
      "timestamp" timestamptz not null,
      strategy text not null,
      close double precision not null,
      score double precision not null,
      "values" jsonb not null,
      configuration_id int not null,
      status text check (status in ('pending', 'taken', 'rejected', 'expired')) not null default 'pending',
      reason text check (reason in ('already_open', 'cooldown', 'max_open_positions', 'size_too_small', 'no_depth')) null,
      decided_at timestamptz null,
      constraint opportunity_once unique (run_id, cryptocurrency_id, "timestamp", strategy),
      constraint opportunity_run_id_foreign foreign key (run_id) references run (id),
      constraint opportunity_cryptocurrency_id_foreign foreign key (cryptocurrency_id) references cryptocurrency (id),
      constraint opportunity_configuration_id_foreign foreign key (configuration_id) references configuration_history (id),
      constraint opportunity_close check (close > 0::double precision AND close < 'Infinity'::double precision),
      constraint opportunity_score check (score >= 0::double precision AND score <= 1::double precision),
      constraint opportunity_decided check ((status = 'pending') = (decided_at IS NULL)),
      constraint opportunity_reason check ((status = 'rejected') = (reason IS NOT NULL))
    )`);
    this.addSql(`create index opportunity_pending on opportunity (run_id, "timestamp") where status = 'pending'`);

    this.addSql(`create table simulated_trade (
      id serial primary key,
      run_id int not null,
      trade_number int not null,
      cryptocurrency_id int not null,
      opportunity_id int not null,
      configuration_id int not null,
      entry_timestamp timestamptz not null,
      entry_price numeric(28,12) not null,
      size numeric(28,12) not null,
      position_type text check (position_type in ('long', 'short')) not null default 'long',
      stop_loss_price numeric(28,12) not null,
      take_profit_price numeric(28,12) null,
      status text check (status in ('open', 'partially_closed', 'closed')) not null,
      exit_timestamp timestamptz null,
      exit_price numeric(28,12) null,
      profit_loss numeric(28,12) null,
      profit_loss_percentage numeric(28,12) null,
      strategy_used text not null,
      notes text null,
      entry_fee numeric(28,12) not null,
      entry_half_spread numeric(28,12) not null,
      entry_slippage numeric(28,12) not null,
      entry_quote_rate numeric(28,12) not null,
      remaining_size numeric(28,12) not null,
      highest_price numeric(28,12) null,
      trailing_stop_active boolean not null default false,
      filled_offline boolean not null default false,
      ambiguous boolean not null default false,
      constraint simulated_trade_number unique (run_id, trade_number),
      constraint simulated_trade_opportunity_once unique (opportunity_id),
      constraint simulated_trade_run_id_foreign foreign key (run_id) references run (id),
      constraint simulated_trade_cryptocurrency_id_foreign foreign key (cryptocurrency_id) references cryptocurrency (id),
      constraint simulated_trade_opportunity_id_foreign foreign key (opportunity_id) references opportunity (id),
      constraint simulated_trade_configuration_id_foreign foreign key (configuration_id) references configuration_history (id),
      constraint simulated_trade_prices check (entry_price > 0 AND entry_price < 'Infinity'::numeric
        AND entry_quote_rate > 0 AND entry_quote_rate < 'Infinity'::numeric AND stop_loss_price > 0
        AND stop_loss_price < 'Infinity'::numeric AND highest_price > 0 AND highest_price < 'Infinity'::numeric),
      constraint simulated_trade_target check (take_profit_price > 0 AND take_profit_price < 'Infinity'::numeric),
      constraint simulated_trade_size check (size > 0 AND size < 'Infinity'::numeric AND remaining_size >= 0
        AND remaining_size <= size),
      constraint simulated_trade_costs check (entry_fee >= 0 AND entry_fee < 'Infinity'::numeric
        AND entry_half_spread > '-Infinity'::numeric AND entry_half_spread < 'Infinity'::numeric
        AND entry_slippage > '-Infinity'::numeric AND entry_slippage < 'Infinity'::numeric),
      constraint simulated_trade_profit check (profit_loss > '-Infinity'::numeric
        AND profit_loss < 'Infinity'::numeric AND profit_loss_percentage > '-Infinity'::numeric
        AND profit_loss_percentage < 'Infinity'::numeric),
      constraint simulated_trade_exit_price check (exit_price > 0 AND exit_price < 'Infinity'::numeric),
      constraint simulated_trade_open check ((status = 'open') = (remaining_size = size)),
      constraint simulated_trade_closed check ((status = 'closed') = (remaining_size = 0)
        AND (status = 'closed') = (exit_timestamp IS NOT NULL)),
      constraint simulated_trade_result check (status = 'open' OR exit_price IS NOT NULL
        AND profit_loss IS NOT NULL AND profit_loss_percentage IS NOT NULL),
      constraint simulated_trade_times check (exit_timestamp >= entry_timestamp),
      constraint simulated_trade_number_positive check (trade_number > 0)
    )`);
    this.addSql(
      `create unique index simulated_trade_one_open on simulated_trade (run_id, cryptocurrency_id) where status <> 'closed'`,
    );

    this.addSql(`create table partial_exit (
      id serial primary key,
      trade_id int not null,
      sequence int not null,
      exit_timestamp timestamptz not null,
      exit_price numeric(28,12) not null,
      exit_percentage numeric(9,6) not null,
      size numeric(28,12) not null,
      profit_loss numeric(28,12) not null,
      fee numeric(28,12) not null,
      half_spread numeric(28,12) not null,
      slippage numeric(28,12) not null,
      quote_rate numeric(28,12) not null,
      reason text check (reason in ('stop_loss', 'trailing_stop', 'take_profit', 'end_of_data', 'delisted')) not null,
      level int null,
      trailing_stop_activated boolean not null default false,
      constraint partial_exit_sequence unique (trade_id, sequence),
      constraint partial_exit_level_once unique (trade_id, level),
      constraint partial_exit_trade_id_foreign foreign key (trade_id) references simulated_trade (id),
      constraint partial_exit_price check (exit_price > 0 AND exit_price < 'Infinity'::numeric AND size > 0
        AND size < 'Infinity'::numeric AND quote_rate > 0 AND quote_rate < 'Infinity'::numeric),
      constraint partial_exit_percentage check (exit_percentage >= 0 AND exit_percentage <= 100),
      constraint partial_exit_profit check (profit_loss > '-Infinity'::numeric
        AND profit_loss < 'Infinity'::numeric),
      constraint partial_exit_costs check (fee >= 0 AND fee < 'Infinity'::numeric
        AND half_spread > '-Infinity'::numeric AND half_spread < 'Infinity'::numeric
        AND slippage > '-Infinity'::numeric AND slippage < 'Infinity'::numeric),
      constraint partial_exit_sequence_positive check (sequence > 0),
      constraint partial_exit_level check ((reason = 'take_profit') = (level IS NOT NULL)
        AND (level IS NULL OR level >= 0))
    )`);
    this.addSql(
      `create unique index partial_exit_stop_once on partial_exit (trade_id, exit_timestamp) where reason <> 'take_profit'`,
    );

    this.addSql(`create table performance_metric (
      id serial primary key,
      "timestamp" timestamptz not null,
      run_id int not null,
      total_trades int not null,
      winning_trades int not null,
      losing_trades int not null,
      win_rate double precision null,
      average_profit numeric(28,12) null,
      average_loss numeric(28,12) null,
      profit_factor double precision null,
      max_drawdown double precision null,
      sharpe_ratio double precision null,
      total_profit_loss numeric(28,12) not null,
      sortino_ratio double precision null,
      calmar_ratio double precision null,
      expectancy numeric(28,12) null,
      exposure double precision null,
      turnover double precision null,
      system_quality_number double precision null,
      fees numeric(28,12) null,
      spread_cost numeric(28,12) null,
      slippage_cost numeric(28,12) null,
      constraint performance_metric_once unique (run_id, "timestamp"),
      constraint performance_metric_run_id_foreign foreign key (run_id) references run (id),
      constraint performance_metric_counts check (winning_trades >= 0 AND losing_trades >= 0
        AND (winning_trades + losing_trades) <= total_trades),
      constraint performance_metric_win_rate check (win_rate >= 0::double precision
        AND win_rate <= 1::double precision),
      constraint performance_metric_drawdown check (max_drawdown >= 0::double precision
        AND max_drawdown <= 1::double precision),
      constraint performance_metric_money check (average_profit > '-Infinity'::numeric
        AND average_profit < 'Infinity'::numeric AND average_loss > '-Infinity'::numeric
        AND average_loss < 'Infinity'::numeric AND total_profit_loss > '-Infinity'::numeric
        AND total_profit_loss < 'Infinity'::numeric AND expectancy > '-Infinity'::numeric
        AND expectancy < 'Infinity'::numeric),
      constraint performance_metric_costs check (fees >= 0 AND fees < 'Infinity'::numeric
        AND spread_cost > '-Infinity'::numeric AND spread_cost < 'Infinity'::numeric
        AND slippage_cost > '-Infinity'::numeric AND slippage_cost < 'Infinity'::numeric),
      constraint performance_metric_ratios check (profit_factor > '-Infinity'::double precision
        AND profit_factor < 'Infinity'::double precision AND sharpe_ratio > '-Infinity'::double precision
        AND sharpe_ratio < 'Infinity'::double precision AND sortino_ratio > '-Infinity'::double precision
        AND sortino_ratio < 'Infinity'::double precision AND calmar_ratio > '-Infinity'::double precision
        AND calmar_ratio < 'Infinity'::double precision AND exposure > '-Infinity'::double precision
        AND exposure < 'Infinity'::double precision AND turnover > '-Infinity'::double precision
        AND turnover < 'Infinity'::double precision AND system_quality_number > '-Infinity'::double precision
        AND system_quality_number < 'Infinity'::double precision)
    )`);

    this.addSql(`create table market_snapshot (
      id serial primary key,
      cryptocurrency_id int not null,
      "timestamp" timestamptz not null,
      ohlcv jsonb not null,
      indicators jsonb null,
      order_book jsonb null,
      trading_volume double precision null,
      market_sentiment double precision null,
      correlation_btc double precision null,
      constraint market_snapshot_once unique (cryptocurrency_id, "timestamp"),
      constraint market_snapshot_cryptocurrency_id_foreign foreign key (cryptocurrency_id) references cryptocurrency (id),
      constraint market_snapshot_trading_volume check (trading_volume >= 0::double precision
        AND trading_volume < 'Infinity'::double precision),
      constraint market_snapshot_sentiment check (market_sentiment >= '-1'::integer::double precision
        AND market_sentiment <= 1::double precision),
      constraint market_snapshot_correlation check (correlation_btc >= '-1'::integer::double precision
        AND correlation_btc <= 1::double precision)
    )`);
    this.addSql(`create index market_snapshot_timestamp_index on market_snapshot ("timestamp")`);

    this.addSql(`create table universe_verdict (
      run_id int not null,
      cryptocurrency_id int not null,
      "timestamp" timestamptz not null,
      rule text check (rule in ('active', 'quote_currency', 'base_currency', 'market_cap', 'daily_volume', 'spread', 'exchange_listings', 'volatility', 'history')) not null,
      value double precision null,
      threshold double precision null,
      pass boolean not null,
      constraint universe_verdict_run_id_foreign foreign key (run_id) references run (id),
      constraint universe_verdict_cryptocurrency_id_foreign foreign key (cryptocurrency_id) references cryptocurrency (id),
      constraint universe_verdict_pkey primary key (run_id, cryptocurrency_id, "timestamp", rule),
      constraint universe_verdict_value check (value > '-Infinity'::double precision
        AND value < 'Infinity'::double precision),
      constraint universe_verdict_threshold check (threshold > '-Infinity'::double precision
        AND threshold < 'Infinity'::double precision)
    )`);

    this.addSql(`create table equity_point (
      run_id int not null,
      "timestamp" timestamptz not null,
      kind text check (kind in ('start', 'day', 'entry', 'exit', 'end')) not null,
      cash numeric(28,12) not null,
      open_value numeric(28,12) not null,
      equity numeric(28,12) not null,
      constraint equity_point_run_id_foreign foreign key (run_id) references run (id),
      constraint equity_point_pkey primary key (run_id, "timestamp", kind),
      constraint equity_point_amounts check (cash > '-Infinity'::numeric AND cash < 'Infinity'::numeric
        AND open_value > '-Infinity'::numeric AND open_value < 'Infinity'::numeric
        AND equity > '-Infinity'::numeric AND equity < 'Infinity'::numeric),
      constraint equity_point_sum check (equity = (cash + open_value))
    )`);

    // Attached rather than created in place: attaching does not lock out those who read and write other months.
    this.addSql(`create function ensure_market_data_partitions(from_time timestamptz, to_time timestamptz) returns int
      language plpgsql as $$
      declare
        month timestamp := date_trunc('month', from_time at time zone 'UTC');
        child text;
        made int := 0;
      begin
        if not (from_time < to_time and isfinite(from_time) and isfinite(to_time)) then
          raise exception 'market_data: no time between the two ends' using errcode = 'invalid_parameter_value';
        end if;
        while month < to_time at time zone 'UTC' loop
          child := 'market_data_' || to_char(month, 'YYYY_MM');
          if to_regclass(child) is null then
            perform pg_advisory_xact_lock(hashtext('ensure_market_data_partitions'));
            -- read anew: to_regclass may remember from before the lock that there was none
            if not exists (select from pg_inherits join pg_class on pg_class.oid = inhrelid
                where inhparent = 'market_data'::regclass and relname = child) then
              execute format('create table %I (like market_data including defaults including constraints)', child);
              execute format('alter table market_data attach partition %I for values from (%L) to (%L)', child,
                month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
              made := made + 1;
            end if;
          end if;
          month := month + interval '1 month';
        end loop;
        return made;
      end $$`);

    this.addSql(`create function assert_trade_conserved(trade_id_to_check int) returns void language plpgsql as $$
      declare
        trade simulated_trade;
        sold record;
      begin
        select * into trade from simulated_trade where id = trade_id_to_check;
        if not found then
          return;
        end if;
        select count(*) as exits, coalesce(sum(size), 0) as size, sum(profit_loss) as profit_loss,
            coalesce(sum(exit_percentage), 0) as percentage, min(exit_timestamp) as first, max(exit_timestamp) as last
          into sold from partial_exit where trade_id = trade.id;
        if sold.size + trade.remaining_size <> trade.size
          or sold.percentage > 100
          or (sold.percentage = 100) is distinct from (trade.status = 'closed')
          or sold.profit_loss is distinct from trade.profit_loss
          or sold.first < trade.entry_timestamp
          or (trade.status = 'closed' and trade.exit_timestamp <> sold.last) then
          raise exception 'trade % and its % exits disagree', trade.id, sold.exits
            using errcode = 'check_violation', constraint = 'simulated_trade_conserved', table = 'simulated_trade';
        end if;
      end $$`);
    this.addSql(`create function simulated_trade_conserved() returns trigger language plpgsql as $$
      begin
        perform assert_trade_conserved(new.id);
        return null;
      end $$`);
    this.addSql(`create function partial_exit_conserved() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'DELETE' then
          perform assert_trade_conserved(new.trade_id);
        end if;
        if tg_op = 'DELETE' or old.trade_id <> new.trade_id then
          perform assert_trade_conserved(old.trade_id);
        end if;
        return null;
      end $$`);
    this.addSql(`create constraint trigger simulated_trade_conserved after insert or update on simulated_trade
      deferrable initially deferred for each row execute function simulated_trade_conserved()`);
    this.addSql(`create constraint trigger partial_exit_conserved after insert or update or delete on partial_exit
      deferrable initially deferred for each row execute function partial_exit_conserved()`);

    this.addSql(`create function simulated_trade_stop_never_falls() returns trigger language plpgsql as $$
      begin
        raise exception 'the stop of trade % may not fall', new.id
          using errcode = 'check_violation', constraint = 'simulated_trade_stop_never_falls', table = 'simulated_trade';
      end $$`);
    this.addSql(`create trigger simulated_trade_stop_never_falls before update of stop_loss_price on simulated_trade
      for each row when (new.position_type = 'long' and new.stop_loss_price < old.stop_loss_price)
      execute function simulated_trade_stop_never_falls()`);
  }

  override down(): void {
    for (const table of [
      'equity_point',
      'universe_verdict',
      'market_snapshot',
      'performance_metric',
      'partial_exit',
      'simulated_trade',
      'opportunity',
      'run',
      'configuration_history',
      'market_data',
      'cryptocurrency',
    ])
      this.addSql(`drop table ${table}`);
    for (const routine of [
      'simulated_trade_stop_never_falls()',
      'partial_exit_conserved()',
      'simulated_trade_conserved()',
      'assert_trade_conserved(int)',
      'ensure_market_data_partitions(timestamptz, timestamptz)',
    ])
      this.addSql(`drop function ${routine}`);
  }
}
