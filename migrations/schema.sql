-- Written by scripts/schema.mjs from a migrated database: the migrations are what counts.
set check_function_bodies = off;

CREATE OR REPLACE FUNCTION assert_trade_conserved(trade_id_to_check integer)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
      end $function$
;

CREATE OR REPLACE FUNCTION ensure_market_data_partitions(from_time timestamp with time zone, to_time timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
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
      end $function$
;

CREATE OR REPLACE FUNCTION partial_exit_conserved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        if tg_op <> 'DELETE' then
          perform assert_trade_conserved(new.trade_id);
        end if;
        if tg_op = 'DELETE' or old.trade_id <> new.trade_id then
          perform assert_trade_conserved(old.trade_id);
        end if;
        return null;
      end $function$
;

CREATE OR REPLACE FUNCTION simulated_trade_conserved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        perform assert_trade_conserved(new.id);
        return null;
      end $function$
;

CREATE OR REPLACE FUNCTION simulated_trade_stop_never_falls()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        raise exception 'the stop of trade % may not fall', new.id
          using errcode = 'check_violation', constraint = 'simulated_trade_stop_never_falls', table = 'simulated_trade';
      end $function$
;

create table coin_reference (
  symbol text not null,
  name text,
  sector text,
  coingecko_id text,
  updated_at timestamp with time zone default now() not null
);

create table configuration_history (
  id serial not null,
  "timestamp" timestamp with time zone default now() not null,
  configuration jsonb,
  hash text not null,
  run_id integer,
  notes text,
  status text default 'accepted'::text not null,
  changes jsonb,
  problems jsonb
);

create table confirmed_stretch (
  cryptocurrency_id integer not null,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone not null
);

create table cryptocurrency (
  id serial not null,
  symbol text not null,
  base text not null,
  quote text not null,
  name text not null,
  is_active boolean default true not null,
  market_cap double precision,
  avg_daily_volume double precision,
  amount_step double precision default 0.00000001 not null,
  minimum_amount double precision default 0 not null,
  minimum_cost double precision default 0 not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  market_cap_at timestamp with time zone,
  sector text
);

create table damaged_minutes (
  cryptocurrency_id integer not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null
);

create table equity_point (
  run_id integer not null,
  "timestamp" timestamp with time zone not null,
  kind text not null,
  cash numeric not null,
  open_value numeric not null,
  equity numeric not null,
  strategy text not null
);

create table fill_book (
  run_id integer not null,
  cryptocurrency_id integer not null,
  "timestamp" timestamp with time zone not null,
  kind text not null,
  order_book jsonb not null
);

create table market_data (
  cryptocurrency_id integer not null,
  "timestamp" timestamp with time zone not null,
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  volume double precision not null,
  vwap double precision,
  trade_count integer,
  quiet boolean default false not null,
  suspect boolean default false not null,
  source text not null,
  received_at timestamp with time zone default now() not null,
  first_seen jsonb,
  revised_at timestamp with time zone,
  indicators jsonb,
  decision text,
  configuration_id integer,
  run_id integer,
  decided_at timestamp with time zone,
  shadow_decisions jsonb,
  exit_signals jsonb
) partition by RANGE ("timestamp");

create table market_quality (
  cryptocurrency_id integer not null,
  day timestamp with time zone not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  present integer not null,
  quiet integer not null,
  suspect integer not null,
  revised integer not null,
  filled integer not null,
  late integer,
  decided integer not null,
  lag_median_ms double precision,
  lag_p99_ms double precision,
  unconfirmed integer
);

create table market_snapshot (
  id serial not null,
  cryptocurrency_id integer not null,
  "timestamp" timestamp with time zone not null,
  ohlcv jsonb not null,
  indicators jsonb,
  order_book jsonb,
  trading_volume double precision,
  market_sentiment double precision,
  correlation_btc double precision,
  book_at timestamp with time zone,
  book_spread double precision,
  book_bid_depth_10bp double precision,
  book_ask_depth_10bp double precision,
  book_bid_depth_25bp double precision,
  book_ask_depth_25bp double precision,
  book_bid_depth_50bp double precision,
  book_ask_depth_50bp double precision,
  book_imbalance double precision
);

create table opportunity (
  id serial not null,
  run_id integer not null,
  cryptocurrency_id integer not null,
  "timestamp" timestamp with time zone not null,
  strategy text not null,
  close double precision not null,
  score double precision not null,
  "values" jsonb not null,
  configuration_id integer not null,
  status text default 'pending'::text not null,
  reason text,
  decided_at timestamp with time zone,
  strategy_version_id integer
);

create table partial_exit (
  id serial not null,
  trade_id integer not null,
  sequence integer not null,
  exit_timestamp timestamp with time zone not null,
  exit_price numeric not null,
  exit_percentage numeric(9,6) not null,
  size numeric not null,
  profit_loss numeric not null,
  fee numeric not null,
  half_spread numeric not null,
  slippage numeric not null,
  quote_rate numeric not null,
  reason text not null,
  level integer,
  trailing_stop_activated boolean default false not null
);

create table performance_metric (
  id serial not null,
  "timestamp" timestamp with time zone not null,
  run_id integer not null,
  total_trades integer not null,
  winning_trades integer not null,
  losing_trades integer not null,
  win_rate double precision,
  average_profit numeric,
  average_loss numeric,
  profit_factor double precision,
  max_drawdown double precision,
  sharpe_ratio double precision,
  total_profit_loss numeric not null,
  sortino_ratio double precision,
  calmar_ratio double precision,
  expectancy numeric,
  exposure double precision,
  turnover double precision,
  system_quality_number double precision,
  fees numeric,
  spread_cost numeric,
  slippage_cost numeric,
  configuration_id integer,
  strategy text not null
);

create table portfolio_state (
  run_id integer not null,
  version integer not null,
  writer text not null,
  settled_until timestamp with time zone not null,
  state jsonb not null,
  strategy text not null
);

create table process_state (
  role text not null,
  pid integer not null,
  host text not null,
  code_version text not null,
  run_id integer,
  started_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  lag_ms double precision,
  last_error text,
  last_error_at timestamp with time zone,
  counters jsonb not null,
  stopped_at timestamp with time zone,
  stop_reason text,
  stop_requested boolean
);

create table run (
  id serial not null,
  mode text not null,
  market_source text not null,
  code_version text not null,
  status text not null,
  started_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  period_from timestamp with time zone,
  period_to timestamp with time zone,
  symbols jsonb not null,
  seed text,
  configuration_id integer not null,
  initial_balance numeric not null,
  final_balance numeric,
  report jsonb,
  notes text,
  strategies jsonb default '[]'::jsonb not null
);

create table shared_state (
  name text not null,
  version bigint not null,
  state jsonb not null,
  updated_at timestamp with time zone default now() not null
);

create table simulated_trade (
  id serial not null,
  run_id integer not null,
  trade_number integer not null,
  cryptocurrency_id integer not null,
  opportunity_id integer not null,
  configuration_id integer not null,
  entry_timestamp timestamp with time zone not null,
  entry_price numeric not null,
  size numeric not null,
  position_type text default 'long'::text not null,
  stop_loss_price numeric not null,
  take_profit_price numeric,
  status text not null,
  exit_timestamp timestamp with time zone,
  exit_price numeric,
  profit_loss numeric,
  profit_loss_percentage numeric,
  strategy_used text not null,
  notes text,
  entry_fee numeric not null,
  entry_half_spread numeric not null,
  entry_slippage numeric not null,
  entry_quote_rate numeric not null,
  remaining_size numeric not null,
  highest_price numeric,
  trailing_stop_active boolean default false not null,
  filled_offline boolean default false not null,
  ambiguous boolean default false not null
);

create table stop_raise (
  id serial not null,
  trade_id integer not null,
  "timestamp" timestamp with time zone not null,
  stop numeric not null,
  reason text not null
);

create table strategy_check (
  id serial not null,
  source_hash text not null,
  parameters_hash text not null,
  name text not null,
  parameters jsonb not null,
  checked_at timestamp with time zone not null,
  code_version text not null,
  passed boolean not null,
  verdict jsonb not null
);

create table strategy_version (
  id serial not null,
  run_id integer not null,
  name text not null,
  use text not null,
  wallet text not null,
  parameters jsonb not null,
  parameter_hash text not null,
  source_hash text,
  configuration_id integer not null,
  "timestamp" timestamp with time zone not null
);

create table timeframe_candle (
  cryptocurrency_id integer not null,
  minutes integer not null,
  "timestamp" timestamp with time zone not null,
  open double precision not null,
  high double precision not null,
  low double precision not null,
  close double precision not null,
  volume double precision not null
);

create table universe_verdict (
  run_id integer not null,
  cryptocurrency_id integer not null,
  "timestamp" timestamp with time zone not null,
  rule text not null,
  value double precision,
  threshold double precision,
  pass boolean not null
);

alter table coin_reference add constraint coin_reference_pkey PRIMARY KEY (symbol);

alter table coin_reference add constraint coin_reference_says CHECK ((num_nonnulls(name, sector, coingecko_id) > 0));

alter table coin_reference add constraint coin_reference_sector CHECK ((sector ~ '^[a-z][a-z0-9-]{0,31}$'::text));

alter table coin_reference add constraint coin_reference_symbol CHECK ((symbol ~ '^[A-Z0-9.]{1,20}$'::text));

alter table configuration_history add constraint configuration_history_document CHECK (((status = 'refused'::text) = (configuration IS NULL)));

alter table configuration_history add constraint configuration_history_hash_shape CHECK ((hash ~ '^[0-9a-f]{64}$'::text));

alter table configuration_history add constraint configuration_history_pkey PRIMARY KEY (id);

alter table configuration_history add constraint configuration_history_problems CHECK (((status = 'accepted'::text) = (problems IS NULL)));

alter table configuration_history add constraint configuration_history_status_check CHECK ((status = ANY (ARRAY['accepted'::text, 'restart_needed'::text, 'refused'::text])));

alter table confirmed_stretch add constraint confirmed_stretch_order CHECK ((from_at < until_at));

alter table confirmed_stretch add constraint confirmed_stretch_pkey PRIMARY KEY (cryptocurrency_id, from_at);

alter table confirmed_stretch add constraint confirmed_stretch_whole_minutes CHECK (((EXTRACT(second FROM from_at) = (0)::numeric) AND (EXTRACT(second FROM until_at) = (0)::numeric)));

alter table cryptocurrency add constraint cryptocurrency_figures CHECK (((market_cap >= (0)::double precision) AND (market_cap < 'Infinity'::double precision) AND (avg_daily_volume >= (0)::double precision) AND (avg_daily_volume < 'Infinity'::double precision)));

alter table cryptocurrency add constraint cryptocurrency_pkey PRIMARY KEY (id);

alter table cryptocurrency add constraint cryptocurrency_sector CHECK ((sector ~ '^[a-z][a-z0-9-]{0,31}$'::text));

alter table cryptocurrency add constraint cryptocurrency_steps CHECK (((amount_step > (0)::double precision) AND (amount_step < 'Infinity'::double precision) AND (minimum_amount >= (0)::double precision) AND (minimum_amount < 'Infinity'::double precision) AND (minimum_cost >= (0)::double precision) AND (minimum_cost < 'Infinity'::double precision)));

alter table cryptocurrency add constraint cryptocurrency_symbol_parts CHECK ((((base || '/'::text) || quote) = symbol));

alter table cryptocurrency add constraint cryptocurrency_symbol_shape CHECK ((symbol ~ '^[A-Z0-9.]{1,20}/[A-Z0-9.]{1,20}$'::text));

alter table cryptocurrency add constraint cryptocurrency_symbol_unique UNIQUE (symbol);

alter table damaged_minutes add constraint damaged_minutes_order CHECK ((first_at <= last_at));

alter table damaged_minutes add constraint damaged_minutes_pkey PRIMARY KEY (cryptocurrency_id, first_at, last_at);

alter table damaged_minutes add constraint damaged_minutes_whole CHECK (((EXTRACT(second FROM first_at) = (0)::numeric) AND (EXTRACT(second FROM last_at) = (0)::numeric)));

alter table equity_point add constraint equity_point_amounts CHECK (((cash > '-Infinity'::numeric) AND (cash < 'Infinity'::numeric) AND (open_value > '-Infinity'::numeric) AND (open_value < 'Infinity'::numeric) AND (equity > '-Infinity'::numeric) AND (equity < 'Infinity'::numeric)));

alter table equity_point add constraint equity_point_kind_check CHECK ((kind = ANY (ARRAY['start'::text, 'day'::text, 'entry'::text, 'exit'::text, 'end'::text, 'minute'::text])));

alter table equity_point add constraint equity_point_pkey PRIMARY KEY (run_id, strategy, "timestamp", kind);

alter table equity_point add constraint equity_point_sum CHECK ((equity = (cash + open_value)));

alter table fill_book add constraint fill_book_kind_check CHECK ((kind = ANY (ARRAY['entry'::text, 'exit'::text])));

alter table fill_book add constraint fill_book_pkey PRIMARY KEY (run_id, cryptocurrency_id, "timestamp", kind);

alter table market_data add constraint market_data_pkey PRIMARY KEY (cryptocurrency_id, "timestamp");

alter table market_data add constraint market_data_prices CHECK (((low > (0)::double precision) AND (high < 'Infinity'::double precision) AND (high >= GREATEST(open, close)) AND (low <= LEAST(open, close))));

alter table market_data add constraint market_data_quiet CHECK (((NOT quiet) OR (volume = (0)::double precision)));

alter table market_data add constraint market_data_source_check CHECK ((source = ANY (ARRAY['import'::text, 'ohlc'::text, 'trades'::text, 'synthetic'::text])));

alter table market_data add constraint market_data_trade_count CHECK ((trade_count >= 0));

alter table market_data add constraint market_data_volume CHECK (((volume >= (0)::double precision) AND (volume < 'Infinity'::double precision)));

alter table market_data add constraint market_data_vwap CHECK (((vwap > (0)::double precision) AND (vwap < 'Infinity'::double precision)));

alter table market_data add constraint market_data_whole_minute CHECK ((EXTRACT(second FROM "timestamp") = (0)::numeric));

alter table market_quality add constraint market_quality_counts CHECK (((present > 0) AND (present <= 1440) AND (LEAST(quiet, suspect, revised, filled, decided, COALESCE(unconfirmed, 0), COALESCE(late, 0)) >= 0) AND (GREATEST(quiet, suspect, revised, filled, decided, COALESCE(unconfirmed, 0), COALESCE(late, 0)) <= present)));

alter table market_quality add constraint market_quality_pkey PRIMARY KEY (cryptocurrency_id, day);

alter table market_quality add constraint market_quality_whole_day CHECK (((EXTRACT(epoch FROM day) % (86400)::numeric) = (0)::numeric));

alter table market_snapshot add constraint market_snapshot_book CHECK (((order_book IS NOT NULL) OR (num_nonnulls(book_at, book_spread, book_bid_depth_10bp, book_ask_depth_10bp, book_bid_depth_25bp, book_ask_depth_25bp, book_bid_depth_50bp, book_ask_depth_50bp, book_imbalance) = 0)));

alter table market_snapshot add constraint market_snapshot_book_at CHECK ((book_at <= "timestamp"));

alter table market_snapshot add constraint market_snapshot_book_depths CHECK (((book_bid_depth_10bp >= (0)::double precision) AND (book_bid_depth_10bp < 'Infinity'::double precision) AND (book_ask_depth_10bp >= (0)::double precision) AND (book_ask_depth_10bp < 'Infinity'::double precision) AND (book_bid_depth_25bp >= (0)::double precision) AND (book_bid_depth_25bp < 'Infinity'::double precision) AND (book_ask_depth_25bp >= (0)::double precision) AND (book_ask_depth_25bp < 'Infinity'::double precision) AND (book_bid_depth_50bp >= (0)::double precision) AND (book_bid_depth_50bp < 'Infinity'::double precision) AND (book_ask_depth_50bp >= (0)::double precision) AND (book_ask_depth_50bp < 'Infinity'::double precision)));

alter table market_snapshot add constraint market_snapshot_book_imbalance CHECK (((book_imbalance >= ('-1'::integer)::double precision) AND (book_imbalance <= (1)::double precision)));

alter table market_snapshot add constraint market_snapshot_book_spread CHECK (((book_spread > (0)::double precision) AND (book_spread < 'Infinity'::double precision)));

alter table market_snapshot add constraint market_snapshot_correlation CHECK (((correlation_btc >= ('-1'::integer)::double precision) AND (correlation_btc <= (1)::double precision)));

alter table market_snapshot add constraint market_snapshot_once UNIQUE (cryptocurrency_id, "timestamp");

alter table market_snapshot add constraint market_snapshot_pkey PRIMARY KEY (id);

alter table market_snapshot add constraint market_snapshot_sentiment CHECK (((market_sentiment >= ('-1'::integer)::double precision) AND (market_sentiment <= (1)::double precision)));

alter table market_snapshot add constraint market_snapshot_trading_volume CHECK (((trading_volume >= (0)::double precision) AND (trading_volume < 'Infinity'::double precision)));

alter table opportunity add constraint opportunity_close CHECK (((close > (0)::double precision) AND (close < 'Infinity'::double precision)));

alter table opportunity add constraint opportunity_decided CHECK (((status = 'pending'::text) = (decided_at IS NULL)));

alter table opportunity add constraint opportunity_once UNIQUE (run_id, cryptocurrency_id, "timestamp", strategy);

alter table opportunity add constraint opportunity_pkey PRIMARY KEY (id);

alter table opportunity add constraint opportunity_reason CHECK (((status = 'rejected'::text) = (reason IS NOT NULL)));

alter table opportunity add constraint opportunity_reason_check CHECK ((reason ~ '^[a-z][a-z0-9_]{0,62}$'::text));

alter table opportunity add constraint opportunity_score CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision)));

