import { expect } from 'chai';
import { Client } from 'pg';
import { migratedDatabase, type FreshDatabase } from '../world/store/fixtures.js';

type Row = Readonly<Record<string, string>>;

const insert = (table: string, row: Row): string =>
  `insert into ${table} (${Object.keys(row)
    .map(name => `"${name}"`)
    .join(', ')}) values (${Object.values(row).join(', ')});`;

const AT = `'2026-01-01 12:00Z'`;
const LATER = `'2026-01-01 12:05Z'`;

const candle: Row = {
  cryptocurrency_id: '1',
  timestamp: AT,
  open: '10',
  high: '12',
  low: '9',
  close: '11',
  volume: '5',
  quiet: 'false',
  source: `'import'`,
};
const opportunity: Row = {
  id: '1',
  run_id: '1',
  cryptocurrency_id: '1',
  timestamp: AT,
  strategy: `'momentum'`,
  close: '10',
  score: '0.5',
  values: `'{}'`,
  configuration_id: '1',
  status: `'taken'`,
  decided_at: LATER,
};
const trade: Row = {
  id: '1',
  run_id: '1',
  trade_number: '1',
  cryptocurrency_id: '1',
  opportunity_id: '1',
  configuration_id: '1',
  entry_timestamp: AT,
  entry_price: '10',
  size: '4',
  stop_loss_price: '9.8',
  status: `'open'`,
  strategy_used: `'momentum'`,
  entry_fee: '0.1',
  entry_half_spread: '0',
  entry_slippage: '0',
  entry_quote_rate: '1',
  remaining_size: '4',
  highest_price: '10',
};
const closed: Row = {
  ...trade,
  status: `'closed'`,
  remaining_size: '0',
  exit_timestamp: LATER,
  exit_price: '11',
  profit_loss: '3.5',
  profit_loss_percentage: '8.75',
};
const half: Row = {
  ...trade,
  status: `'partially_closed'`,
  remaining_size: '2',
  exit_price: '11',
  profit_loss: '1.5',
  profit_loss_percentage: '3.75',
};
const exit: Row = {
  trade_id: '1',
  sequence: '1',
  exit_timestamp: LATER,
  exit_price: '11',
  exit_percentage: '50',
  size: '2',
  profit_loss: '1.5',
  fee: '0.1',
  half_spread: '0',
  slippage: '0',
  quote_rate: '1',
  reason: `'take_profit'`,
  level: '0',
};
const rest: Row = { ...exit, sequence: '2', profit_loss: '2', reason: `'stop_loss'`, level: 'null' };
const run: Row = {
  mode: `'backtest'`,
  market_source: `'store'`,
  code_version: `'1'`,
  status: `'running'`,
  symbols: `'[]'`,
  configuration_id: '1',
  initial_balance: '100',
};
const mark: Row = {
  run_id: '1',
  strategy: `'momentum'`,
  timestamp: AT,
  kind: `'day'`,
  cash: '60',
  open_value: '40',
  equity: '100',
};
const metric: Row = {
  run_id: '1',
  strategy: `'momentum'`,
  timestamp: AT,
  total_trades: '3',
  winning_trades: '1',
  losing_trades: '1',
  total_profit_loss: '5',
};
const snapshot: Row = { cryptocurrency_id: '1', timestamp: AT, ohlcv: `'{}'` };
const booked: Row = {
  order_book: `'{"bids":[[9,1]],"asks":[[11,1]]}'`,
  book_at: AT,
  book_spread: '0.2',
  book_bid_depth_10bp: '0',
  book_imbalance: '-1',
};
const verdict: Row = {
  run_id: '1',
  cryptocurrency_id: '1',
  timestamp: AT,
  rule: `'volatility'`,
  value: '3',
  threshold: '5',
  pass: 'true',
};

const version: Row = {
  run_id: '1',
  name: `'loose'`,
  use: `'momentum'`,
  wallet: `'shadow'`,
  parameters: `'{}'`,
  parameter_hash: `repeat('a', 64)`,
  configuration_id: '1',
  timestamp: AT,
};

const taken = insert('opportunity', opportunity);
const second = insert('opportunity', { ...opportunity, id: '2', timestamp: LATER });
const withExits = (row: Row, ...exits: Row[]): string =>
  [taken, insert('simulated_trade', row), ...exits.map(one => insert('partial_exit', one))].join('\n');
