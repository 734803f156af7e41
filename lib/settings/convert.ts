import { INDICATORS } from '../indicators/catalogue.js';
import { declared as exits } from '../portfolio/exits/index.js';
import { declared as protections } from '../portfolio/protections/index.js';
import { declared as sizing } from '../portfolio/sizing/index.js';
import { sinkSettingsOf } from '../sinks/catalogue.js';
import { CONDITIONS } from '../strategy/conditions/index.js';
import { MINUTE_MS, ratioOf } from '../units.js';
import { rulesIn } from '../universe/catalogue.js';
import { mergeSettings } from './fragment.js';
import { documentOf } from './overrides.js';
import type { Document } from './schema.js';
import type { ConfiguredStrategy, FilteringSettings, IndicatorSettings, RiskSettings, Settings } from './settings.js';
import type { StrategyEntry } from './strategy-entry.js';

/** Timeframes whose indicators are always computed. */
const STANDARD_TIMEFRAMES = [5, 15];
const SECOND_MS = 1000;

const filteringOf = (document: Document): FilteringSettings => ({
  ...mergeSettings(rulesIn('filtering'), document.filtering),
  ...mergeSettings(rulesIn('data'), document.data),
  refreshMs: document.filtering.refresh_minutes * MINUTE_MS,
  unknown: document.filtering.unknown,
});

const indicatorsOf = (strategy: Document['momentum_strategy'], timeframes: readonly number[]): IndicatorSettings => ({
  ...mergeSettings(INDICATORS, strategy),
  timeframes: [...new Set([...STANDARD_TIMEFRAMES, ...timeframes])].sort((a, b) => a - b),
});

const riskOf = (risk: Document['risk_management']): RiskSettings => ({
  ...mergeSettings(exits, risk),
  ...mergeSettings(sizing, risk),
  protections: mergeSettings(protections, risk.protections),
  maxOpenPositions: risk.max_open_positions,
  cooldownMs: risk.cooldown_minutes * MINUTE_MS,
  maxOpportunityAgeMs: risk.max_opportunity_age_seconds * SECOND_MS,
});

const strategyOf = (document: Document, entry: StrategyEntry): ConfiguredStrategy => {
  const own = documentOf(document, entry);
  return {
    ...entry,
    own: own && {
      strategy: mergeSettings(CONDITIONS, own.momentum_strategy),
      risk: riskOf(own.risk_management),
    },
  };
};

/**
 * The settings of a checked document: here, and in the files of indicators, conditions and rules,
 * percentages become ratios and times milliseconds.
 */
export const settingsOf = (document: Document): Settings => {
  const { exchange, momentum_strategy: strategy, portfolio, costs, data, labels, application, database } = document;
  const strategies = document.strategies.map(entry => strategyOf(document, entry));
  const timeframes = strategies.flatMap(({ own }) => own?.strategy.trend.timeframes ?? []);
  return {
    exchange: {
      name: exchange.name,
      url: exchange.url,
      clockSpeed: exchange.clock_speed,
      rateLimitRetries: exchange.rate_limit_retries,
      backoffFactor: exchange.backoff_factor,
      timeoutMs: exchange.timeout_seconds * SECOND_MS,
    },
    filtering: filteringOf(document),
    strategies,
    indicators: indicatorsOf(strategy, [...strategy.trend.timeframes, ...timeframes]),
    strategy: mergeSettings(CONDITIONS, strategy),
    risk: riskOf(document.risk_management),
    portfolio: { initialBalance: portfolio.initial_balance, currency: portfolio.currency },
    costs: {
      takerFee: ratioOf(costs.taker_fee_percentage),
      spread: ratioOf(costs.spread_percentage),
      slippage: ratioOf(costs.slippage_percentage),
    },
    data: {
      maxQuietMinutes: data.max_quiet_minutes,
      maxJump: ratioOf(data.max_jump_percentage),
      archiveDir: data.archive_dir,
    },
    labels: { horizonsMinutes: labels.horizons_minutes, maxHoldingMinutes: labels.max_holding_minutes },
    application: {
      ...sinkSettingsOf(application),
      opportunityScanIntervalMs: application.opportunity_scan_interval_seconds * SECOND_MS,
      positionCheckIntervalMs: application.position_check_interval_seconds * SECOND_MS,
      snapshotIntervalMs: application.snapshot_interval_seconds * SECOND_MS,
      loggingLevel: application.logging_level,
      marketDataStorageDays: application.market_data_storage_days,
    },
    database: {
      connectionString: database.connection_string,
      poolSize: database.pool_size,
      maxOverflow: database.max_overflow,
      dataDir: database.data_dir,
    },
  };
};
