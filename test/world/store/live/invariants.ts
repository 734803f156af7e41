/**
 * What must never be found in a database, whatever was killed when: each counts the rows that break
 * it.
 */
const INVARIANTS: Readonly<Record<string, string>> = {
  'I1 what was sold and what is left is what was bought': `
    select count(*) from simulated_trade t where remaining_size + (select coalesce(sum(size), 0) from partial_exit where trade_id = t.id) <> size
      or (select coalesce(sum(exit_percentage), 0) from partial_exit where trade_id = t.id) > 100`,
  'I2 a market has one open trade in a wallet': `
    select count(*) from (select from simulated_trade where status <> 'closed' group by run_id, strategy_used, cryptocurrency_id having count(*) > 1) d`,
  'I3 a trade earned what its exits earned, and they what prices and fees make of it': `
    select count(*) from simulated_trade t join partial_exit e on trade_id = t.id
    where t.profit_loss <> (select sum(profit_loss) from partial_exit where trade_id = t.id)
      or abs(e.profit_loss - (e.size * (e.exit_price * e.quote_rate - t.entry_price * t.entry_quote_rate) - e.fee - t.entry_fee * e.size / t.size))
        > 1e-6 * (1 + e.size * t.entry_price)`,
  'I4 a minute of a market is one candle, and a sound one': `
    select count(*) - count(distinct (cryptocurrency_id, timestamp)) + count(*) filter (where not (low > 0 and low <= least(open, close)
      and high >= greatest(open, close) and high < 'Infinity')) from market_data`,
  'I5 cash is what was there at first, what was earned, less what is invested': `
    select count(*) from portfolio_state p join run on run.id = run_id where abs((state->>'cash')::numeric - initial_balance
      - (select coalesce(sum(profit_loss), 0) from simulated_trade t where t.run_id = run.id and t.strategy_used = p.strategy)
      + (select coalesce(sum((h->'trade'->>'remaining')::numeric * (h->'trade'->>'entryPrice')::numeric * (h->'trade'->>'entryQuoteRate')::numeric
          + (h->'trade'->'entryCosts'->>'fee')::numeric * (h->'trade'->>'remaining')::numeric / (h->'trade'->>'size')::numeric), 0)
        from jsonb_array_elements(state->'held') h)) > 1e-6`,
  'I6 a trade is closed when nothing is left of it, and nothing is sold after that or before it was bought': `
    select count(*) from simulated_trade t where (status = 'closed') <> (remaining_size = 0) or (status = 'closed') <> (exit_timestamp is not null)
      or exists (select from partial_exit e where trade_id = t.id and (e.exit_timestamp < t.entry_timestamp or e.exit_timestamp > t.exit_timestamp))`,
  'I7 a target is sold at once': `
    select count(*) from (select from partial_exit where level is not null group by trade_id, level having count(*) > 1) d`,
  'I8 an opportunity is taken by one trade, and a trade comes from one that was taken': `
    select count(*) from opportunity o where (status = 'taken') <> (1 = (select count(*) from simulated_trade where opportunity_id = o.id))
      or (status <> 'taken' and exists (select from simulated_trade where opportunity_id = o.id))`,
  'a stop is where its last rise has put it': `
    select count(*) from simulated_trade t where stop_loss_price <> coalesce((select max(stop) from stop_raise where trade_id = t.id), stop_loss_price)`,
  'the portfolio holds the open trades': `
    select count(*) from portfolio_state p where (select coalesce(array_agg((h->'trade'->>'number')::int order by (h->'trade'->>'number')::int), '{}')
      from jsonb_array_elements(state->'held') h) <> (select coalesce(array_agg(trade_number order by trade_number), '{}') from simulated_trade t
      where t.run_id = p.run_id and t.strategy_used = p.strategy and status <> 'closed')`,
  'I20 the last equity of a wallet is what was there at first, what its exits earned, less what its open trades cost, and what they are worth': `
    select count(*) from (select distinct on (run_id, strategy) * from equity_point order by run_id, strategy, timestamp desc,
        kind = 'minute') e join run on run.id = e.run_id cross join lateral (
        select coalesce(sum(profit_loss), 0) as earned, max(greatest(entry_timestamp, (select max(exit_timestamp) from partial_exit where trade_id = t.id))) as last,
          coalesce(sum(remaining_size * entry_price * entry_quote_rate + entry_fee * remaining_size / size), 0) as invested
        from simulated_trade t where t.run_id = e.run_id and t.strategy_used = e.strategy) as traded
    where mode <> 'backtest' and (last is null or last <= e.timestamp)
      and abs(e.equity - (initial_balance + earned - invested + e.open_value)) > 1e-6`,
  'I15 no more positions are open than are allowed, and no money is spent that is not there': `
    select count(*) from portfolio_state p join run on run.id = run_id join configuration_history c on c.id = run.configuration_id
    where (state->>'cash')::numeric < 0 or jsonb_array_length(state->'held') > (configuration->'risk_management'->>'max_open_positions')::int`,
};