const candleWith = (over: Row): string => insert('market_data', { ...candle, ...over });
const tradeWith = (over: Row): string => withExits({ ...trade, ...over });
const NAN = `'NaN'`;
const INFINITE = `'Infinity'`;

const BAD: readonly (readonly [what: string, constraint: string, sql: string])[] = [
  [
    'damaged minutes that end before they begin',
    'damaged_minutes_order',
    insert('damaged_minutes', { cryptocurrency_id: '1', first_at: LATER, last_at: AT }),
  ],
  [
    'damaged minutes that begin within one',
    'damaged_minutes_whole',
    insert('damaged_minutes', { cryptocurrency_id: '1', first_at: `'2026-01-01 12:00:01Z'`, last_at: LATER }),
  ],
  // I1, I3, I6: exits and their trade
  [
    'exits that leave a rest which the trade does not hold',
    'simulated_trade_conserved',
    withExits(half, { ...exit, size: '1' }),
  ],
  ['a trade that says it sold, without an exit', 'simulated_trade_conserved', withExits(half)],
  ['an exit that the trade knows nothing of', 'simulated_trade_conserved', withExits(trade, exit)],
  [
    'a profit that is not the sum of the exits, by the last decimal place',
    'simulated_trade_conserved',
    withExits({ ...closed, profit_loss: '3.500000000001' }, exit, rest),
  ],
  [
    'percentages over 100',
    'simulated_trade_conserved',
    withExits(closed, exit, { ...rest, exit_percentage: '50.000001' }),
  ],
  [
    'a closed trade whose percentages miss 100',
    'simulated_trade_conserved',
    withExits(closed, exit, { ...rest, exit_percentage: '49.999999' }),
  ],
  [
    '100 percent sold of a trade that still holds',
    'simulated_trade_conserved',
    withExits(half, { ...exit, exit_percentage: '100' }),
  ],
  [
    'an exit before the entry',
    'simulated_trade_conserved',
    withExits(half, { ...exit, exit_timestamp: `'2026-01-01 11:59Z'` }),
  ],
  [
    'a closing time that is not the last exit’s',
    'simulated_trade_conserved',
    withExits({ ...closed, exit_timestamp: `'2026-01-01 13:00Z'` }, exit, rest),
  ],
  [
    'an exit taken away afterwards',
    'simulated_trade_conserved',
    `${withExits(closed, exit, rest)} delete from partial_exit where sequence = 2;`,
  ],
  [
    'an exit changed afterwards',
    'simulated_trade_conserved',
    `${withExits(closed, exit, rest)} update partial_exit set profit_loss = 9 where sequence = 2;`,
  ],
  [
    'a closed trade that still holds',
    'simulated_trade_closed',
    tradeWith({
      status: `'closed'`,
      exit_timestamp: LATER,
      exit_price: '11',
      profit_loss: '0',
      profit_loss_percentage: '0',
    }),
  ],
  [
    'a closed trade without a time',
    'simulated_trade_closed',
    withExits({ ...closed, exit_timestamp: 'null' }, exit, rest),
  ],
  ['an open trade with a closing time', 'simulated_trade_closed', tradeWith({ exit_timestamp: LATER })],
  ['an open trade of which something is sold', 'simulated_trade_open', tradeWith({ remaining_size: '2' })],
  [
    'a closed trade without a result',
    'simulated_trade_result',
    withExits({ ...closed, exit_price: 'null' }, exit, rest),
  ],
  [
    'an exit time before the entry time',
    'simulated_trade_times',
    withExits({ ...closed, exit_timestamp: `'2026-01-01 11:00Z'` }, exit, rest),
  ],
  // I2
  [
    'a second open trade on a market',
    'simulated_trade_one_open',
    tradeWith({}) + second + insert('simulated_trade', { ...trade, id: '2', trade_number: '2', opportunity_id: '2' }),
  ],
  // I7
  ['the same exit twice', 'partial_exit_sequence', withExits(closed, exit, { ...rest, sequence: '1' })],
  [
    'a take-profit level taken twice at one moment',
    'partial_exit_level_once',
    withExits(closed, exit, { ...rest, reason: `'take_profit'`, level: '0' }),
  ],
  [
    'two stops at one moment',
    'partial_exit_stop_once',
    withExits(closed, { ...exit, reason: `'stop_loss'`, level: 'null' }, rest),
  ],
  // I8
  ['an opportunity found twice', 'opportunity_once', taken + insert('opportunity', { ...opportunity, id: '2' })],
  [
    'an opportunity used twice',
    'simulated_trade_opportunity_once',
    withExits(closed, exit, rest) + insert('simulated_trade', { ...trade, id: '2', trade_number: '2' }),
  ],
  [
    'a trade number used twice',
    'simulated_trade_number',
    withExits(closed, exit, rest) + second + insert('simulated_trade', { ...trade, id: '2', opportunity_id: '2' }),
  ],
  // I12
  [
    'a stop that falls',
    'simulated_trade_stop_never_falls',
    `${tradeWith({})} update simulated_trade set stop_loss_price = 9.7;`,
  ],
  // I14
  [
    'a trade without a configuration',
    'simulated_trade_configuration_id_foreign',
    tradeWith({ configuration_id: '99' }),
  ],
  ['a trade of no run', 'simulated_trade_run_id_foreign', tradeWith({ run_id: '99' })],
  // I4
  ['a candle twice', 'market_data_2026_01_pkey', candleWith({}) + candleWith({})],
  ['a candle off the minute', 'market_data_whole_minute', candleWith({ timestamp: `'2026-01-01 12:00:30Z'` })],
  [
    'a candle off the minute by a millisecond',
    'market_data_whole_minute',
    candleWith({ timestamp: `'2026-01-01 12:00:00.001Z'` }),
  ],
  ['a high under the close', 'market_data_prices', candleWith({ high: '10.5' })],
  ['a low over the open', 'market_data_prices', candleWith({ low: '10.5' })],
  ['a price of zero', 'market_data_prices', candleWith({ low: '0' })],
  ...['open', 'high', 'low', 'close'].flatMap(column =>
    [NAN, INFINITE, `'-Infinity'`, '-1'].map(
      value => [`${value} as ${column}`, 'market_data_prices', candleWith({ [column]: value })] as const,
    ),
  ),
  ...[NAN, INFINITE, '-1'].map(
    value => [`${value} as volume`, 'market_data_volume', candleWith({ volume: value })] as const,
  ),
  ...[NAN, INFINITE, '0'].map(value => [`${value} as vwap`, 'market_data_vwap', candleWith({ vwap: value })] as const),
  ['a negative trade count', 'market_data_trade_count', candleWith({ trade_count: '-1' })],
  ['a quiet minute with volume', 'market_data_quiet', candleWith({ quiet: 'true' })],
  ['a candle from nowhere', 'market_data_source_check', candleWith({ source: `'rumour'` })],
  // money
  ...['entry_price', 'stop_loss_price', 'highest_price', 'entry_quote_rate'].flatMap(column =>
    [NAN, '0', '-1'].map(
      value => [`${value} as ${column}`, 'simulated_trade_prices', tradeWith({ [column]: value })] as const,
    ),
  ),
  ['NaN as size', 'simulated_trade_size', tradeWith({ size: NAN, remaining_size: NAN })],
  ['a trade of less than nothing', 'simulated_trade_size', tradeWith({ size: '-1', remaining_size: '-1' })],
  ['a rest over the size', 'simulated_trade_size', withExits({ ...half, remaining_size: '5' })],
  ['NaN as fee', 'simulated_trade_costs', tradeWith({ entry_fee: NAN })],
  ['NaN as slippage', 'simulated_trade_costs', tradeWith({ entry_slippage: NAN })],
  ['NaN as profit', 'simulated_trade_profit', tradeWith({ profit_loss: NAN })],
  ['NaN as target', 'simulated_trade_target', tradeWith({ take_profit_price: NAN })],
  ['an unknown status', 'simulated_trade_status_check', withExits({ ...half, status: `'lost'` })],
  ['an unknown side', 'simulated_trade_position_type_check', tradeWith({ position_type: `'sideways'` })],
  ['an exit for nothing', 'partial_exit_price', withExits(half, { ...exit, size: '0' })],
  ['NaN as exit price', 'partial_exit_price', withExits(half, { ...exit, exit_price: NAN })],
  ['NaN as exit profit', 'partial_exit_profit', withExits(half, { ...exit, profit_loss: NAN })],
  ['a negative exit fee', 'partial_exit_costs', withExits(half, { ...exit, fee: '-1' })],
  ['101 percent', 'partial_exit_percentage', withExits(half, { ...exit, exit_percentage: '101' })],
  ['a take-profit without a level', 'partial_exit_level', withExits(half, { ...exit, level: 'null' })],
  ['a stop with a level', 'partial_exit_level', withExits(half, { ...exit, reason: `'stop_loss'` })],
  [
    'a reason that is no name',
    'partial_exit_reason_check',
    withExits(half, { ...exit, reason: `'in a mood'`, level: 'null' }),
  ],
  // opportunities
  ['a score over 1', 'opportunity_score', insert('opportunity', { ...opportunity, score: '1.01' })],
  ['NaN as score', 'opportunity_score', insert('opportunity', { ...opportunity, score: NAN })],
  ['an opportunity at no price', 'opportunity_close', insert('opportunity', { ...opportunity, close: NAN })],
  ['a decision without a time', 'opportunity_decided', insert('opportunity', { ...opportunity, decided_at: 'null' })],
  [
    'a rejection without a reason',
    'opportunity_reason',
    insert('opportunity', { ...opportunity, status: `'rejected'` }),
  ],
  [
    'a reason without a rejection',
    'opportunity_reason',
    insert('opportunity', { ...opportunity, reason: `'cooldown'` }),
  ],
  // the rest
  ['a run that ended while it runs', 'run_ended', insert('run', { ...run, ended_at: 'now()' })],
  ['a run that is over without an end', 'run_ended', insert('run', { ...run, status: `'completed'` })],
  ['a live run on stored candles', 'run_source', insert('run', { ...run, mode: `'live'` })],
  ['a backtest on an exchange', 'run_source', insert('run', { ...run, market_source: `'exchange'` })],
  ['a period that ends before it begins', 'run_period', insert('run', { ...run, period_from: LATER, period_to: AT })],
  ['NaN as balance', 'run_balances', insert('run', { ...run, initial_balance: NAN })],
  [
    'equity that is not cash and holdings',
    'equity_point_sum',
    insert('equity_point', { ...mark, equity: '100.000000000001' }),
  ],
  ['NaN as equity', 'equity_point_amounts', insert('equity_point', { ...mark, cash: NAN, equity: NAN })],
  ['equity twice', 'equity_point_pkey', insert('equity_point', mark) + insert('equity_point', mark)],
  ['a version of a strategy twice', 'strategy_version_once', insert('strategy_version', version).repeat(2)],
  [
    'a version of a strategy without a wallet of a known kind',
    'strategy_version_wallet_check',
    insert('strategy_version', { ...version, wallet: `'own'` }),
  ],
  [
    'a version of a strategy with a hash of another kind',
    'strategy_version_hashes',
    insert('strategy_version', { ...version, source_hash: `'a'` }),
  ],
  [
    'an opportunity of an unknown version of a strategy',
    'opportunity_strategy_version_id_foreign',
    insert('opportunity', { ...opportunity, strategy_version_id: '99' }),
  ],
  [
    'metrics of an unknown configuration',
    'performance_metric_configuration_id_foreign',
    insert('performance_metric', { ...metric, configuration_id: '99' }),
  ],
  ['metrics of a moment twice', 'performance_metric_once', insert('performance_metric', metric).repeat(2)],
  [
    'more winners and losers than trades',
    'performance_metric_counts',
    insert('performance_metric', { ...metric, total_trades: '1' }),
  ],
  ['NaN as Sharpe ratio', 'performance_metric_ratios', insert('performance_metric', { ...metric, sharpe_ratio: NAN })],
  [
    'an infinite profit factor',
    'performance_metric_ratios',
    insert('performance_metric', { ...metric, profit_factor: INFINITE }),
  ],
  ['a win rate in percent', 'performance_metric_win_rate', insert('performance_metric', { ...metric, win_rate: '60' })],
  ['NaN as total', 'performance_metric_money', insert('performance_metric', { ...metric, total_profit_loss: NAN })],
  [
    'a correlation over 1',
    'market_snapshot_correlation',
    insert('market_snapshot', { ...snapshot, correlation_btc: '1.1' }),
  ],
  ...(
    [
      ['a depth without a book', 'market_snapshot_book', { book_bid_depth_10bp: '5' }],
      ['a book from after its snapshot', 'market_snapshot_book_at', { ...booked, book_at: LATER }],
      ['a spread of nothing', 'market_snapshot_book_spread', { ...booked, book_spread: '0' }],
      ['NaN as depth', 'market_snapshot_book_depths', { ...booked, book_ask_depth_50bp: NAN }],
      ['an imbalance under -1', 'market_snapshot_book_imbalance', { ...booked, book_imbalance: '-1.1' }],
    ] as const
  ).map(([name, constraint, row]) => [name, constraint, insert('market_snapshot', { ...snapshot, ...row })] as const),
  ['NaN as sentiment', 'market_snapshot_sentiment', insert('market_snapshot', { ...snapshot, market_sentiment: NAN })],
  [
    'an end of a process without its reason',
    'process_state_stop',
    insert('process_state', {
      role: `'scanner'`,
      pid: '1',
      host: `'here'`,
      code_version: `'1'`,
      started_at: AT,
      heartbeat_at: AT,
      counters: `'{}'`,
      stopped_at: LATER,
      stop_requested: 'true',
    }),
  ],
  ['NaN as verdict', 'universe_verdict_value', insert('universe_verdict', { ...verdict, value: NAN })],
  [
    'a rule without a proper name',
    'universe_verdict_rule_check',
    insert('universe_verdict', { ...verdict, rule: `'Good luck'` }),
  ],
  [
    'a symbol with markup in it',
    'cryptocurrency_symbol_shape',
    `insert into cryptocurrency (symbol, base, quote, name) values ('<B>/USD', '<B>', 'USD', 'x')`,
  ],
  [
    'a symbol that is not base and quote',
    'cryptocurrency_symbol_parts',
    `insert into cryptocurrency (symbol, base, quote, name) values ('BBB/USD', 'BBB', 'EUR', 'x')`,
  ],
  ...['', 'Layer 1', 'x'.repeat(33), '<b>'].map(
    sector =>
      [
        `'${sector}' as sector`,
        'cryptocurrency_sector',
        `insert into cryptocurrency (symbol, base, quote, name, sector) values ('BBB/USD', 'BBB', 'USD', 'x', '${sector}')`,
      ] as const,
  ),
  [
    'reference data of what is no coin',
    'coin_reference_symbol',
    `insert into coin_reference (symbol, name) values ('BTC/USD', 'x')`,
  ],
  ['reference data that say nothing', 'coin_reference_says', `insert into coin_reference (symbol) values ('BTC')`],
  [
    'reference data of no sector',
    'coin_reference_sector',
    `insert into coin_reference (symbol, sector) values ('BTC', 'Layer 1')`,
  ],
  [
    'a market twice',
    'cryptocurrency_symbol_unique',
    `insert into cryptocurrency (symbol, base, quote, name) values ('AAA/USD', 'AAA', 'USD', 'x')`,
  ],
  [
    'a hash that is none',
    'configuration_history_hash_shape',
    `insert into configuration_history (configuration, hash) values ('{}', 'abc')`,
  ],
  [
    'a refused configuration with a document',
    'configuration_history_document',
    `insert into configuration_history (configuration, hash, status, problems) values ('{}', repeat('a', 64), 'refused', '["x"]')`,
  ],
  [
    'a configuration in force without a document',
    'configuration_history_document',
    `insert into configuration_history (hash) values (repeat('a', 64))`,
  ],
  [
    'a refused configuration without a reason',
    'configuration_history_problems',
    `insert into configuration_history (hash, status) values (repeat('a', 64), 'refused')`,
  ],
  [
    'a configuration of an unknown status',
    'configuration_history_status_check',
    `insert into configuration_history (configuration, hash, status, problems) values ('{}', repeat('a', 64), 'odd', '[]')`,
  ],
];