alter table opportunity add constraint opportunity_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'taken'::text, 'rejected'::text, 'expired'::text])));

alter table partial_exit add constraint partial_exit_costs CHECK (((fee >= (0)::numeric) AND (fee < 'Infinity'::numeric) AND (half_spread > '-Infinity'::numeric) AND (half_spread < 'Infinity'::numeric) AND (slippage > '-Infinity'::numeric) AND (slippage < 'Infinity'::numeric)));

alter table partial_exit add constraint partial_exit_level CHECK ((((reason = 'take_profit'::text) = (level IS NOT NULL)) AND ((level IS NULL) OR (level >= 0))));

alter table partial_exit add constraint partial_exit_level_once UNIQUE (trade_id, level, exit_timestamp);

alter table partial_exit add constraint partial_exit_percentage CHECK (((exit_percentage >= (0)::numeric) AND (exit_percentage <= (100)::numeric)));

alter table partial_exit add constraint partial_exit_pkey PRIMARY KEY (id);

alter table partial_exit add constraint partial_exit_price CHECK (((exit_price > (0)::numeric) AND (exit_price < 'Infinity'::numeric) AND (size > (0)::numeric) AND (size < 'Infinity'::numeric) AND (quote_rate > (0)::numeric) AND (quote_rate < 'Infinity'::numeric)));

