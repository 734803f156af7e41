import { expect } from 'chai';
import { edited, refusal } from './edit.js';

const period = 'a whole number from 2 to 500';
const connection =
  'embedded or postgresql://user:password@host:port/database (special characters of the password percent-encoded)';
const httpUrl = 'an http(s):// address without credentials, ? and #';

/**
 * One edit of config.yaml: the key, what is written there, and how the message goes on after file,
 * line and key.
 */
const edits: readonly (readonly [key: string, written: string, message: string])[] = [
  // numbers that other readers would bend into shape
  ['momentum_strategy.rsi.period', '"14"', `found "14", expected ${period}, without quotes`],
  ['momentum_strategy.rsi.period', '10abc', `found "10abc", expected ${period}`],
  ['momentum_strategy.rsi.period', '017', `found 017, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '0o17', `found 0o17, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '0x1F', `found 0x1F, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '+14', `found +14, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '14.', `found 14., expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '14.5', `found 14.5, expected ${period}`],
  ['momentum_strategy.rsi.period', '.nan', `found .nan, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '.inf', `found .inf, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '-.inf', `found -.inf, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '1e999', `found 1e999, expected ${period}, in plain decimal digits`],
  ['momentum_strategy.rsi.period', '1_4', `found "1_4", expected ${period}, in plain digits without separators`],
  ['momentum_strategy.rsi.period', '', `found nothing, expected ${period}`],
  ['momentum_strategy.rsi.period', 'null', `found nothing, expected ${period}`],
  ['momentum_strategy.rsi.period', '~', `found nothing, expected ${period}`],
  ['momentum_strategy.rsi.period', 'true', `found true, expected ${period}`],
  ['momentum_strategy.rsi.period', 'yes', `found "yes", expected ${period}`],
  ['momentum_strategy.rsi.period', '[14]', `found a list of 1, expected ${period}`],
  ['momentum_strategy.rsi.period', '{}', `found a mapping, expected ${period}`],
  ['momentum_strategy.rsi.period', '1', `found 1, expected ${period}`],
  ['momentum_strategy.rsi.period', '501', `found 501, expected ${period}`],
  ['momentum_strategy.rsi.period', '-14', `found -14, expected ${period}`],
  ['momentum_strategy.rsi.period', '12345678901234567890', `found 12345678901234567000, expected ${period}`],
  ['momentum_strategy.rsi.period', '!!str 14', 'found the tag tag:yaml.org,2002:str, expected the value itself'],
  ['momentum_strategy.rsi.period', '&p 14', 'found the anchor &p, expected the value itself'],
  ['momentum_strategy.rsi.period', '*p', 'found the alias *p, expected the value itself'],
  ['momentum_strategy.rsi', '14', 'found 14, expected a mapping of period, overbought, oversold'],
  [
    'filtering.min_market_cap',
    '100,000,000',
    'found "100,000,000", expected a number from 0 to 1e15, in plain digits without separators',
  ],
  ['filtering.min_market_cap', '1e16', 'found 10000000000000000, expected a number from 0 to 1e15'],
  ['filtering.min_daily_volume', '-1', 'found -1, expected a number from 0 to 1e15'],
  ['filtering.min_daily_volume', '5 USD', 'found "5 USD", expected a number from 0 to 1e15'],
  // percentages
  ['risk_management.stop_loss_percentage', 'abc', 'found "abc", expected a number above 0 and below 100 (percent)'],
  [
    'risk_management.stop_loss_percentage',
    '2%',
    'found "2%", expected a number above 0 and below 100, without the percent sign (percent)',
  ],
  ['risk_management.stop_loss_percentage', '0', 'found 0, expected a number above 0 and below 100 (percent)'],
  ['risk_management.stop_loss_percentage', '-0', 'found 0, expected a number above 0 and below 100 (percent)'],
  ['risk_management.stop_loss_percentage', '-2', 'found -2, expected a number above 0 and below 100 (percent)'],
  ['risk_management.stop_loss_percentage', '100', 'found 100, expected a number above 0 and below 100 (percent)'],
  [
    'risk_management.stop_loss_percentage',
    '.5',
    'found .5, expected a number above 0 and below 100, in plain decimal digits (percent)',
  ],
  ['risk_management.max_position_size_percentage', '0', 'found 0, expected a number above 0 and up to 100 (percent)'],
  [
    'risk_management.max_position_size_percentage',
    '100.1',
    'found 100.1, expected a number above 0 and up to 100 (percent)',
  ],
  [
    'risk_management.trailing_stop.offset_percentage',
    '0',
    'found 0, expected a number above 0 and below 100 (percent)',
  ],
  [
    'risk_management.trailing_stop.activation_percentage',
    '-1',
    'found -1, expected a number from 0 to 10000 (percent)',
  ],
  [
    'risk_management.trailing_stop',
    '',
    'found nothing, expected a mapping of activation_percentage, offset_percentage (or omit the section: then every default applies)',
  ],
  ['filtering.max_spread_percentage', '0', 'found 0, expected a number above 0 and up to 100 (percent)'],
  ['filtering.max_volatility', '0', 'found 0, expected a number above 0 and up to 10000 (percent)'],
  ['costs.taker_fee_percentage', '-0.1', 'found -0.1, expected a number from 0 and below 50 (percent)'],
  ['costs.slippage_percentage', '50', 'found 50, expected a number from 0 and below 50 (percent)'],
  ['data.max_jump_percentage', '0', 'found 0, expected a number above 0 and up to 10000 (percent)'],
  ['data.min_coverage', '95', 'found 95, expected a number from 0 to 1'],
  // the take-profit ladder
  [
    'risk_management.take_profit_levels',
    '3',
    'found 3, expected a list of at most 20, each {percentage: a number above 0 and up to 10000, position_percentage: a number above 0 and up to 100 with at most 6 decimals}',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 1, position_percentage: 60}, {percentage: 2, position_percentage: 41}]',
    'found position percentages that add up to 101, expected at most 100: no more can be sold than was bought',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 1, position_percentage: 99.999999}, {percentage: 2, position_percentage: 0.000002}]',
    'found position percentages that add up to 100.000001, expected at most 100: no more can be sold than was bought',
  ],
  // choices and switches
  ['momentum_strategy.trend_confirmation_required', 'yes', 'found "yes", expected true or false'],
  ['momentum_strategy.trend_confirmation_required', 'no', 'found "no", expected true or false'],
  ['momentum_strategy.trend_confirmation_required', '1', 'found 1, expected true or false'],
  ['momentum_strategy.trend_confirmation_required', '"false"', 'found "false", expected true or false'],
  [
    'application.logging_level',
    'info',
    'found "info", expected one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL (did you mean INFO?)',
  ],
  ['application.logging_level', 'LOUD', 'found "LOUD", expected one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL'],
  ['application.logging_level', '30', 'found 30, expected one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL'],
  ['exchange.name', 'binance', 'found "binance", expected kraken'],
  [
    'filtering.unknown',
    'maybe',
    'found "maybe", expected fail or pass, or a mapping to them from active, quote_currency, base_currency, market_cap, daily_volume, spread, exchange_listings, volatility, history, coverage',
  ],
  // whole numbers with more to them
  ['filtering.refresh_minutes', '7', 'found 7, expected a whole number from 1 to 1440 that divides 1440'],
  ['filtering.refresh_minutes', '0', 'found 0, expected a whole number from 1 to 1440 that divides 1440'],
  ['filtering.min_history_hours', '-1', 'found -1, expected a number from 0 to 87600'],
  ['risk_management.max_open_positions', '0', 'found 0, expected a whole number from 1 to 1000'],
  ['risk_management.max_open_positions', '2.5', 'found 2.5, expected a whole number from 1 to 1000'],
  ['risk_management.cooldown_minutes', '-1', 'found -1, expected a whole number from 0 to 10080'],
  [
    'application.opportunity_scan_interval_seconds',
    '300',
    'found 300, expected 60: the strategy is evaluated on each closed candle, and candles close once a minute',
  ],
  ['application.market_data_storage_days', '0', 'found 0, expected null or a whole number from 1 to 36500'],
  ['application.market_data_storage_days', '7', 'found 7, expected at least 8: a start needs the last 10800 minutes'],
  [
    'filtering.min_history_hours',
    '721',
    'found 721, expected at most 720: candles are kept for 30 days only (application.market_data_storage_days), so no coin could pass',
  ],
  ['portfolio.initial_balance', '0', 'found 0, expected a number above 0 and up to 1e12'],
  ['portfolio.currency', 'usd', 'found "usd", expected a currency code in capitals, such as USD'],
  ['database.pool_size', '0', 'found 0, expected a whole number from 1 to 1000'],
  ['exchange.backoff_factor', '0.5', 'found 0.5, expected a number from 1 to 10'],
  ['momentum_strategy.rsi.overbought', '101', 'found 101, expected a number above 0 and up to 100'],
  // lists
  [
    'filtering.allowed_quote_currencies',
    '[]',
    'found an empty list, expected a list of 1 to 200, each a currency code in capitals, such as USD',
  ],
  [
    'filtering.allowed_quote_currencies',
    'USD',
    'found "USD", expected a list of 1 to 200, each a currency code in capitals, such as USD',
  ],
  ['momentum_strategy.roc.thresholds', '[0.5, 1]', 'found 2 thresholds, expected one for each of the 3 periods'],
  [
    'momentum_strategy.roc.thresholds',
    '[]',
    'found an empty list, expected a list of 1 to 20, each a number above -100 and up to 10000',
  ],
  // addresses and folders
  ['exchange.url', 'ftp://x', `found "ftp://x", expected null or ${httpUrl}`],
  ['exchange.url', 'localhost:8080', `found "localhost:8080", expected null or ${httpUrl}`],
  ['exchange.url', 'http://me:pw@host', `found "http://[redacted]@host", expected null or ${httpUrl}`],
  ['filtering.market_cap_url', 'null', `found nothing, expected ${httpUrl}`],
  ['database.connection_string', 'mysql://u:p@h/d', `found [redacted], expected ${connection}`],
  ['database.connection_string', 'postgres://u:p#q@h/d', `found [redacted], expected ${connection}`],
  ['database.connection_string', 'null', `found [redacted], expected ${connection}`],
  ['database.data_dir', '""', 'found "", expected a folder'],
  ['database.data_dir', '"a\\0b"', 'found "a\\u{0}b", expected a folder'],
  // keys that are right alone and wrong together
  ['momentum_strategy.macd.fast_period', '26', 'found 26, expected less than slow_period (26)'],
  [
    'momentum_strategy.rsi.oversold',
    '70',
    'found 70, expected less than overbought (70): no RSI is between them, so nothing would ever be traded',
  ],
  [
    'filtering.min_exchange_listings',
    '6',
    'found 6, expected at most 5, the number of listing_exchanges: no coin could pass',
  ],
  [
    'exchange.clock_speed',
    '60',
    'found 60, expected 1 unless url names a simulator: the real exchange’s clock cannot be hurried',
  ],
];

