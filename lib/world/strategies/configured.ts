import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../errors.js';
import { flatten } from '../../settings/diff.js';
import { documentOf, flatOverrides } from '../../settings/overrides.js';
import type { FileReading } from '../../settings/reload.js';
import type { Document } from '../../settings/schema.js';
import type { Configuration, Settings } from '../../settings/settings.js';
import type { Overrides, StrategyEntry } from '../../settings/strategy-entry.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../strategy/setup.js';
import { bundleStrategy } from './bundle.js';
import { loadStrategy } from './load.js';
import { isOfFile, strategyPath, type StrategySources } from './sources.js';

/** A configuration whose strategies are loaded, with the file that it was read from. */
export interface NamingStrategies {
  readonly file: string;
  readonly settings: Settings;
  readonly document?: Configuration['document'];
}

/** The strategies in force so far. */
type InForce = Pick<Configuration, 'settings' | 'strategies'>;

const decidingOf = (
  entry: StrategyEntry,
  parameters: StrategySetup['parameters'],
  document?: Configuration['document'],
): StrategySetup['parameters'] => {
  const own = document && (documentOf(document as unknown as Document, entry) ?? document);
  return {
    ...(own && !isOfFile(entry) ? flatOverrides(own['momentum_strategy'] as Overrides) : parameters),
    ...flatOverrides(entry.risk, 'risk.'),
  };
};

/** The entry that was in force under the name of this one, if it names the same file and parameters. */
const sameEntry = (entry: StrategyEntry, { settings }: InForce): StrategyEntry | undefined =>
  settings.strategies.find(
    ({ name, use, parameters }) =>
      name === entry.name && use === entry.use && isDeepStrictEqual(parameters, entry.parameters),
  );

/** The strategies of a configuration, and why some of them keep the version in force. */
export interface Reloaded {
  readonly strategies: readonly StrategySetup[];
  readonly kept: readonly string[];
}

/**
 * The strategies of a configuration, that of the main wallet first. A strategy that is as it was in
 * `before`, its file included, keeps its state: it has the same `strategy`. One whose file alone has
 * changed, and does not load, stays as it was, with the reason in `kept`. Throws `UserError` for any
 * other that does not load. `sources` remembers the files that were read.
 */
export const reloadedStrategies = async (
  { file, settings, document }: NamingStrategies,
  before: InForce | null,
  sources?: StrategySources,
): Promise<Reloaded> => {
  const strategies: StrategySetup[] = [];
  const kept: string[] = [];
  const { indicators } = settings;
  for (const entry of settings.strategies) {
    const { name, wallet, parameters } = entry;
    if (!isOfFile(entry)) {
      const own = flatOverrides(parameters);
      strategies.push({
        ...MOMENTUM_SETUP,
        name,
        wallet,
        parameters: own,
        deciding: decidingOf(entry, own, document),
      });
      continue;
    }
    const path = strategyPath(file, entry);
    const isSame = before !== null && sameEntry(entry, before) !== undefined;
    const known = isSame ? before.strategies?.find(one => one.name === name) : undefined;
    const take = (setup: StrategySetup): void =>
      void strategies.push({ ...setup, wallet, deciding: decidingOf(entry, setup.parameters) });
    try {
      const bundle = await bundleStrategy(path).catch((error: unknown) => {
        sources?.failed(path);
        throw error;
      });
      sources?.read(path, bundle.sources);
      const isAsBefore =
        known?.sourceHash === bundle.hash && isDeepStrictEqual(before?.settings.indicators, indicators);
      take(
        isAsBefore ? known : (await loadStrategy({ file: path, name, wallet, parameters, indicators }, bundle)).setup,
      );
    } catch (error) {
      if (!(error instanceof UserError) || !known) throw error;
      kept.push(...error.lines);
      take(known);
    }
  }
  return { strategies, kept };
};

/**
 * The strategies of a configuration, that of the main wallet first. Files are found from the folder
 * of the configuration file. Throws `UserError` for one that does not load.
 */
export const configuredStrategies = async (
  configuration: NamingStrategies,
  sources?: StrategySources,
): Promise<readonly StrategySetup[]> => (await reloadedStrategies(configuration, null, sources)).strategies;

/** A reading whose strategies do not load. The content is the same in every process of a run. */
const refusedReading = (configuration: Configuration, { lines }: UserError): FileReading => ({
  content: createHash('sha256')
    .update([configuration.hash, ...lines].join('\n'))
    .digest('hex'),
  problems: lines,
  draft: new Map(flatten(configuration.document)),
});

/**
 * Loads the strategies of a reading of the configuration file: for the process that evaluates them.
 * A reading whose strategies do not load becomes a refused one.
 */
export const withStrategies =
  (file: string, sources: StrategySources) =>
  async (reading: FileReading, inForce: Configuration): Promise<FileReading> => {
    if ('problems' in reading) return reading;
    const { configuration } = reading;
    try {
      const { strategies, kept } = await reloadedStrategies({ file, ...configuration }, inForce, sources);
      return { ...reading, configuration: { ...configuration, strategies }, kept };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return refusedReading(configuration, error);
    }
  };

/**
 * Refuses a reading whose new or changed strategies do not load, as `withStrategies` does, but keeps
 * none of them: for a process that does not evaluate them.
 */
export const withStrategiesTried =
  (file: string, sources: StrategySources) =>
  async (reading: FileReading, inForce: Configuration): Promise<FileReading> => {
    if ('problems' in reading) return reading;
    const { configuration } = reading;
    const { settings } = configuration;
    const strategies = settings.strategies.filter(entry => isOfFile(entry) && !sameEntry(entry, inForce));
    try {
      await configuredStrategies({ file, settings: { ...settings, strategies } }, sources);
      return reading;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return refusedReading(configuration, error);
    }
  };
