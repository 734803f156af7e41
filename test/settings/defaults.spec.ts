import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { parse } from 'yaml';
import { unprotected } from '../support/protections.js';
import { changesOf } from '../../lib/settings/changes.js';
import { defaultConfiguration, readSettings } from '../../lib/settings/read.js';
import { defaultSettings } from '../support/settings.js';
import { renderConfigYaml } from '../../lib/settings/render.js';
import { keys } from '../../lib/settings/schema.js';
import { configYaml } from './edit.js';

/** Names and values as the project's brief and the page on what the numbers mean give them. */
const expected = {
  exchange: {
    name: 'kraken',
    url: null,
    clock_speed: 1,
    rate_limit_retries: 5,
    backoff_factor: 2,
    timeout_seconds: 30,
  },
  filtering: {
    min_market_cap: 100000000,
    min_daily_volume: 5000000,
    max_spread_percentage: 0.5,
    min_exchange_listings: 3,
    max_volatility: 15,
    allowed_quote_currencies: ['USD', 'USDT', 'BTC'],
    min_history_hours: 24,
    refresh_minutes: 15,
    unknown: 'fail',
    market_cap_url: 'https://api.coingecko.com/api/v3',
    market_cap_max_age_hours: 48,
    listing_exchanges: ['binance', 'coinbase', 'kraken', 'kucoin', 'okx'],
  },
  momentum_strategy: {
    rsi: { period: 14, overbought: 70, oversold: 30 },
    macd: { fast_period: 12, slow_period: 26, signal_period: 9 },
    roc: { periods: [1, 5, 15], thresholds: [0.5, 1.0, 1.5] },
    bollinger_bands: { period: 20, std_dev: 2 },
    adx: { period: 14 },
    atr: { period: 14 },
    volume: { period: 10, factor: 1.5 },
    trend_confirmation_required: true,
    trend: { min_adx: 25, timeframes: [5, 15] },
  },
  risk_management: {
    max_position_size_percentage: 5,
    risk_per_trade_percentage: null,
    stop_loss_percentage: 2,
    stop_loss_atr: { multiple: null },
    break_even: { activation_percentage: null, offset_percentage: 0 },
    take_profit_levels: [
      { percentage: 1.5, position_percentage: 30 },
      { percentage: 3.0, position_percentage: 40 },
      { percentage: 5.0, position_percentage: 30 },
    ],
    trailing_stop: { activation_percentage: 2, offset_percentage: 1 },
    max_holding_minutes: null,
    max_open_positions: 5,
    cooldown_minutes: 15,
    max_opportunity_age_seconds: 90,
    protections: {
      stop_guard: { stops: null, within_minutes: 120, pause_minutes: 120, per_market: false },
      max_drawdown: { percentage: null, within_hours: 24, pause_minutes: 720 },
      daily_loss_limit: { percentage: null },
      low_profit_market: { trades: null, within_hours: 24, minimum_percentage: 0, pause_minutes: 720 },
    },
  },
  strategies: [{ name: 'momentum', use: 'momentum', wallet: 'main', parameters: {}, risk: {} }],
  portfolio: { initial_balance: 10000, currency: 'USD' },
  costs: { taker_fee_percentage: 0.4, spread_percentage: 0.05, slippage_percentage: 0.02 },
  data: { max_quiet_minutes: 240, max_jump_percentage: 50, min_coverage: 0.95, archive_dir: null },
  labels: { horizons_minutes: [5, 15, 60, 240], max_holding_minutes: 240 },
  application: {
    opportunity_scan_interval_seconds: 60,
    position_check_interval_seconds: 30,
    snapshot_interval_seconds: 300,
    logging_level: 'INFO',
    market_data_storage_days: 30,
  },
  database: { connection_string: 'embedded', pool_size: 10, max_overflow: 20, data_dir: '.data' },
};

