import type { OwnSettings } from '../indicators/catalogue.js';
import type { CONDITIONS } from '../strategy/conditions/index.js';
import type { RuleName, RuleSettings } from '../universe/catalogue.js';
import type { SettingsOf } from './fragment.js';
import type { DurationMs, Money, Ratio } from '../units.js';

/** The periods of all indicators: what decides which columns there are and what they hold. */
export type IndicatorSettings = OwnSettings & {
  /** Minutes of the higher timeframes, ascending: 5 and 15 always, besides those that the trend condition names. */
  readonly timeframes: readonly number[];
};

/** The thresholds of the momentum strategy's conditions (semantics §4). */
export type StrategySettings = SettingsOf<(typeof CONDITIONS)[number]>;

/** One step of the take-profit ladder. */
export interface TakeProfitLevel {
  /** Above the entry fill price. */
  readonly gain: Ratio;
  /** Of the original size. */
  readonly position: Ratio;
  /** True at the level that brings the sum to 100 %: it sells exactly what remains. */
  readonly sellsRest: boolean;
}

/** Sizing, exits and limits (semantics §5). */
export interface RiskSettings {
  readonly maxPositionSize: Ratio;
  readonly stopLoss: Ratio;
  /** Ascending by gain. */
  readonly takeProfitLevels: readonly TakeProfitLevel[];
  readonly trailingStop: { readonly activation: Ratio; readonly offset: Ratio };
  readonly maxOpenPositions: number;
  readonly cooldownMs: DurationMs;
  readonly maxOpportunityAgeMs: DurationMs;
}

/** What a fill costs where no order book tells. */
export interface CostSettings {
  readonly takerFee: Ratio;
  /** The whole spread; a fill pays half of it. */
  readonly spread: Ratio;
  readonly slippage: Ratio;
}

/** Which markets are tradable (semantics §3): what each rule declares as its settings, and what all of them share. */
export type FilteringSettings = RuleSettings & {
  readonly refreshMs: DurationMs;
  /** What a rule says of a value that is not known. */
  readonly unknown: Readonly<Record<RuleName, 'pass' | 'fail'>>;
};

/** The whole configuration, checked, in ratios and milliseconds, frozen. Made only from a document by `lib/settings`. */
export interface Settings {
  readonly exchange: {
    readonly name: 'kraken';
    readonly url: string | null;
    readonly clockSpeed: number;
    readonly rateLimitRetries: number;
    readonly backoffFactor: number;
    readonly timeoutMs: DurationMs;
  };
  readonly filtering: FilteringSettings;
  readonly indicators: IndicatorSettings;
  readonly strategy: StrategySettings;
  readonly risk: RiskSettings;
  readonly portfolio: { readonly initialBalance: Money; readonly currency: string };
  readonly costs: CostSettings;
  readonly data: {
    readonly maxQuietMinutes: number;
    readonly maxJump: Ratio;
    readonly archiveDir: string | null;
  };
  readonly labels: { readonly horizonsMinutes: readonly number[]; readonly maxHoldingMinutes: number };
  readonly application: {
    readonly opportunityScanIntervalMs: DurationMs;
    readonly positionCheckIntervalMs: DurationMs;
    readonly snapshotIntervalMs: DurationMs;
    readonly loggingLevel: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL';
    /** At least 8; null: for ever. */
    readonly marketDataStorageDays: number | null;
  };
  readonly database: {
    /** `embedded`, or the URL of a PostgreSQL. A secret. */
    readonly connectionString: string;
    readonly poolSize: number;
    readonly maxOverflow: number;
    /** Where the embedded database lives; relative to the bot's own folder. */
    readonly dataDir: string;
  };
}

/** Settings with the stored version of the configuration that they are of: whatever is decided with the ones is stored under the other. */
export interface InForce {
  readonly settings: Settings;
  /** The id of the configuration's row; 0 where nothing is stored under it, as in a backtest's own streams. */
  readonly configurationId: number;
}

/** Settings under which nothing is stored. */
export const unversioned = (settings: Settings): InForce => ({ settings, configurationId: 0 });

/** A configuration as it was read: what is recorded with every run. */
export interface Configuration {
  readonly settings: Settings;
  /** The document with every default filled in, in the units of config.yaml, secrets replaced by `[redacted]`. */
  readonly document: Readonly<Record<string, unknown>>;
  /**
   * SHA-256 (hex) of the canonical JSON of `document` without `database`: the same meaning has the same hash, wherever the
   * data lie.
   */
  readonly hash: string;
}
