import { EXCHANGE_NAMES } from '../exchange/adapters.js';
import { INDICATORS } from '../indicators/catalogue.js';
import { declared as exits } from '../portfolio/exits/index.js';
import { declared as protections } from '../portfolio/protections/index.js';
import { declared as sizing } from '../portfolio/sizing/index.js';
import { sinkKeys } from '../sinks/catalogue.js';
import { CONDITIONS } from '../strategy/conditions/index.js';
import { RULES, rulesIn, type RuleName } from '../universe/catalogue.js';
import { choice, connection, divisor, eachOf, httpUrl, list, number, only, optional, text, whole } from './formats.js';
import { mergeKeys } from './fragment.js';
import { MOMENTUM_ENTRY, strategyList } from './strategy-entry.js';
import { currencyCode, key, leavesOf, percentUpTo, type DocumentOf, type Key } from './key.js';

const folder = text('a folder', /^[^\p{C}]{1,1000}$/u);
const minutes = (from: number) => whole({ from, to: 10_080 });
const seconds = whole({ from: 1, to: 86_400 });

/** The order of `filtering` in config.yaml; keys missing here come last. */
const FILTERING_ORDER = [
  'min_market_cap',
  'min_daily_volume',
  'max_spread_percentage',
  'min_exchange_listings',
  'max_volatility',
  'allowed_quote_currencies',
  'exclude_bases',
  'min_history_hours',
  'refresh_minutes',
  'unknown',
  'market_cap_url',
  'market_cap_max_age_hours',
  'listing_exchanges',
] as const;

/** The order of `momentum_strategy`. */
const STRATEGY_ORDER = [
  'rsi',
  'macd',
  'roc',
  'bollinger_bands',
  'adx',
  'atr',
  'volume',
  'trend_confirmation_required',
  'trend',
] as const;

/** The same of `risk_management`. */
const RISK_ORDER = [
  'max_position_size_percentage',
  'risk_per_trade_percentage',
  'stop_loss_percentage',
  'stop_loss_atr',
  'break_even',
  'take_profit_levels',
  'trailing_stop',
  'max_holding_minutes',
  'max_open_positions',
  'cooldown_minutes',
  'max_opportunity_age_seconds',
  'protections',
] as const;

/** A section with the keys of `first` before the others. */
const inFileOrder = <S extends object>(first: readonly (keyof S)[], section: S): S =>
  Object.assign(Object.fromEntries(first.map(name => [name, section[name]])), section);