alter table partial_exit add constraint partial_exit_profit CHECK (((profit_loss > '-Infinity'::numeric) AND (profit_loss < 'Infinity'::numeric)));

alter table partial_exit add constraint partial_exit_reason_check CHECK ((reason ~ '^[a-z][a-z0-9_]{0,62}$'::text));

alter table partial_exit add constraint partial_exit_sequence UNIQUE (trade_id, sequence);

alter table partial_exit add constraint partial_exit_sequence_positive CHECK ((sequence > 0));

alter table performance_metric add constraint performance_metric_costs CHECK (((fees >= (0)::numeric) AND (fees < 'Infinity'::numeric) AND (spread_cost > '-Infinity'::numeric) AND (spread_cost < 'Infinity'::numeric) AND (slippage_cost > '-Infinity'::numeric) AND (slippage_cost < 'Infinity'::numeric)));

alter table performance_metric add constraint performance_metric_counts CHECK (((winning_trades >= 0) AND (losing_trades >= 0) AND ((winning_trades + losing_trades) <= total_trades)));

alter table performance_metric add constraint performance_metric_drawdown CHECK (((max_drawdown >= (0)::double precision) AND (max_drawdown <= (1)::double precision)));

alter table performance_metric add constraint performance_metric_money CHECK (((average_profit > '-Infinity'::numeric) AND (average_profit < 'Infinity'::numeric) AND (average_loss > '-Infinity'::numeric) AND (average_loss < 'Infinity'::numeric) AND (total_profit_loss > '-Infinity'::numeric) AND (total_profit_loss < 'Infinity'::numeric) AND (expectancy > '-Infinity'::numeric) AND (expectancy < 'Infinity'::numeric)));

