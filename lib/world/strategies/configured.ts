import { dirname, relative, resolve } from 'node:path';
import type { Settings } from '../../settings/settings.js';
import { flatOverrides } from '../../settings/overrides.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../strategy/setup.js';
import { loadStrategy } from './load.js';

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
      setups.push({ ...MOMENTUM_SETUP, name, wallet, parameters: flatOverrides(parameters) });
      continue;
    }
    const path = relative(process.cwd(), resolve(dirname(file), use));
    setups.push((await loadStrategy({ file: path, name, wallet, parameters, indicators })).setup);
  }
  return setups;
};
