import { currencyNamed } from '../kraken/currencies.js';
import { RULES } from './settings.js';
import {
  choice,
  connection,
  divisor,
  eachOf,
  httpUrl,
  list,
  number,
  optional,
  record,
  sixDecimals,
  text,
  truth,
  whole,
  type Format,
} from './formats.js';

/** One key of config.yaml: a property of the convict schema whose format is also known as a value. */
export interface Key<T> {
  readonly default: T;
  readonly unit: string;
  readonly doc: string;
  /** The name under which convict knows `check`. */
  readonly format: string;
  readonly check: Format<T>;
  /** The environment variable that overrides it. */
  readonly env?: string;
  /** Its value is never shown nor recorded. */
  readonly sensitive?: true;
}

type Extra = Pick<Key<unknown>, 'env' | 'sensitive'>;
const key = <T>(standard: NoInfer<T>, check: Format<T>, unit: string, doc: string, extra: Extra = {}): Key<T> => ({
  default: standard,
  unit,
  doc,
  format: check.expected,
  check,
  ...extra,
});

const period = whole({ from: 2, to: 500 });
/** Kraken's own codes are accepted, and kept as the common name: XBT is BTC. */
const code: Format<string> = {
  ...text('a currency code in capitals, such as USD', /^[A-Z0-9]{1,15}$/),
  normal: value => currencyNamed(value as string),
};
const folder = text('a folder', /^[^\p{C}]{1,1000}$/u);
const money = number({ from: 0, to: 1e15 });
const percentUpTo = (to: number) => number({ above: 0, to });
const minutes = (from: number) => whole({ from, to: 10_080 });
const seconds = whole({ from: 1, to: 86_400 });

/** Fiat money and coins pegged to it, in ccxt's names: their price does not trend, so momentum has nothing to find. */
const PEGGED = (
  'USD EUR GBP AUD CAD CHF JPY AED ARS BRL MXN TRY ' +
  'USDT USDC DAI PYUSD TUSD RLUSD USDD USDE USDG USDP USDQ USDR USDS USD0 USD1 USDX FDUSD GUSD BUSD LUSD SUSD ' +
  'CRVUSD GHO FRAX USTC EURT EURC EURQ EURR EUROP EURI TGBP AUDX'
).split(' ');