alter table performance_metric add constraint performance_metric_once UNIQUE (run_id, strategy, "timestamp");

alter table performance_metric add constraint performance_metric_pkey PRIMARY KEY (id);

alter table performance_metric add constraint performance_metric_ratios CHECK (((profit_factor > '-Infinity'::double precision) AND (profit_factor < 'Infinity'::double precision) AND (sharpe_ratio > '-Infinity'::double precision) AND (sharpe_ratio < 'Infinity'::double precision) AND (sortino_ratio > '-Infinity'::double precision) AND (sortino_ratio < 'Infinity'::double precision) AND (calmar_ratio > '-Infinity'::double precision) AND (calmar_ratio < 'Infinity'::double precision) AND (exposure > '-Infinity'::double precision) AND (exposure < 'Infinity'::double precision) AND (turnover > '-Infinity'::double precision) AND (turnover < 'Infinity'::double precision) AND (system_quality_number > '-Infinity'::double precision) AND (system_quality_number < 'Infinity'::double precision)));

alter table performance_metric add constraint performance_metric_win_rate CHECK (((win_rate >= (0)::double precision) AND (win_rate <= (1)::double precision)));

alter table portfolio_state add constraint portfolio_state_pkey PRIMARY KEY (run_id, strategy);

alter table portfolio_state add constraint portfolio_state_version_positive CHECK ((version > 0));

