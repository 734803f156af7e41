import type { ExchangeName } from '../exchange/adapters.js';
import type { OwnSettings } from '../indicators/catalogue.js';
import type { ExitSettings } from '../portfolio/exit-catalogue.js';
import type { ProtectionSettings } from '../portfolio/protection-catalogue.js';
import type { SizingSettings } from '../portfolio/sizing-catalogue.js';
import type { SinkSettings } from '../sinks/catalogue.js';
import type { CONDITIONS } from '../strategy/conditions/index.js';
import type { StrategySetup } from '../strategy/setup.js';
import type { RuleName, RuleSettings } from '../universe/catalogue.js';
import type { SettingsOf } from './fragment.js';
import type { StrategyEntry } from './strategy-entry.js';
import type { DurationMs, Money, Ratio } from '../units.js';

/** The periods of all indicators, which determine the columns and their values. */
export type IndicatorSettings = OwnSettings & {
  /** Minutes of the higher timeframes, ascending: 5, 15 and those of the trend condition. */
  readonly timeframes: readonly number[];
};

/** The thresholds of the momentum strategy's conditions (semantics §4). */
export type StrategySettings = SettingsOf<(typeof CONDITIONS)[number]>;

/** Limits (semantics §5), and the settings that the exit and sizing rules declare. */
export type RiskSettings = ExitSettings &
  SizingSettings & {
    readonly protections: ProtectionSettings;
    readonly maxOpenPositions: number;
    readonly cooldownMs: DurationMs;
    readonly maxOpportunityAgeMs: DurationMs;
  };

/** Costs of a fill without an order book. */
export interface CostSettings {
  readonly takerFee: Ratio;
  /** The full spread; a fill pays half of it. */
  readonly spread: Ratio;
  readonly slippage: Ratio;
}

/** Selection of tradable markets (semantics §3): each rule's settings, and the shared ones. */
export type FilteringSettings = RuleSettings & {
  readonly refreshMs: DurationMs;
  /** Result of a rule whose value is unknown. */
  readonly unknown: Readonly<Record<RuleName, 'pass' | 'fail'>>;
};

/** A strategy of a run, with the settings that it overrides. */
export interface ConfiguredStrategy extends StrategyEntry {
  /** Its own conditions and risk; null if it overrides nothing. See `settingsFor`. */
  readonly own: { readonly strategy: StrategySettings; readonly risk: RiskSettings } | null;
}

/** The checked configuration in ratios and milliseconds, frozen. Created only by `lib/settings`. */
export interface Settings {
  readonly exchange: {
    readonly name: ExchangeName;
    readonly url: string | null;
    readonly clockSpeed: number;
    readonly rateLimitRetries: number;
    readonly backoffFactor: number;
    readonly timeoutMs: DurationMs;
  };
  readonly filtering: FilteringSettings;
  /** What decides; the first has the main wallet. */
  readonly strategies: readonly ConfiguredStrategy[];
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
  readonly application: SinkSettings & {
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
    /** Folder of the embedded database, relative to the bot's own folder. */
    readonly dataDir: string;
  };
}

/** Settings with their stored configuration version, under which decisions are stored. */
export interface InForce {
  readonly settings: Settings;
  /** Id of the configuration's row; 0 if nothing is stored under it, as within a backtest. */
  readonly configurationId: number;
  /** The strategies of the run, the first of them with the main wallet; default momentum alone. */
  readonly strategies?: readonly StrategySetup[];
  /** The ids of their recorded versions, by name; missing where none are recorded. */
  readonly strategyVersions?: ReadonlyMap<string, number>;
}

/** Settings without a stored version. */
export const unversioned = (settings: Settings): InForce => ({ settings, configurationId: 0 });

/** A configuration as read and recorded with every run. */
export interface Configuration {
  readonly settings: Settings;
  /**
   * The document with every default filled in, in the units of config.yaml, secrets replaced by
   * `[redacted]`.
   */
  readonly document: Readonly<Record<string, unknown>>;
  /**
   * SHA-256 (hex) of the canonical JSON of `document` without `database`: equal configurations have
   * the same hash, whatever their database.
   */
  readonly hash: string;
  /** Its strategies, if they were loaded; that of the main wallet first. */
  readonly strategies?: readonly StrategySetup[];
}
