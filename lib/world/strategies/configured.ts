import { dirname, relative, resolve } from 'node:path';
import type { Settings } from '../../settings/settings.js';
import type { Overrides } from '../../settings/strategy-entry.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../strategy/setup.js';
import { loadStrategy } from './load.js';

/** Overridden keys by their dotted names: `roc.thresholds`. */
const flatValues = (overrides: Overrides, prefix = ''): StrategySetup['parameters'] =>
  Object.assign(
    {},
    ...Object.entries(overrides).map(([key, value]) => {
      const name = `${prefix}${key}`;
      if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
        return { [name]: value };
      return Array.isArray(value) ? { [name]: value.join(', ') } : flatValues(value as Overrides, `${name}.`);
    }),
  ) as StrategySetup['parameters'];

/**
 * The strategies of a configuration, that of the main wallet first. Files are found from the folder
 * of the configuration file. Throws `UserError` for one that does not load.
 */
export const configuredStrategies = async ({
  file,
  settings: { strategies, indicators },
}: {
  readonly file: string;
  readonly settings: Settings;
}): Promise<readonly StrategySetup[]> => {
  const setups: StrategySetup[] = [];
  for (const { name, use, wallet, parameters } of strategies) {
    if (use === MOMENTUM_SETUP.use) {
      setups.push({ ...MOMENTUM_SETUP, name, wallet, parameters: flatValues(parameters) });
      continue;
    }
    const path = relative(process.cwd(), resolve(dirname(file), use));
    setups.push((await loadStrategy({ file: path, name, wallet, parameters, indicators })).setup);
  }
  return setups;
};