describe('config.yaml as it comes', () => {
  it('is what the schema writes', () => {
    expect(configYaml).to.equal(renderConfigYaml());
  });

  it('names every key with the agreed default, in plain YAML', () => {
    const { filtering, ...rest } = parse(configYaml) as typeof expected & { filtering: { exclude_bases: string[] } };
    const { exclude_bases: excluded, ...rules } = filtering;
    expect({ ...rest, filtering: rules }).to.deep.equal(expected);
    expect(excluded).to.include.members(['USDT', 'USDC', 'DAI', 'EUR', 'GBP']);
    expect(excluded).to.not.include.members(['BTC', 'ETH', 'WBTC', 'PAXG']);
  });

  it('means the same as a file without any key', () => {
    const configuration = readSettings(configYaml, 'config.yaml', {});
    expect(configuration).to.deep.equal(defaultConfiguration);
    expect(changesOf(configuration)).to.deep.equal([]);
  });

  it('tells for each key its meaning above it, and its unit and default beside it', () => {
    const lines = configYaml.split('\n');
    for (const [name, key] of keys) {
      const place = lines.findIndex(
        (line, n) => line.includes(` # ${key.unit} · default `) && lines[n - 1]!.includes(key.doc),
      );
      expect(place, name).to.be.above(0);
      expect(lines[place], name).to.match(new RegExp(`^ *${name.split('.').at(-1)!}: `));
    }
    expect(keys.size).to.equal(6 + 13 + 1 + 17 + 25 + 2 + 3 + 4 + 2 + 5 + 4); // section by section
  });

  it('stays within the width of a screen', () => {
    expect(Math.max(...configYaml.split('\n').map(line => line.length))).to.be.at.most(122);
  });
});

describe('the default settings', () => {
  it('are the defaults in ratios and milliseconds', () => {
    const { excludeBases, unknown, ...filtering } = defaultSettings.filtering;
    expect({ ...defaultSettings, filtering }).to.deep.equal({
      exchange: {
        name: 'kraken',
        url: null,
        clockSpeed: 1,
        rateLimitRetries: 5,
        backoffFactor: 2,
        timeoutMs: 30_000,
      },
      strategies: [{ name: 'momentum', use: 'momentum', wallet: 'main', parameters: {}, risk: {}, own: null }],
      filtering: {
        minMarketCap: 100_000_000,
        minDailyVolume: 5_000_000,
        maxSpread: 0.005,
        minExchangeListings: 3,
        maxVolatility: 0.15,
        allowedQuoteCurrencies: ['USD', 'USDT', 'BTC'],
        minHistoryMs: 86_400_000, // 24 h
        minCoverage: 0.95,
        refreshMs: 900_000, // 15 min
        marketCapUrl: 'https://api.coingecko.com/api/v3',
        marketCapMaxAgeMs: 172_800_000, // 48 h
        listingExchanges: ['binance', 'coinbase', 'kraken', 'kucoin', 'okx'],
      },
      indicators: {
        rsi: { period: 14 },
        macd: { fast: 12, slow: 26, signal: 9 },
        roc: { periods: [1, 5, 15] },
        adx: { period: 14 },
        atr: { period: 14 },
        volume: { period: 10 },
        bollinger: { period: 20, deviations: 2 },
        timeframes: [5, 15],
      },
      strategy: {
        rsi: { overbought: 70, oversold: 30 },
        rocThresholds: [0.5, 1, 1.5],
        volumeFactor: 1.5,
        trend: { required: true, minAdx: 25, timeframes: [5, 15] },
      },
      risk: {
        maxPositionSize: 0.05,
        riskPerTrade: null,
        stopLoss: 0.02,
        atrStop: { multiple: null },
        breakEven: { activation: null, offset: 0 },
        takeProfitLevels: [
          { gain: 0.015, position: 0.3, sellsRest: false }, // 30 of 100
          { gain: 0.03, position: 0.4, sellsRest: false }, // 70 of 100
          { gain: 0.05, position: 0.3, sellsRest: true }, // 100 of 100
        ],
        trailingStop: { activation: 0.02, offset: 0.01 },
        maxHoldingMs: null,
        maxOpenPositions: 5,
        cooldownMs: 900_000,
        maxOpportunityAgeMs: 90_000,
        protections: unprotected,
      },
      portfolio: { initialBalance: 10_000, currency: 'USD' },
      costs: { takerFee: 0.004, spread: 0.0005, slippage: 0.0002 },
      data: { maxQuietMinutes: 240, maxJump: 0.5, archiveDir: null },
      labels: { horizonsMinutes: [5, 15, 60, 240], maxHoldingMinutes: 240 },
      application: {
        opportunityScanIntervalMs: 60_000,
        positionCheckIntervalMs: 30_000,
        snapshotIntervalMs: 300_000,
        loggingLevel: 'INFO',
        marketDataStorageDays: 30,
      },
      database: { connectionString: 'embedded', poolSize: 10, maxOverflow: 20, dataDir: '.data' },
    });
    expect(excludeBases).to.include('USDT');
    expect(Object.values(unknown)).to.deep.equal(Array(10).fill('fail'));
  });

  it('cannot be changed, however deep', () => {
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(defaultConfiguration)).to.equal(true);
  });
});

