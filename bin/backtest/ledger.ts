import { Aborted } from '../../lib/errors.js';
import type { PositionEvent } from '../../lib/portfolio/events.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { keptReport } from '../../lib/report/stored-report.js';
import type { EquityMark } from '../../lib/portfolio/mark.js';
import { strategyOfRun } from '../../lib/strategy/setup.js';
import type { EpochMs } from '../../lib/units.js';
import { codeVersion } from '../../lib/world/version.js';
import type { CommandWorld } from '../world.js';
import type { BacktestJob } from './run.js';

/** The stored part of a step, without the tape. */
export interface LedgerChanges {
  /** The name of the strategy whose wallet changed. */
  readonly strategy: string;
  readonly at: EpochMs;
  readonly events: readonly PositionEvent[];
  readonly marks: readonly EquityMark[];
}

/** Record of a backtest. */
export interface Ledger {
  /** The run's number; null if nothing is recorded. */
  readonly run: number | null;
  save(changes: readonly LedgerChanges[]): Promise<void>;
  /** Ends the run with its report. */
  complete(report: BacktestReport): Promise<void>;
  /** Ends the run as aborted or failed, and throws the error to report. */
  fail(error: unknown): Promise<never>;
}

/** The ledger of a backtest that stores nothing. */
export const NO_LEDGER: Ledger = {
  run: null,
  save: () => Promise.resolve(),
  complete: () => Promise.resolve(),
  fail: error => {
    throw error;
  },
};

/** Starts a recorded run: trades and equity are stored as they arrive. */
export const openLedger = async (
  world: CommandWorld,
  { past, period, seed, strategies, label }: Pick<BacktestJob, 'past' | 'period' | 'seed' | 'strategies' | 'label'>,
): Promise<Ledger> => {
  const { configuration } = world;
  const store = await world.store();
  const ids = await past.ids();
  const run = await store.startRun({
    mode: 'backtest',
    marketSource: past.source,
    codeVersion: codeVersion(),
    symbols: past.listings.slice(0, past.traded).map(({ market }) => market.symbol),
    configuration,
    initialBalance: configuration.settings.portfolio.initialBalance,
    strategies: strategies.map(strategyOfRun),
    ...period,
    ...(seed === undefined ? {} : { seed: String(seed) }),
    ...(label !== null && { notes: label }),
  });
  const { configurationId } = run;
  return {
    run: run.id,
    save: async changes => {
      for (const { name } of strategies) {
        const own = changes.filter(({ strategy }) => strategy === name);
        const events = own.flatMap(change => change.events);
        const marks = own.flatMap(change => change.marks);
        await store.saveChanges({ runId: run.id, strategy: name, configurationId, ids }, events, marks);
      }
    },
    complete: async report => {
      for (const { strategy, metrics } of [report, ...report.shadows])
        await store.saveMetrics({ runId: run.id, strategy: strategy.name }, period.to, configurationId, metrics);
      await run.finish('completed', { finalBalance: report.metrics.finalBalance!, report: keptReport(report) });
    },
    fail: async error => {
      const aborted = error instanceof Aborted;
      const ended = aborted ? 'stopped by the user' : 'ended by an error';
      const notes = label === null ? ended : `${label}; ${ended}`;
      await run.finish(aborted ? 'aborted' : 'failed', { notes }).catch(() => undefined); // the first error counts
      throw aborted ? new Aborted(`Stopped. Run ${run.id} is marked as aborted; its trades are not a result.`) : error;
    },
  };
};
