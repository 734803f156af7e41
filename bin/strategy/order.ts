import { UserError } from '../../lib/errors.js';
import { givenKeyOf } from '../../lib/settings/given.js';
import type { ConfiguredStrategy, Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { configuredStrategies } from '../../lib/world/strategies/configured.js';
import { loadStrategy, type LoadedStrategy } from '../../lib/world/strategies/load.js';
import { strategyPath } from '../../lib/world/strategies/sources.js';
import type { CommandWorld } from '../world.js';

/** Options that choose a strategy, as parsed. */
export interface StrategyOptions {
  /** `momentum`, a file, or the name of a strategy of the configuration. */
  readonly strategy?: string;
  /** `name=value`, `strategy.name=value`, or `section.key=value` of config.yaml, which is left out. */
  readonly set?: readonly string[];
}

const EXPECTED = 'expected name=value, as period=40 or risk_management.stop_loss_percentage=1';

const valueOf = (text: string): number | boolean | string => {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
};

/** A parameter given on the command line, and the strategy that it is for; null: the command's. */
interface Given {
  readonly strategy: string | null;
  readonly name: string;
  readonly value: number | boolean | string;
}

const givenIn = (set: readonly string[] = []): readonly Given[] =>
  set
    .filter(text => givenKeyOf(text) === null)
    .map(text => {
      const [, strategy = null, name, value] =
        /^(?:([a-z][a-z0-9_]*)\.)?([A-Za-z][A-Za-z0-9_]*)=(.+)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new UserError([`--set is "${text}": ${EXPECTED}`]);
      return { strategy, name, value: valueOf(value) };
    });

const valuesOf = (given: readonly Given[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(given.map(({ name, value }) => [name, value]));

/** The parameters given on the command line for a command's one strategy. Throws `UserError`. */
export const givenParameters = (set: readonly string[] = []): Readonly<Record<string, unknown>> =>
  valuesOf(givenIn(set));

/** Loads a strategy file with the parameters of the command line. Throws `UserError`. */
export const loadGiven = async (
  file: string,
  set: readonly string[] | undefined,
  settings: Settings,
): Promise<LoadedStrategy> => {
  const loaded = await loadStrategy({ file, parameters: givenParameters(set), indicators: settings.indicators });
  refuseOthers(givenIn(set), [loaded.setup.name]);
  return loaded;
};

/** An entry with the parameters given for it. Throws `UserError` if it is momentum. */
const withGiven = (entry: ConfiguredStrategy, given: readonly Given[]): ConfiguredStrategy => {
  if (given.length > 0 && entry.use === MOMENTUM_SETUP.use) throw setForMomentum();
  return { ...entry, parameters: { ...entry.parameters, ...valuesOf(given) } };
};

const setForMomentum = (): UserError =>
  new UserError([
    '--set name=value changes a parameter of a strategy file, which --strategy FILE names.',
    "momentum's parameters are in momentum_strategy: expected --set momentum_strategy.roc.thresholds=[0.3,0.6,1]",
  ]);

/** Refuses parameters that are given for a strategy which is none of these. Throws `UserError`. */
const refuseOthers = (given: readonly Given[], names: readonly string[]): void => {
  const other = given.find(({ strategy }) => strategy !== null && !names.includes(strategy));
  if (other)
    throw new UserError([
      `--set ${other.strategy}.${other.name}: there is no strategy ${other.strategy}, expected ${names.join(', ')}`,
    ]);
};

/** All strategies of a configuration, with the parameters given for them by name. */
const configuredWith = async (
  given: readonly Given[],
  { file, settings, document }: CommandWorld['configuration'],
): Promise<readonly StrategySetup[]> => {
  const { strategies } = settings;
  refuseOthers(
    given,
    strategies.map(({ name }) => name),
  );
  const entries = strategies.map((entry, n) =>
    withGiven(
      entry,
      given.filter(({ strategy }) => (strategy === null ? n === 0 : strategy === entry.name)),
    ),
  );
  return configuredStrategies({ file, settings: { ...settings, strategies: entries }, document });
};

/**
 * The strategies of a command: one alone, a file or one that the configuration names, default all of
 * the configuration, that of the main wallet first. Parameters that are given without the name of a
 * strategy are for the first. Throws `UserError`.
 */
export const chosenStrategies = async (
  { strategy, set }: StrategyOptions,
  configuration: CommandWorld['configuration'],
): Promise<readonly StrategySetup[]> => {
  const { settings } = configuration;
  const given = givenIn(set);
  if (strategy === undefined) return configuredWith(given, configuration);
  const entry = settings.strategies.find(({ name }) => name === strategy);
  if (entry) {
    const alone = { ...entry, wallet: 'main' as const };
    return configuredWith(given, { ...configuration, settings: { ...settings, strategies: [alone] } });
  }
  if (strategy !== MOMENTUM_SETUP.use) return [(await loadGiven(strategy, set, settings)).setup];
  if (given.length > 0) throw setForMomentum();
  return [MOMENTUM_SETUP];
};

/**
 * The file and the parameters of a strategy to check: of a file, or of one that the configuration
 * names. Throws `UserError` for momentum.
 */
export const fileToCheck = (
  strategy: string,
  set: readonly string[] | undefined,
  { file, settings }: Pick<CommandWorld['configuration'], 'file' | 'settings'>,
): { readonly file: string; readonly parameters: Readonly<Record<string, unknown>> } => {
  const entry = settings.strategies.find(({ name }) => name === strategy);
  if ((entry?.use ?? strategy) === MOMENTUM_SETUP.use)
    throw new UserError([`${strategy} is the momentum strategy of the bot: expected a strategy file to check`]);
  if (!entry) return { file: strategy, parameters: givenParameters(set) };
  return { file: strategyPath(file, entry), parameters: { ...entry.parameters, ...givenParameters(set) } };
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
