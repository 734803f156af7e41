import type { StrategyOfRun } from '../../entities/run.js';
import { UserError } from '../../lib/errors.js';
import type { Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';

/**
 * The strategy of a run's main wallet. Throws `UserError` if its file is missing or not the same any
 * more.
 */
export const setupOfRun = async (
  { id, strategies: [strategy] }: { readonly id: number; readonly strategies: readonly StrategyOfRun[] },
  settings: Settings,
): Promise<StrategySetup> => {
  if (!strategy || strategy.sourceHash === null) return MOMENTUM_SETUP;
  const { use, name, parameters, sourceHash } = strategy;
  const { loadStrategy } = await import('../../lib/world/strategies/load.js');
  const { setup } = await loadStrategy({ file: use, name, parameters, indicators: settings.indicators });
  if (setup.sourceHash !== sourceHash)
    throw new UserError(
      [
        `${use} has changed since run ${id}: it is ${setup.sourceHash!.slice(0, 12)} now, and was ${sourceHash.slice(0, 12)}.`,
        'Only the file that decided can explain it: restore it, or run the backtest again.',
      ],
      1,
    );
  return setup;
};