/** Edits whose fault is at a place within the value. */
const within: readonly (readonly [key: string, written: string, place: string, message: string])[] = [
  [
    'risk_management.take_profit_levels',
    '[{percentage: 1, position_percentage: "30"}]',
    '[0].position_percentage',
    'found "30", expected a number above 0 and up to 100 with at most 6 decimals, without quotes (percent)',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 1, position_percentage: 0.0000001}]',
    '[0].position_percentage',
    'found 1e-7, expected a number above 0 and up to 100 with at most 6 decimals (percent)',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 1}]',
    '[0].position_percentage',
    'found nothing, expected a number above 0 and up to 100 with at most 6 decimals (percent)',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 1, position_percentage: 3, percent: 4}]',
    '[0].percent',
    'found 4, expected a known key: did you mean percentage?',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 2, position_percentage: 1}, {percentage: 2, position_percentage: 1}]',
    '[1].percentage',
    'found 2, expected more than the 2 of the level before it',
  ],
  [
    'risk_management.take_profit_levels',
    '[{percentage: 2, position_percentage: 1}, {percentage: 1, position_percentage: 1}]',
    '[1].percentage',
    'found 1, expected more than the 2 of the level before it',
  ],
  ['momentum_strategy.roc.periods', '[1, 5, 5]', '[2]', 'found 5, expected each value only once'],
  [
    'momentum_strategy.roc.periods',
    '[1, 15, 5]',
    '[2]',
    'found 5, expected more than the 15 before it (ascending values)',
  ],
  ['momentum_strategy.roc.periods', '[1, 5, 1441]', '[2]', 'found 1441, expected a whole number from 1 to 1440'],
  [
    'momentum_strategy.trend.timeframes',
    '[5, 7]',
    '[1]',
    'found 7, expected a whole number from 2 to 30 that divides 60',
  ],
  [
    'momentum_strategy.trend.timeframes',
    '[60]',
    '[0]',
    'found 60, expected a whole number from 2 to 30 that divides 60',
  ],
  ['momentum_strategy.trend.timeframes', '[1]', '[0]', 'found 1, expected a whole number from 2 to 30 that divides 60'],
  ['momentum_strategy.trend.timeframes', '[5, 5]', '[1]', 'found 5, expected each value only once'],
  ['labels.horizons_minutes', '[5, 0]', '[1]', 'found 0, expected a whole number from 1 to 10080'],
  ['labels.horizons_minutes', '[5, 60, 5]', '[2]', 'found 5, expected each value only once'],
  [
    'filtering.allowed_quote_currencies',
    '[USD, eur]',
    '[1]',
    'found "eur", expected a currency code in capitals, such as USD',
  ],
  [
    'filtering.allowed_quote_currencies',
    '[USD, true]',
    '[1]',
    'found true, expected a currency code in capitals, such as USD',
  ],
  ['filtering.unknown', '{spread: perhaps}', '.spread', 'found "perhaps", expected one of fail, pass'],
  ['filtering.unknown', '{sprad: pass}', '.sprad', 'found "pass", expected a known key: did you mean spread?'],
];

