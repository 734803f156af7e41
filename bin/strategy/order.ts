import { UserError } from '../../lib/errors.js';
import type { Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { configuredStrategies } from '../../lib/world/strategies/configured.js';
import { loadStrategy, type LoadedStrategy } from '../../lib/world/strategies/load.js';

import type { CommandWorld } from '../world.js';

/** Options that choose a strategy, as parsed. */
export interface StrategyOptions {
  /** `momentum`, or a file. */
  readonly strategy?: string;
  /** `name=value`, or `strategy.name=value`. */
  readonly set?: readonly string[];
}

const EXPECTED = 'expected name=value, as period=40';

const valueOf = (text: string): number | boolean | string => {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
};

/** The parameters given on the command line. Throws `UserError`. */
export const givenParameters = (set: readonly string[] = []): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    set.map(text => {
      const [, name, value] = /^(?:[a-z][a-z0-9_]*\.)?([A-Za-z][A-Za-z0-9_]*)=(.+)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new UserError([`--set is "${text}": ${EXPECTED}`]);
      return [name, valueOf(value)];
    }),
  );

/** Loads a strategy file with the parameters of the command line. Throws `UserError`. */
export const loadGiven = (
  file: string,
  set: readonly string[] | undefined,
  settings: Settings,
): Promise<LoadedStrategy> => loadStrategy({ file, parameters: givenParameters(set), indicators: settings.indicators });

/**
 * The strategies of a command: one alone that it names, default those of the configuration, that of
 * the main wallet first. Throws `UserError`.
 */
export const chosenStrategies = async (
  { strategy, set }: StrategyOptions,
  configuration: CommandWorld['configuration'],
): Promise<readonly StrategySetup[]> => {
  if (strategy !== undefined && strategy !== MOMENTUM_SETUP.use)
    return [(await loadGiven(strategy, set, configuration.settings)).setup];
  if (set && set.length > 0)
    throw new UserError([
      '--set changes a parameter of a strategy file: it goes with --strategy FILE.',
      "momentum's parameters are in momentum_strategy of the configuration file.",
    ]);
  return strategy === undefined ? configuredStrategies(configuration) : [MOMENTUM_SETUP];
};

/**
 * The strategy of a command that uses one: default the main one of the configuration. Throws
 * `UserError`.
 */
export const chosenStrategy = async (
  options: StrategyOptions,
  configuration: CommandWorld['configuration'],
): Promise<StrategySetup> => (await chosenStrategies(options, configuration))[0]!;