describe('what a configuration means', () => {
  const settingsOf = (yaml: string) => readSettings(yaml, 'config.yaml', {}).settings;

  it('keeps indicators for 5 and 15 minutes besides the timeframes of the trend, each once', () => {
    const { indicators, strategy } = settingsOf('momentum_strategy: { trend: { timeframes: [30, 5, 2] } }');
    expect(indicators.timeframes).to.deep.equal([2, 5, 15, 30]);
    expect(strategy.trend.timeframes).to.deep.equal([30, 5, 2]);
  });

  it('lets one word or a mapping say what an unknown value counts', () => {
    const { unknown } = settingsOf('filtering: { unknown: { market_cap: pass } }').filtering;
    expect(unknown).to.include({ market_cap: 'pass', spread: 'fail', history: 'fail' });
    expect(new Set(Object.values(settingsOf('filtering: { unknown: pass }').filtering.unknown))).to.deep.equal(
      new Set(['pass']),
    );
  });

  it('has the same hash for the same meaning, another one for another', () => {
    const hash = (yaml: string) => readSettings(yaml, 'x', {}).hash;
    const one = hash('exchange: { timeout_seconds: 31, backoff_factor: 3 }\nfiltering: { unknown: pass }');
    const unknown = '{active: pass, quote_currency: pass, base_currency: pass, market_cap: pass, daily_volume: pass, ';
    const same = `# another order\nfiltering: {unknown: ${unknown}spread: pass, exchange_listings: pass, volatility: pass, history: pass, coverage: pass}}
exchange:\n  backoff_factor: 3.0 # as before\n  timeout_seconds: 3.1e1\n`;
    expect(hash(same)).to.equal(one);
    expect(one).to.match(/^[0-9a-f]{64}$/);
    expect(hash('exchange: { timeout_seconds: 32, backoff_factor: 3 }')).to.not.equal(one);
  });

  it('is hashed as JSON with sorted keys and without the database, so that the order of the schema does not count', () => {
    const sorted = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(sorted);
      if (typeof value !== 'object' || value === null) return value;
      const names = Object.keys(value).sort();
      return Object.fromEntries(names.map(name => [name, sorted((value as Record<string, unknown>)[name])]));
    };
    const { document, hash } = defaultConfiguration;
    expect(hash).to.equal(
      createHash('sha256')
        .update(JSON.stringify(sorted({ ...document, database: undefined })))
        .digest('hex'),
    );
  });

  it('fills in no take-profit level that is left out', () => {
    const { takeProfitLevels } = settingsOf(
      'risk_management: { take_profit_levels: [{ percentage: 4, position_percentage: 60 }] }',
    ).risk;
    expect(takeProfitLevels).to.deep.equal([{ gain: 0.04, position: 0.6, sellsRest: false }]);
    expect(settingsOf('risk_management: { take_profit_levels: [] }').risk.takeProfitLevels).to.deep.equal([]);
  });
});