describe('a wrong value in config.yaml', () => {
  for (const [key, written, message] of edits)
    it(`is refused: ${key}: ${written || '(nothing)'}`, () => {
      const { text, line } = edited(key, written);
      expect(refusal(text)).to.deep.equal([`config.yaml:${line} ${key}: ${message}`]);
    });

  for (const [key, written, place, message] of within)
    it(`is refused where it stands: ${key}: ${written}`, () => {
      const { text, line } = edited(key, written);
      expect(refusal(text)).to.deep.equal([`config.yaml:${line} ${key}${place}: ${message}`]);
    });
});

describe('a key that does not exist', () => {
  const cases: readonly (readonly [yaml: string, message: string])[] = [
    ['risk_managment: {}', ':1 risk_managment: unknown key (found a mapping), did you mean risk_management?'],
    [
      'exchange: {\n timeout-seconds: 5 }',
      ':2 exchange."timeout-seconds": unknown key (found 5), did you mean timeout_seconds?',
    ],
    ['exchange: { Name: kraken }', ':1 exchange.Name: unknown key (found "kraken"), did you mean name?'],
    [
      'application: { stop_loss_percentage: 3 }',
      ':1 application.stop_loss_percentage: unknown key here, expected it as risk_management.stop_loss_percentage',
    ],
    ['portfolio: { colour: red }', ':1 portfolio.colour: unknown key, expected one of initial_balance, currency'],
    [
      '"exchange.name": kraken',
      ':1 "exchange.name": unknown key, expected one of exchange, filtering, strategies, momentum_strategy, risk_management, portfolio, costs, data, labels, application, database',
    ],
    [
      '__proto__: { polluted: true }',
      ':1 __proto__: unknown key, expected one of exchange, filtering, strategies, momentum_strategy, risk_management, portfolio, costs, data, labels, application, database',
    ],
    [
      'costs: { constructor: { prototype: 1 } }',
      ':1 costs.constructor: unknown key, expected one of taker_fee_percentage, spread_percentage, slippage_percentage',
    ],
    [
      'costs: { <<: { spread_percentage: 1 } }',
      ':1 costs."<<": unknown key, expected one of taker_fee_percentage, spread_percentage, slippage_percentage',
    ],
    [
      'costs: { 1: 2 }',
      ':1 costs.1: unknown key, expected one of taker_fee_percentage, spread_percentage, slippage_percentage',
    ],
  ];
  for (const [yaml, message] of cases)
    it(`is refused: ${JSON.stringify(yaml)}`, () => {
      expect(refusal(yaml)).to.deep.equal([`config.yaml${message}`]);
    });

  const name = 'lower case letters, digits and underscores, at most 40, a letter first';
  for (const [entry, at, says] of [
    ['{name: My One, use: momentum}', '[0].name', `found "My One", expected ${name}`],
    [
      '{name: a, use: breakout}',
      '[0].use',
      'found "breakout", expected momentum, or a file that ends in .ts, .mts, .js or .mjs',
    ],
    ['{name: a}', '[0].use', 'found nothing, expected momentum, or a file that ends in .ts, .mts, .js or .mjs'],
    [
      '{name: a, use: momentum, parameters: {n: 1}}',
      '[0].parameters.n',
      'unknown key, expected one of rsi, roc, volume, trend_confirmation_required, trend',
    ],
    [
      '{name: a, use: a.ts, parameters: [1]}',
      '[0].parameters',
      'found a list of 1, expected a mapping of names to values',
    ],
    [
      '{name: a, use: a.ts, parameters: {n: [1]}}',
      '[0].parameters.n',
      'found a list of 1, expected a number, true or false, or a name',
    ],
    [
      '{name: a, use: a.ts, parameter: {n: 1}}',
      '[0].parameter',
      'found a mapping, expected a known key: did you mean parameters?',
    ],
    [
      'momentum',
      '[0]',
      'found "momentum", expected {name: my_name, use: momentum or a file as ./strategies/breakout.ts, wallet: main or shadow, parameters: {…}, risk: {…}}',
    ],
  ] as const)
    it(`is refused as a strategy: ${entry}`, () => {
      expect(refusal(`strategies: [${entry}]`)).to.deep.equal([`config.yaml:1 strategies${at}: ${says}`]);
    });

  it('pollutes no prototype', () => {
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });
});