alter table process_state add constraint process_state_lag CHECK (((lag_ms >= (0)::double precision) AND (lag_ms < 'Infinity'::double precision)));

alter table process_state add constraint process_state_pkey PRIMARY KEY (role);

alter table process_state add constraint process_state_role_check CHECK ((role = ANY (ARRAY['scanner'::text, 'positions'::text])));

alter table process_state add constraint process_state_stop CHECK ((((stopped_at IS NULL) = (stop_reason IS NULL)) AND ((stopped_at IS NULL) = (stop_requested IS NULL))));

alter table run add constraint run_balances CHECK (((initial_balance >= (0)::numeric) AND (initial_balance < 'Infinity'::numeric) AND (final_balance > '-Infinity'::numeric) AND (final_balance < 'Infinity'::numeric)));

alter table run add constraint run_ended CHECK (((status = 'running'::text) = (ended_at IS NULL)));

alter table run add constraint run_market_source_check CHECK ((market_source = ANY (ARRAY['exchange'::text, 'simulator'::text, 'store'::text, 'synthetic'::text])));

alter table run add constraint run_mode_check CHECK ((mode = ANY (ARRAY['live'::text, 'simulated'::text, 'backtest'::text])));

alter table run add constraint run_period CHECK ((period_from < period_to));

alter table run add constraint run_pkey PRIMARY KEY (id);

