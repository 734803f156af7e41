import type { Wallet } from '../settings/strategy-entry.js';
import type { RequestedColumns } from '../indicators/request.js';
import type { Strategy } from './condition.js';
import { MOMENTUM } from './momentum.js';

/** A strategy of a run, with its parameters. */
export interface StrategySetup {
  /** Unique within a run. */
  readonly name: string;
  /** Where it comes from: `momentum`, or the path of a file as the user wrote it. */
  readonly use: string;
  readonly strategy: Strategy;
  /** Exactly one strategy of a run has the main wallet. */
  readonly wallet: Wallet;
  /** The columns that it requests besides those of the settings. */
  readonly requested: readonly RequestedColumns[];
  /** Whether it reads how a market relates to the others (`breadth`, …). */
  readonly readsContext: boolean;
  /** The values of a file's parameters; of `momentum`, those that differ from the settings. */
  readonly parameters: Readonly<Record<string, number | boolean | string>>;
  /**
   * All that decides besides the code, its risk included, as recorded with its version; default its
   * parameters.
   */
  readonly deciding?: Readonly<Record<string, number | boolean | string>>;
  /** SHA-256 of what runs: the file with all that it imports; null for a strategy of the bot. */
  readonly sourceHash: string | null;
}

/** The strategy of a run that names none. */
export const MOMENTUM_SETUP: StrategySetup = {
  name: MOMENTUM.name,
  use: MOMENTUM.name,
  strategy: MOMENTUM,
  wallet: 'main',
  requested: [],
  readsContext: false,
  parameters: {},
  sourceHash: null,
};

/**
 * Whether the strategies in force after a change need earlier candles that were not computed for
 * those before it: files that are new or have changed.
 */
export const needCandles = (before: readonly StrategySetup[], now: readonly StrategySetup[]): boolean =>
  now.some(({ strategy, sourceHash }) => sourceHash !== null && !before.some(one => one.strategy === strategy));

/** What a run records of a strategy. */
export const strategyOfRun = ({ name, use, wallet, parameters, sourceHash }: StrategySetup) => ({
  name,
  use,
  wallet,
  parameters,
  sourceHash,
});

/** What is recorded with a version of a strategy. */
export const decidingStrategy = ({ deciding, ...setup }: StrategySetup) => ({
  ...strategyOfRun(setup),
  parameters: deciding ?? setup.parameters,
});
