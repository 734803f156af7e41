import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import type { BacktestReport } from '../../lib/report/document.js';
import type { StrategySetup } from '../../lib/strategy/setup.js';
import { fittingMinutes } from '../../lib/tape.js';
import type { Period } from '../../streams/strategies.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';
import type { Past } from './past.js';

/** A backtest that is ready to run. */
export interface BacktestJob {
  readonly past: Past;
  readonly strategy: StrategySetup;
  readonly period: Period;
  readonly minutesPerTape: number | undefined;
  /** Seed of a generated market. */
  readonly seed: number | undefined;
  readonly warnings: readonly string[];
  /** Whether it is stored as a run. */
  readonly isRecorded: boolean;
}

/**
 * Runs a backtest. If it is recorded, trades and equity are stored as they arrive, and the run ends
 * as completed with its report and metrics, as aborted, or as failed.
 */
export const runBacktest = async (
  world: CommandWorld,
  job: BacktestJob,
  terminal: Terminal,
): Promise<BacktestReport> => {
  const { past, period } = job;
  const markets = past.listings;
  const start = period.from - WARM_UP_MS;
  // Starts reading in parallel with loading the graph and the store.
  const reading = new AbortController();
  const tapes = past.tapes({
    from: start,
    to: period.to,
    minutesPerTape: job.minutesPerTape ?? fittingMinutes(markets.length),
    signal: AbortSignal.any([terminal.signal, reading.signal]),
  });
  try {
    const { played } = await import('./play.js');
    return await played(world, job, tapes, terminal);
  } finally {
    reading.abort();
  }
};