alter table run add constraint run_source CHECK ((((mode = 'live'::text) AND (market_source = 'exchange'::text)) OR ((mode = 'simulated'::text) AND (market_source = 'simulator'::text)) OR ((mode = 'backtest'::text) AND (market_source <> 'exchange'::text) AND (market_source <> 'simulator'::text))));

alter table run add constraint run_status_check CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'aborted'::text, 'failed'::text])));

alter table shared_state add constraint shared_state_pkey PRIMARY KEY (name);

alter table simulated_trade add constraint simulated_trade_closed CHECK ((((status = 'closed'::text) = (remaining_size = (0)::numeric)) AND ((status = 'closed'::text) = (exit_timestamp IS NOT NULL))));

alter table simulated_trade add constraint simulated_trade_costs CHECK (((entry_fee >= (0)::numeric) AND (entry_fee < 'Infinity'::numeric) AND (entry_half_spread > '-Infinity'::numeric) AND (entry_half_spread < 'Infinity'::numeric) AND (entry_slippage > '-Infinity'::numeric) AND (entry_slippage < 'Infinity'::numeric)));

alter table simulated_trade add constraint simulated_trade_exit_price CHECK (((exit_price > (0)::numeric) AND (exit_price < 'Infinity'::numeric)));

alter table simulated_trade add constraint simulated_trade_number UNIQUE (run_id, strategy_used, trade_number);

alter table simulated_trade add constraint simulated_trade_number_positive CHECK ((trade_number > 0));

alter table simulated_trade add constraint simulated_trade_open CHECK (((status = 'open'::text) = (remaining_size = size)));

alter table simulated_trade add constraint simulated_trade_opportunity_once UNIQUE (opportunity_id);

alter table simulated_trade add constraint simulated_trade_pkey PRIMARY KEY (id);