/** The schema of config.yaml, in the order and in the units of the file. */
export const schema = {
  exchange: {
    name: key(EXCHANGE_NAMES[0]!, choice(EXCHANGE_NAMES), 'name', 'The exchange whose public market data is read.'),
    url: key(
      null,
      optional(httpUrl),
      'URL',
      'REST address of a simulator or a proxy; null: the exchange’s own address.',
      {
        env: 'BOT_EXCHANGE_URL',
      },
    ),
    clock_speed: key(
      1,
      number({ above: 0, to: 100_000 }),
      'factor',
      'Clock speed of the simulator at `url`: 60 is sixty times real time.',
      { env: 'BOT_CLOCK_SPEED' },
    ),
    rate_limit_retries: key(
      5,
      whole({ from: 0, to: 100 }),
      'tries',
      'Maximum number of retries of a refused or failed request.',
    ),
    backoff_factor: key(2, number({ from: 1, to: 10 }), 'factor', 'Factor by which the wait grows with each retry.'),
    timeout_seconds: key(30, number({ above: 0, to: 600 }), 'seconds', 'Timeout of a request.'),
  },
  filtering: inFileOrder(FILTERING_ORDER, {
    ...mergeKeys(rulesIn('filtering')),
    refresh_minutes: key(
      15,
      divisor(1440, { from: 1, to: 1440 }),
      'minutes',
      'Interval at which these rules are evaluated, aligned to 00:00 UTC.',
    ),
    unknown: key(
      Object.fromEntries(RULES.map(name => [name, 'fail' as const])) as Record<RuleName, 'fail' | 'pass'>,
      eachOf(RULES, ['fail', 'pass']),
      'verdict',
      'Result of a rule whose value is unknown: one word for all rules, or {rule: word, …}.',
    ),
  }),
  strategies: key(
    [MOMENTUM_ENTRY],
    strategyList,
    'list',
    'What decides, each with a paper wallet of its own: momentum as below, or a strategy file (docs/strategies.md).',
  ),
  momentum_strategy: inFileOrder(STRATEGY_ORDER, mergeKeys([...INDICATORS, ...CONDITIONS])),
  risk_management: inFileOrder(RISK_ORDER, {
    ...mergeKeys(sizing),
    ...mergeKeys(exits),
    max_open_positions: key(5, whole({ from: 1, to: 1000 }), 'positions', 'Maximum number of open positions.'),
    cooldown_minutes: key(15, minutes(0), 'minutes', 'Time after a stop without a new entry on that market.'),
    max_opportunity_age_seconds: key(90, seconds, 'seconds', 'Age at which an opportunity expires.'),
    protections: mergeKeys(protections),
  }),
  portfolio: {
    initial_balance: key(10_000, number({ above: 0, to: 1e12 }), 'currency', 'Paper money at the start.', {
      env: 'BOT_INITIAL_BALANCE',
    }),
    currency: key('USD', currencyCode, 'currency', 'Currency of the paper money and of every profit.'),
  },
  costs: {
    taker_fee_percentage: key(0.4, number({ from: 0, below: 50 }), 'percent', 'Fee on every fill, both sides.'),
    spread_percentage: key(
      0.05,
      number({ from: 0, below: 50 }),
      'percent',
      'Full spread where no order book is known; a fill pays half of it.',
    ),
    slippage_percentage: key(
      0.02,
      number({ from: 0, below: 50 }),
      'percent',
      'Slippage of a fill where no order book is known.',
    ),
  },
  data: {
    max_quiet_minutes: key(
      240,
      minutes(0),
      'minutes',
      'Longest stretch without rows in an imported file that counts as minutes without trades.',
    ),
    max_jump_percentage: key(
      50,
      percentUpTo(10_000),
      'percent',
      'A close further than this from the previous close is suspect until the next close confirms it.',
    ),
    ...mergeKeys(rulesIn('data')),
    archive_dir: key(
      null,
      optional(folder),
      'folder',
      'Where candles dropped from the database are archived (Parquet); null: nowhere. Backtests drop none.',
      {
        env: 'BOT_ARCHIVE_DIR',
      },
    ),
  },
  labels: {
    horizons_minutes: key(
      [5, 15, 60, 240],
      list(minutes(1), { least: 1, most: 20 }),
      'minutes',
      'Horizons of the forward returns in training data. Not used by a backtest.',
    ),
    max_holding_minutes: key(
      240,
      minutes(1),
      'minutes',
      'Maximum duration of a hypothetical trade in training data. Not used by a backtest.',
    ),
  },
  application: {
    opportunity_scan_interval_seconds: key(
      60,
      only(60, 'the strategy is evaluated on each closed candle, and candles close once a minute'),
      'seconds',
      'Interval at which the strategy is evaluated: on each closed candle.',
    ),
    position_check_interval_seconds: key(
      30,
      seconds,
      'seconds',
      'Interval at which a live run checks open positions. Not used by a backtest.',
    ),
    snapshot_interval_seconds: key(
      300,
      seconds,
      'seconds',
      'Interval at which a live run stores a snapshot of all markets. Not used by a backtest.',
    ),
    logging_level: key(
      'INFO',
      choice(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']),
      'level',
      'Lowest level that a live run logs. Not used by a backtest.',
      { env: 'BOT_LOGGING_LEVEL' },
    ),
    market_data_storage_days: key<number | null>(
      30,
      optional(whole({ from: 1, to: 36_500 })),
      'days',
      'Minimum time that a live run keeps candles (whole months); null: for ever. Imported or downloaded months stay.',
    ),
    ...sinkKeys,
  },
  database: {
    connection_string: key(
      'embedded',
      connection,
      'URL',
      'embedded: the bot’s own PostgreSQL; or postgresql://user:password@host:port/database.',
      { env: 'DATABASE_URL', sensitive: true },
    ),
    pool_size: key(
      10,
      whole({ from: 1, to: 1000 }),
      'connections',
      'Connections of a process; idle ones are closed after half a minute.',
    ),
    max_overflow: key(
      20,
      whole({ from: 0, to: 1000 }),
      'connections',
      'Additional connections of a live process at peaks. Not used by a backtest.',
    ),
    data_dir: key(
      '.data',
      folder,
      'folder',
      'Folder of the embedded database, relative to the bot’s own folder; ~ is your home folder.',
      { env: 'BOT_DATA_DIR' },
    ),
  },
} as const;

/** A whole configuration with the names and units of config.yaml. */
export type Document = DocumentOf<typeof schema>;

/** Every key by its dotted name, in the order of the file. */
export const keys: ReadonlyMap<string, Key<unknown>> = new Map(leavesOf(schema));

/** The value of a dotted name in a document. */
export const valueAt = (document: unknown, name: string): unknown =>
  name.split('.').reduce((node, part) => (node as Record<string, unknown>)[part], document);
