import { UserError } from '../../lib/errors.js';
import type { ConfiguredStrategy, Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { configuredStrategies } from '../../lib/world/strategies/configured.js';
import { loadStrategy, type LoadedStrategy } from '../../lib/world/strategies/load.js';

import type { CommandWorld } from '../world.js';

/** Options that choose a strategy, as parsed. */
export interface StrategyOptions {
  /** `momentum`, a file, or the name of a strategy of the configuration. */
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

/** One of the configured strategies alone, which then has the main wallet. */
const configuredAlone = async (
  entry: ConfiguredStrategy,
  set: readonly string[] | undefined,
  { file, settings }: CommandWorld['configuration'],
): Promise<readonly StrategySetup[]> => {
  const alone = { ...entry, wallet: 'main' as const, parameters: { ...entry.parameters, ...givenParameters(set) } };
  return configuredStrategies({ file, settings: { ...settings, strategies: [alone] } });
};

/**
 * The strategies of a command: one alone, a file or one that the configuration names, default all of
 * the configuration, that of the main wallet first. Throws `UserError`.
 */
export const chosenStrategies = async (
  { strategy, set }: StrategyOptions,
  configuration: CommandWorld['configuration'],
): Promise<readonly StrategySetup[]> => {
  const entry = configuration.settings.strategies.find(({ name }) => name === strategy);
  const isMomentum = strategy === undefined || (entry?.use ?? strategy) === MOMENTUM_SETUP.use;
  if (isMomentum && set && set.length > 0)
    throw new UserError([
      '--set changes a parameter of a strategy file: it goes with --strategy FILE.',
      "momentum's parameters are in momentum_strategy of the configuration file.",
    ]);
  if (strategy === undefined) return configuredStrategies(configuration);
  if (entry) return configuredAlone(entry, set, configuration);
  return isMomentum ? [MOMENTUM_SETUP] : [(await loadGiven(strategy, set, configuration.settings)).setup];
};

/**
 * The strategy of a command that uses one: default the main one of the configuration. Throws
 * `UserError`.
 */
export const chosenStrategy = async (
  options: StrategyOptions,
  configuration: CommandWorld['configuration'],
): Promise<StrategySetup> => {
  const { strategies } = configuration.settings;
  const strategy = options.strategy ?? strategies[0]!.name;
  return (await chosenStrategies({ ...options, strategy }, configuration))[0]!;
};