describe('several mistakes', () => {
  it('are reported at once, in the order of the file, the environment last', () => {
    const text = `exchange:
  apiKey: x
  timeout_seconds: soon
filtering:
  refresh_minutes: 7
  refresh_minutes: 15
momentum_strategy:
  rsi: { period: 1, oversold: 80 }
  macd:
    slow_period: 10
risk_management:
  stop_loss_percentage: 200
`;
    const lines = refusal(text, { BOT_LOGGING_LEVEL: 'loud', BOT_INITIAL_BALANCE: '10abc' });
    expect(lines.map(line => /^\S+( \S+ \S+)?/.exec(line)![0])).to.deep.equal([
      'config.yaml:2 exchange.apiKey: unknown',
      'config.yaml:3 exchange.timeout_seconds: found',
      'config.yaml:5 filtering.refresh_minutes: found',
      'config.yaml:6 filtering.refresh_minutes: found',
      'config.yaml:8 momentum_strategy.rsi.period: found',
      'config.yaml:8 momentum_strategy.rsi.oversold: found',
      'config.yaml:10 momentum_strategy.macd.fast_period: found',
      'config.yaml:12 risk_management.stop_loss_percentage: found',
      'environment variable BOT_INITIAL_BALANCE',
      'environment variable BOT_LOGGING_LEVEL',
    ]);
    expect(lines[3]).to.contain('found the key again, expected it once (first in line 5)');
  });

  it('name the other key’s line if the one that contradicts is left at its default', () => {
    expect(refusal('momentum_strategy:\n  macd:\n    slow_period: 10')).to.deep.equal([
      'config.yaml:3 momentum_strategy.macd.fast_period: found 12, expected less than slow_period (10)',
    ]);
  });

  it('blame a misspelt key alone, not the default that then seems to contradict', () => {
    expect(refusal('momentum_strategy: { macd: { fast_perod: 5, slow_period: 10 } }')).to.deep.equal([
      'config.yaml:1 momentum_strategy.macd.fast_perod: unknown key (found 5), did you mean fast_period?',
    ]);
  });

  it('include a MACD too slow for the warm-up on the longest timeframe', () => {
    const text = 'momentum_strategy: { macd: { slow_period: 400 }, trend: { timeframes: [30] } }';
    expect(refusal(text)).to.have.length(1); // (400 + 9) · 30 = 12,270 minutes, 10,800 come before
    expect(refusal(text)[0]).to.contain('expected at most 360 candles together'); // 10,800 / 30
    expect(refusal(text.replace('400', '351'))).to.deep.equal([]); // (351 + 9) · 30 = 10,800
    expect(refusal(text.replace('trend:', 'trend_confirmation_required: false, trend:'))).to.deep.equal([]);
  });
});