const GOOD: readonly (readonly [what: string, sql: string])[] = [
  ['a candle', candleWith({ vwap: '10.5', trade_count: '3' })],
  ['a quiet minute', candleWith({ open: '10', high: '10', low: '10', close: '10', volume: '0', quiet: 'true' })],
  ['an open trade', tradeWith({})],
  ['half a trade sold', withExits(half, exit)],
  ['a closed trade with two exits', withExits(closed, exit, rest)],
  [
    'a market bought again after it was closed',
    withExits(closed, exit, rest) +
      second +
      insert('simulated_trade', { ...trade, id: '2', trade_number: '2', opportunity_id: '2' }),
  ],
  [
    'two stops at two moments, where the first found too few bids',
    withExits(closed, { ...exit, exit_timestamp: `'2026-01-01 12:04Z'`, reason: `'stop_loss'`, level: 'null' }, rest),
  ],
  [
    'a target filled in two parts at two moments, where the first found too few bids',
    withExits(
      closed,
      { ...exit, exit_timestamp: `'2026-01-01 12:04Z'` },
      { ...rest, reason: `'take_profit'`, level: '0' },
    ),
  ],
  ['two targets filled by one observation', withExits(closed, exit, { ...rest, reason: `'take_profit'`, level: '1' })],
  [
    'exits written before the trade says so, within a transaction',
    `${tradeWith({})} ${insert('partial_exit', exit)} update simulated_trade set remaining_size = 2, status = 'partially_closed', exit_price = 11, profit_loss = 1.5, profit_loss_percentage = 3.75;`,
  ],
  ['a stop that rises', `${tradeWith({})} update simulated_trade set stop_loss_price = 9.9;`],
  ['a run', insert('run', run)],
  ['an equity point', insert('equity_point', mark)],
  [
    'two wallets to hold one market, each with its own trade numbers',
    tradeWith({}) +
      insert('opportunity', { ...opportunity, id: '2', strategy: `'loose'` }) +
      insert('simulated_trade', { ...trade, id: '2', opportunity_id: '2', strategy_used: `'loose'` }),
  ],
  [
    'equity and metrics of two wallets at one moment',
    insert('equity_point', mark) +
      insert('equity_point', { ...mark, strategy: `'loose'` }) +
      insert('performance_metric', metric) +
      insert('performance_metric', { ...metric, strategy: `'loose'` }),
  ],
  [
    'versions of strategies',
    insert('strategy_version', version) + insert('strategy_version', { ...version, timestamp: LATER }),
  ],
  ['metrics that are undefined', insert('performance_metric', metric)],
  ['metrics with their configuration', insert('performance_metric', { ...metric, configuration_id: '1' })],
  [
    'a snapshot',
    insert('market_snapshot', { ...snapshot, correlation_btc: '-1', market_sentiment: '1', trading_volume: '0' }),
  ],
  ['a snapshot with what its book comes to', insert('market_snapshot', { ...snapshot, ...booked })],
  ...['layer-1', 'real-world-assets'].map(
    sector =>
      [
        `'${sector}' as sector`,
        `insert into cryptocurrency (id, symbol, base, quote, name, sector) values (2, 'BBB/USD', 'BBB', 'USD', 'x', '${sector}')`,
      ] as const,
  ),
  ['damaged minutes', insert('damaged_minutes', { cryptocurrency_id: '1', first_at: AT, last_at: AT })],
  ['a verdict of a rule of another version', insert('universe_verdict', { ...verdict, rule: `'luck'` })],
  ['a verdict on what is not known', insert('universe_verdict', { ...verdict, value: 'null', pass: 'false' })],
];