alter table simulated_trade add constraint simulated_trade_position_type_check CHECK ((position_type = ANY (ARRAY['long'::text, 'short'::text])));

alter table simulated_trade add constraint simulated_trade_prices CHECK (((entry_price > (0)::numeric) AND (entry_price < 'Infinity'::numeric) AND (entry_quote_rate > (0)::numeric) AND (entry_quote_rate < 'Infinity'::numeric) AND (stop_loss_price > (0)::numeric) AND (stop_loss_price < 'Infinity'::numeric) AND (highest_price > (0)::numeric) AND (highest_price < 'Infinity'::numeric)));

alter table simulated_trade add constraint simulated_trade_profit CHECK (((profit_loss > '-Infinity'::numeric) AND (profit_loss < 'Infinity'::numeric) AND (profit_loss_percentage > '-Infinity'::numeric) AND (profit_loss_percentage < 'Infinity'::numeric)));

alter table simulated_trade add constraint simulated_trade_result CHECK (((status = 'open'::text) OR ((exit_price IS NOT NULL) AND (profit_loss IS NOT NULL) AND (profit_loss_percentage IS NOT NULL))));

alter table simulated_trade add constraint simulated_trade_size CHECK (((size > (0)::numeric) AND (size < 'Infinity'::numeric) AND (remaining_size >= (0)::numeric) AND (remaining_size <= size)));

alter table simulated_trade add constraint simulated_trade_status_check CHECK ((status = ANY (ARRAY['open'::text, 'partially_closed'::text, 'closed'::text])));

alter table simulated_trade add constraint simulated_trade_target CHECK (((take_profit_price > (0)::numeric) AND (take_profit_price < 'Infinity'::numeric)));

alter table simulated_trade add constraint simulated_trade_times CHECK ((exit_timestamp >= entry_timestamp));

alter table stop_raise add constraint stop_raise_once UNIQUE (trade_id, stop);

alter table stop_raise add constraint stop_raise_pkey PRIMARY KEY (id);

alter table stop_raise add constraint stop_raise_price CHECK (((stop > (0)::numeric) AND (stop < 'Infinity'::numeric)));

alter table stop_raise add constraint stop_raise_reason_check CHECK ((reason ~ '^[a-z][a-z0-9_]{0,62}$'::text));

alter table strategy_check add constraint strategy_check_hashes CHECK (((source_hash ~ '^[0-9a-f]{64}$'::text) AND (parameters_hash ~ '^[0-9a-f]{64}$'::text)));

alter table strategy_check add constraint strategy_check_once UNIQUE (source_hash, parameters_hash);

alter table strategy_check add constraint strategy_check_pkey PRIMARY KEY (id);

alter table strategy_version add constraint strategy_version_hashes CHECK (((parameter_hash ~ '^[0-9a-f]{64}$'::text) AND (source_hash ~ '^[0-9a-f]{64}$'::text)));

alter table strategy_version add constraint strategy_version_once UNIQUE (run_id, name, "timestamp");

alter table strategy_version add constraint strategy_version_pkey PRIMARY KEY (id);

alter table strategy_version add constraint strategy_version_wallet_check CHECK ((wallet = ANY (ARRAY['main'::text, 'shadow'::text])));

alter table timeframe_candle add constraint timeframe_candle_aligned CHECK (((EXTRACT(epoch FROM "timestamp") % ((minutes * 60))::numeric) = (0)::numeric));

alter table timeframe_candle add constraint timeframe_candle_minutes CHECK ((minutes > 1));

alter table timeframe_candle add constraint timeframe_candle_pkey PRIMARY KEY (cryptocurrency_id, minutes, "timestamp");

alter table timeframe_candle add constraint timeframe_candle_prices CHECK (((low > (0)::double precision) AND (high < 'Infinity'::double precision) AND (high >= GREATEST(open, close)) AND (low <= LEAST(open, close))));

alter table timeframe_candle add constraint timeframe_candle_volume CHECK (((volume >= (0)::double precision) AND (volume < 'Infinity'::double precision)));

alter table universe_verdict add constraint universe_verdict_pkey PRIMARY KEY (run_id, cryptocurrency_id, "timestamp", rule);

alter table universe_verdict add constraint universe_verdict_rule_check CHECK ((rule ~ '^[a-z][a-z0-9_]{0,62}$'::text));

