import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import type { BacktestReport } from '../../lib/report/document.js';
import type { StrategySetup } from '../../lib/strategy/setup.js';
import { fittingMinutes } from '../../lib/tape.js';
import type { Period } from '../../streams/strategies.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';
import type { Past } from './past.js';

/** A backtest that is ready to run: what `prepare` made of a validated request. */
export interface BacktestJob {
  /** Source of the candles: the store, or a generated market. */
  readonly past: Past;
  /** That of the main wallet first. */
  readonly strategies: readonly StrategySetup[];
  /** from ≤ t < to; the candles of the warm-up before it are read as well. */
  readonly period: Period;
  /** Changes the speed, never the result; undefined: as many as suit the number of markets. */
  readonly minutesPerTape: number | undefined;
  /** Seed of a generated market. */
  readonly seed: number | undefined;
  /** Shown at the head of the report. */
  readonly warnings: readonly string[];
  /** Whether it is stored as a run. */
  readonly isRecorded: boolean;
  /** Its name among the runs; null: none. */
  readonly label: string | null;
}

/**
 * Runs a backtest. If it is recorded, trades and equity are stored as they arrive, and the run ends
 * as completed with its report and metrics, as aborted, or as failed. Throws `Aborted` after
 * Ctrl-C, `UserError` for what the user or the database did.
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
