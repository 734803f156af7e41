import type { StrategyOfRun } from '../../entities/run.js';
import { UserError } from '../../lib/errors.js';
import type { Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP, strategyOfRun, type StrategySetup } from '../../lib/strategy/setup.js';

/** What a run records of its strategies, that of the main wallet first. */
export interface RunWithStrategies {
  readonly id: number;
  readonly strategies: readonly StrategyOfRun[];
}

/**
 * The recorded strategy of this name, by default the main one. Throws `UserError`, with the names
 * that there are, if the run has none.
 */
export const strategyNamed = ({ id, strategies }: RunWithStrategies, name?: string): StrategyOfRun => {
  const all = strategies.length > 0 ? strategies : [strategyOfRun(MOMENTUM_SETUP)];
  const found = name === undefined ? all[0] : all.find(one => one.name === name);
  if (found) return found;
  throw new UserError([
    `--strategy: run ${id} had no strategy "${name}" then; it had ${all.map(one => one.name).join(', ')}`,
  ]);
};

/** The parameters of a file: without the dotted names of overridden risk. */
const ownParameters = (parameters: StrategyOfRun['parameters']): StrategyOfRun['parameters'] =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.includes('.')));

/**
 * A strategy as a run recorded it. Throws `UserError` if its file is missing or not the same any
 * more.
 */
export const recordedSetup = async (
  runId: number,
  { name, use, wallet = 'main', parameters, sourceHash }: StrategyOfRun,
  settings: Settings,
): Promise<StrategySetup> => {
  if (sourceHash === null) return { ...MOMENTUM_SETUP, name, wallet };
  const { loadStrategy } = await import('../../lib/world/strategies/load.js');
  const { indicators } = settings;
  const { setup } = await loadStrategy({ file: use, name, wallet, parameters: ownParameters(parameters), indicators });
  if (setup.sourceHash !== sourceHash)
    throw new UserError(
      [
        `${use} has changed since run ${runId}: it is ${setup.sourceHash!.slice(0, 12)} now, and was ${sourceHash.slice(0, 12)}.`,
        'Only the file that decided can explain it: restore it, or run the backtest again.',
      ],
      1,
    );
  return setup;
};