alter table universe_verdict add constraint universe_verdict_threshold CHECK (((threshold > '-Infinity'::double precision) AND (threshold < 'Infinity'::double precision)));

alter table universe_verdict add constraint universe_verdict_value CHECK (((value > '-Infinity'::double precision) AND (value < 'Infinity'::double precision)));

alter table confirmed_stretch add constraint confirmed_stretch_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table damaged_minutes add constraint damaged_minutes_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table equity_point add constraint equity_point_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table fill_book add constraint fill_book_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table fill_book add constraint fill_book_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table market_quality add constraint market_quality_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table market_snapshot add constraint market_snapshot_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table opportunity add constraint opportunity_configuration_id_foreign FOREIGN KEY (configuration_id) REFERENCES configuration_history(id);

alter table opportunity add constraint opportunity_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table opportunity add constraint opportunity_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table opportunity add constraint opportunity_strategy_version_id_foreign FOREIGN KEY (strategy_version_id) REFERENCES strategy_version(id);

alter table partial_exit add constraint partial_exit_trade_id_foreign FOREIGN KEY (trade_id) REFERENCES simulated_trade(id);

alter table performance_metric add constraint performance_metric_configuration_id_foreign FOREIGN KEY (configuration_id) REFERENCES configuration_history(id);

alter table performance_metric add constraint performance_metric_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table portfolio_state add constraint portfolio_state_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table process_state add constraint process_state_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table run add constraint run_configuration_id_foreign FOREIGN KEY (configuration_id) REFERENCES configuration_history(id);

alter table simulated_trade add constraint simulated_trade_configuration_id_foreign FOREIGN KEY (configuration_id) REFERENCES configuration_history(id);

alter table simulated_trade add constraint simulated_trade_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table simulated_trade add constraint simulated_trade_opportunity_id_foreign FOREIGN KEY (opportunity_id) REFERENCES opportunity(id);

alter table simulated_trade add constraint simulated_trade_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table stop_raise add constraint stop_raise_trade_id_foreign FOREIGN KEY (trade_id) REFERENCES simulated_trade(id);

alter table strategy_version add constraint strategy_version_configuration_id_foreign FOREIGN KEY (configuration_id) REFERENCES configuration_history(id);

alter table strategy_version add constraint strategy_version_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

alter table timeframe_candle add constraint timeframe_candle_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table universe_verdict add constraint universe_verdict_cryptocurrency_id_foreign FOREIGN KEY (cryptocurrency_id) REFERENCES cryptocurrency(id);

alter table universe_verdict add constraint universe_verdict_run_id_foreign FOREIGN KEY (run_id) REFERENCES run(id);

CREATE INDEX configuration_history_run_id_index ON configuration_history USING btree (run_id);

CREATE INDEX fill_book_timestamp_index ON fill_book USING btree ("timestamp");

CREATE INDEX market_snapshot_book_at_index ON market_snapshot USING btree (book_at) WHERE (book_at IS NOT NULL);

CREATE INDEX market_snapshot_timestamp_index ON market_snapshot USING btree ("timestamp");

CREATE INDEX opportunity_pending ON opportunity USING btree (run_id, "timestamp") WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX partial_exit_stop_once ON partial_exit USING btree (trade_id, exit_timestamp) WHERE (reason <> 'take_profit'::text);

CREATE UNIQUE INDEX run_one_live ON run USING btree (mode) WHERE ((mode <> 'backtest'::text) AND (status = 'running'::text));

CREATE UNIQUE INDEX simulated_trade_one_open ON simulated_trade USING btree (run_id, strategy_used, cryptocurrency_id) WHERE (status <> 'closed'::text);

CREATE CONSTRAINT TRIGGER partial_exit_conserved AFTER INSERT OR DELETE OR UPDATE ON partial_exit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION partial_exit_conserved();

CREATE CONSTRAINT TRIGGER simulated_trade_conserved AFTER INSERT OR UPDATE ON simulated_trade DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION simulated_trade_conserved();

CREATE TRIGGER simulated_trade_stop_never_falls BEFORE UPDATE OF stop_loss_price ON simulated_trade FOR EACH ROW WHEN (((new.position_type = 'long'::text) AND (new.stop_loss_price < old.stop_loss_price))) EXECUTE FUNCTION simulated_trade_stop_never_falls();