/** Of a position manager that follows the clock. */
const MARKS: Readonly<Record<string, string>> = {
  'I18 each minute of a live run is marked, missed ones too': `
    select coalesce(sum((extract(epoch from last - first) / 60 + 1 - count)::int), 0) from (select min(date_trunc('minute', timestamp)) as first,
      max(timestamp) as last, count(distinct date_trunc('minute', timestamp)) from equity_point e join run on run.id = e.run_id
      where mode <> 'backtest' and kind in ('start', 'minute') group by e.run_id, e.strategy) as marked`,
};

/** What holds besides where opportunities come of stored candles and positions of order books. */
const MARKETS: Readonly<Record<string, string>> = {
  'I9 an opportunity is one of a candle that was traded and decided so': `
    select count(*) from opportunity o left join market_data m using (cryptocurrency_id, timestamp)
    where coalesce(m.shadow_decisions->>o.strategy, m.decision) is distinct from 'opportunity' or (m.quiet or m.suspect) and m.revised_at is null`,
  'I9 what was decided to be an opportunity is one': `
    select count(*) from market_data m join run on run.id = run_id cross join lateral (
        select coalesce(run.strategies->0->>'name', 'momentum') as strategy, decision
        union all select key, value from jsonb_each_text(shadow_decisions)) d
    where d.decision = 'opportunity' and not exists (select from opportunity o
      where (o.cryptocurrency_id, o.timestamp, o.strategy) = (m.cryptocurrency_id, m.timestamp, d.strategy))`,
  'I9 nothing is bought before its candle has closed or when its opportunity is too old': `
    select count(*) from simulated_trade t join opportunity o on o.id = opportunity_id join configuration_history c on c.id = t.configuration_id
    where t.entry_timestamp - o.timestamp - interval '1 minute' not between interval '0' and
      (configuration->'risk_management'->>'max_opportunity_age_seconds')::float8 * interval '1 second'`,
  'I11 a fill is at a price of its minute or the one before, by 1 % (known once its candle is)': `
    select count(*) from (
        select cryptocurrency_id, entry_timestamp as at, entry_price as price from simulated_trade
        union all select cryptocurrency_id, e.exit_timestamp, e.exit_price from partial_exit e join simulated_trade t on t.id = trade_id) fill
      join market_data now on now.cryptocurrency_id = fill.cryptocurrency_id and now.timestamp = date_trunc('minute', at)
      left join market_data before on before.cryptocurrency_id = fill.cryptocurrency_id and before.timestamp = now.timestamp - interval '1 minute'
    where price::float8 not between 0.99 * least(now.low, before.low) and 1.01 * greatest(now.high, before.high)`,
  'I14 what was decided, bought and found was so by one configuration that was in force': `
    with in_force as (select c.id from configuration_history c where exists (
      select from configuration_history a where a.hash = c.hash and a.status = 'accepted'))
    select (select count(*) from simulated_trade where configuration_id not in (select id from in_force))
      + (select count(*) from opportunity where configuration_id not in (select id from in_force))
      + (select count(*) from market_data where decision is not null
         and (configuration_id is null or configuration_id not in (select id from in_force)))`,
};

/** Of a trader that stores a step each minute and nothing in between. */
const STEPS: Readonly<Record<string, string>> = {
  'a run has one line of states, one step a minute': `
    select count(*) from portfolio_state p where version <> (select count(*) from equity_point e where e.run_id = p.run_id and e.strategy = p.strategy and kind = 'minute')`,
};

const brokenOf = (invariants: Readonly<Record<string, string>>): string =>
  Object.entries(invariants)
    .map(([name, sql]) => `select '${name}' as name, (${sql})::int as count`)
    .join(' union all ');

/**
 * What holds for every live run, in one statement: the name and the count of each that is broken.
 */
export const BROKEN_LIVE = brokenOf({ ...INVARIANTS, ...MARKETS, ...MARKS });

/** What holds for a trader that works minute by minute, on any market. */
export const BROKEN = brokenOf({ ...INVARIANTS, ...STEPS });

/** A position in a time in which it was not watched. Times are ISO 8601. */
export interface UnwatchedTrade {
  readonly id: number;
  readonly from: string;
  readonly until: string;
  /** In force when it began: it has not fallen since. */
  readonly stop: number;
}

/**
 * Those whose market has a minute, all of it unwatched, with its low at or under the stop, and that
 * were not sold for it (I19).
 */
export const UNSOLD = (trades: readonly UnwatchedTrade[]): string => `
  select trade.id, symbol, stop, low, m.timestamp as minute from jsonb_to_recordset('${JSON.stringify(trades)}')
      as trade (id int, "from" timestamptz, until timestamptz, stop float8)
    join simulated_trade t on t.id = trade.id join cryptocurrency c on c.id = cryptocurrency_id
    join market_data m on m.cryptocurrency_id = c.id and not suspect and m.timestamp >= "from" and m.timestamp + interval '1 minute' <= until
  where low <= stop and (exit_timestamp is null or exit_timestamp > m.timestamp + interval '1 minute')`;