/** The schema of config.yaml, in the order and in the units of the file. */
export const schema = {
  exchange: {
    name: key('kraken', choice(['kraken']), 'name', 'The exchange whose public market data is read.'),
    url: key(null, optional(httpUrl), 'URL', 'REST address of a simulator or a proxy; null: the exchange’s own.', {
      env: 'BOT_EXCHANGE_URL',
    }),
    clock_speed: key(
      1,
      number({ above: 0, to: 100_000 }),
      'factor',
      'How many times faster than real time the clock of a simulator at `url` runs.',
      { env: 'BOT_CLOCK_SPEED' },
    ),
    rate_limit_retries: key(
      5,
      whole({ from: 0, to: 100 }),
      'tries',
      'How often a request is repeated that was refused or failed.',
    ),
    backoff_factor: key(2, number({ from: 1, to: 10 }), 'factor', 'How much longer each wait is than the one before.'),
    timeout_seconds: key(30, number({ above: 0, to: 600 }), 'seconds', 'When an unanswered request is given up.'),
  },
  filtering: {
    min_market_cap: key(100_000_000, money, 'USD', 'Least market capitalisation of a coin.'),
    min_daily_volume: key(5_000_000, money, 'USD', 'Least volume of a market over 24 hours.'),
    max_spread_percentage: key(0.5, percentUpTo(100), 'percent', 'Widest spread: 100 · (ask − bid) / mid.'),
    min_exchange_listings: key(
      3,
      whole({ from: 0, to: 100 }),
      'exchanges',
      'On how many of `listing_exchanges` a coin has to be listed.',
    ),
    max_volatility: key(
      15,
      percentUpTo(10_000),
      'percent a day',
      'Highest standard deviation of the last day’s 1-minute returns, scaled to a day.',
    ),
    allowed_quote_currencies: key(
      ['USD', 'USDT', 'BTC'],
      list(code, { least: 1 }),
      'currencies',
      'What a market has to be quoted in.',
    ),
    exclude_bases: key(
      PEGGED,
      list(code, { most: 1000 }),
      'currencies',
      'Never traded: fiat money and coins pegged to it.',
    ),
    min_history_hours: key(24, number({ from: 0, to: 87_600 }), 'hours', 'Least time since a market’s first candle.'),
    refresh_minutes: key(
      15,
      divisor(1440, { from: 1, to: 1440 }),
      'minutes',
      'How often markets are judged by these rules, aligned to 00:00 UTC.',
    ),
    unknown: key(
      Object.fromEntries(RULES.map(name => [name, 'fail' as const])) as Record<(typeof RULES)[number], 'fail' | 'pass'>,
      eachOf(RULES, ['fail', 'pass']),
      'verdict',
      'What a rule says of a value that is not known: one word for all rules, or {rule: word, …}.',
    ),
    market_cap_url: key(
      'https://api.coingecko.com/api/v3',
      httpUrl,
      'URL',
      'Where market capitalisations come from: an API like CoinGecko’s.',
      { env: 'BOT_MARKET_CAP_URL' },
    ),
    market_cap_max_age_hours: key(
      48,
      number({ above: 0, to: 8760 }),
      'hours',
      'When a market capitalisation is too old to be known.',
    ),
    listing_exchanges: key(
      ['binance', 'coinbase', 'kraken', 'kucoin', 'okx'],
      list(text('an exchange’s name as ccxt spells it', /^[a-z0-9_]{2,40}$/), { most: 100 }),
      'names',
      'The exchanges on which listings are counted.',
    ),
  },
  momentum_strategy: {
    rsi: {
      period: key(14, period, 'candles', 'Period of the relative strength index (Wilder).'),
      overbought: key(70, number({ above: 0, to: 100 }), '0–100', 'The RSI has to be below this.'),
      oversold: key(30, number({ from: 0, below: 100 }), '0–100', 'The RSI has to be above this.'),
    },
    macd: {
      fast_period: key(12, period, 'candles', 'Period of the fast average.'),
      slow_period: key(26, period, 'candles', 'Period of the slow average.'),
      signal_period: key(9, period, 'candles', 'Period of the signal line. The histogram has to be positive and rise.'),
    },
    roc: {
      periods: key(
        [1, 5, 15],
        list(whole({ from: 1, to: 1440 }), { least: 1, most: 20, order: 'ascending' }),
        'minutes',
        'Over how many minutes the rate of change is taken, ascending.',
      ),
      thresholds: key(
        [0.5, 1.0, 1.5],
        list(number({ above: -100, to: 10_000 }), { least: 1, most: 20, order: 'any' }),
        'percent',
        'What each of the rates has to reach: one for each period.',
      ),
    },
    bollinger_bands: {
      period: key(20, period, 'candles', 'Period of the middle band. The close has to be above it.'),
      std_dev: key(2, number({ above: 0, to: 10 }), 'deviations', 'Distance of the outer bands from the middle one.'),
    },
    adx: { period: key(14, period, 'candles', 'Period of the directional index (Wilder).') },
    atr: { period: key(14, period, 'candles', 'Period of the average true range (Wilder).') },
    volume: {
      period: key(10, period, 'candles', 'Over how many candles volume is averaged.'),
      factor: key(
        1.5,
        number({ from: 0, to: 1000 }),
        'factor',
        'How many times that average the volume has to exceed.',
      ),
    },
    trend_confirmation_required: key(true, truth, 'true/false', 'Whether the trend conditions below have to hold.'),
    trend: {
      min_adx: key(25, number({ from: 0, below: 100 }), '0–100', 'Least directional index; +DI has to be above −DI.'),
      timeframes: key(
        [5, 15],
        list(divisor(60, { from: 2, to: 30 }), { most: 10 }),
        'minutes',
        'Timeframes whose MACD histogram has to be positive.',
      ),
    },
  },
  risk_management: {
    max_position_size_percentage: key(5, percentUpTo(100), 'percent', 'Largest cost of one position, of equity.'),
    stop_loss_percentage: key(2, number({ above: 0, below: 100 }), 'percent', 'First stop, below the entry price.'),
    take_profit_levels: key(
      [
        { percentage: 1.5, position_percentage: 30 },
        { percentage: 3, position_percentage: 40 },
        { percentage: 5, position_percentage: 30 },
      ],
      list(
        record<{ percentage: number; position_percentage: number }>({
          percentage: percentUpTo(10_000),
          position_percentage: sixDecimals({ above: 0, to: 100 }),
        }),
        { most: 20 },
      ),
      'percent',
      'Gain over the entry price, ascending, and the part of the original position that is sold there: at most 100 in all.',
    ),
    trailing_stop: {
      activation_percentage: key(
        2,
        number({ from: 0, to: 10_000 }),
        'percent',
        'Gain over the entry price from which the stop follows.',
      ),
      offset_percentage: key(
        1,
        number({ above: 0, below: 100 }),
        'percent',
        'How far below the highest price it follows.',
      ),
    },
    max_open_positions: key(5, whole({ from: 1, to: 1000 }), 'positions', 'How many may be open at once.'),
    cooldown_minutes: key(15, minutes(0), 'minutes', 'No new entry on a market for so long after it was stopped out.'),
    max_opportunity_age_seconds: key(90, seconds, 'seconds', 'An opportunity not taken by then has expired.'),
  },
  portfolio: {
    initial_balance: key(10_000, number({ above: 0, to: 1e12 }), 'currency', 'Paper money at the start.', {
      env: 'BOT_INITIAL_BALANCE',
    }),
    currency: key('USD', code, 'currency', 'What the paper money and every profit is in.'),
  },
  costs: {
    taker_fee_percentage: key(0.4, number({ from: 0, below: 50 }), 'percent', 'Fee on every fill, both sides.'),
    spread_percentage: key(
      0.05,
      number({ from: 0, below: 50 }),
      'percent',
      'Whole spread where no order book is known; a fill pays half of it.',
    ),
    slippage_percentage: key(
      0.02,
      number({ from: 0, below: 50 }),
      'percent',
      'What a fill loses besides where no order book is known.',
    ),
  },
  data: {
    max_quiet_minutes: key(
      240,
      minutes(0),
      'minutes',
      'Longest stretch without rows in an imported file that is taken as minutes without trades.',
    ),
    max_jump_percentage: key(
      50,
      percentUpTo(10_000),
      'percent',
      'A close further than this from the one before is suspect until the next confirms it.',
    ),
    min_coverage: key(
      0.95,
      number({ from: 0, to: 1 }),
      'ratio',
      'A market is tradable if at least this share of its last day’s minutes is known; a report warns below it.',
    ),
    archive_dir: key(
      null,
      optional(folder),
      'folder',
      'Where candles that leave the database are kept (Parquet); null: nowhere. No backtest drops any.',
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
      'After how many minutes forward returns are measured for training. Not used by a backtest.',
    ),
    max_holding_minutes: key(
      240,
      minutes(1),
      'minutes',
      'When a hypothetical trade of the training data ends. Not used by a backtest.',
    ),
  },
  application: {
    opportunity_scan_interval_seconds: key(
      60,
      seconds,
      'seconds',
      'How often a live run scans the markets. Not used by a backtest.',
    ),
    position_check_interval_seconds: key(
      30,
      seconds,
      'seconds',
      'How often a live run checks open positions. Not used by a backtest.',
    ),
    snapshot_interval_seconds: key(
      300,
      seconds,
      'seconds',
      'How often a live run records the state of the whole market. Not used by a backtest.',
    ),
    logging_level: key(
      'INFO',
      choice(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']),
      'level',
      'The least important messages that a live run logs. Not used by a backtest.',
      { env: 'BOT_LOGGING_LEVEL' },
    ),
    market_data_storage_days: key<number | null>(
      30,
      optional(whole({ from: 1, to: 36_500 })),
      'days',
      'How long a live run keeps candles, at least: whole months go. null: for ever. What was imported or downloaded stays.',
    ),
  },
  database: {
    connection_string: key(
      'embedded',
      connection,
      'URL',
      'embedded: the bot’s own PostgreSQL; or postgresql://user:password@host:port/database.',
      { env: 'DATABASE_URL', sensitive: true },
    ),
    pool_size: key(10, whole({ from: 1, to: 1000 }), 'connections', 'Connections that are kept.'),
    max_overflow: key(
      20,
      whole({ from: 0, to: 1000 }),
      'connections',
      'Connections of a live run beyond these at peaks. Not used by a backtest.',
    ),
    data_dir: key(
      '.data',
      folder,
      'folder',
      'Where the embedded database lives, relative to the folder of the bot itself; ~ is your home folder.',
      { env: 'BOT_DATA_DIR' },
    ),
  },
} as const;

type DocumentOf<S> = { readonly [K in keyof S]: S[K] extends Key<infer T> ? T : DocumentOf<S[K]> };

/** A whole configuration in the names and units of config.yaml. */
export type Document = DocumentOf<typeof schema>;

/** A mapping of the schema: keys and further sections. */
export interface Section {
  readonly [name: string]: Key<unknown> | Section;
}

/** Tells a key from a section. */
export const isKey = (node: Key<unknown> | Section): node is Key<unknown> => 'check' in node;

const leavesOf = (section: Section, prefix: string): readonly (readonly [string, Key<unknown>])[] =>
  Object.entries(section).flatMap(([name, node]) =>
    isKey(node) ? [[prefix + name, node] as const] : leavesOf(node, `${prefix}${name}.`),
  );

/** Every key by its dotted name, in the order of the file. */
export const keys: ReadonlyMap<string, Key<unknown>> = new Map(leavesOf(schema, ''));

/** The value of a dotted name in a document. */
export const valueAt = (document: unknown, name: string): unknown =>
  name.split('.').reduce((node, part) => (node as Record<string, unknown>)[part], document);