describe('the constraints', () => {
  let database: FreshDatabase;
  let client: Client;

  before(async () => {
    database = await migratedDatabase();
    client = new Client({ ...database.connection, ssl: false });
    await client.connect();
    await client.query(`
      insert into cryptocurrency (id, symbol, base, quote, name) values (1, 'AAA/USD', 'AAA', 'USD', 'A');
      insert into configuration_history (id, configuration, hash) values (1, '{}', repeat('a', 64));
      ${insert('run', { id: '1', ...run })}
      select setval('run_id_seq', 1);
      select ensure_market_data_partitions('2026-01-01Z', '2026-02-01Z');`);
  });
  after(async () => {
    await client.end();
    await database.drop();
  });

  /** Tries statements up to the checks that a commit would make, then takes them back. */
  const attempt = async (sql: string): Promise<void> => {
    await client.query('begin');
    try {
      await client.query(sql);
      await client.query('set constraints all immediate');
    } finally {
      await client.query('rollback');
    }
  };

  for (const [what, sql] of GOOD) it(`allow ${what}`, () => attempt(sql));

  for (const [what, constraint, sql] of BAD)
    it(`refuse ${what}`, async () => {
      const error = await attempt(sql).then(
        () => null,
        (reason: unknown) => reason as { code?: string; constraint?: string },
      );
      expect(error?.constraint).to.equal(constraint);
      expect(error?.code).to.match(/^23/);
    });
});
