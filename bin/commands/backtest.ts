import { from, map, type Observable } from 'rxjs';
import { Aborted, UserError } from '../../lib/errors.js';
import { buildReport } from '../../lib/report/build.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { Tally, equityMarks, type EquityMark } from '../../lib/report/tally.js';
import type { PositionEvent } from '../../lib/position/events.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { rulesBeyondCandles } from '../../lib/universe/rules/index.js';
import { checkExportFolder, writeExport } from '../../lib/world/export-csv.js';
import type { RunHandle } from '../../lib/world/store/index.js';
import { codeVersion } from '../../lib/world/version.js';
import { backtest, type BacktestStep } from '../../streams/backtest.js';
import { narrate } from '../../streams/sinks/narrate.js';
import { persist } from '../../streams/sinks/persist.js';
import { parsePeriod, parseSymbols } from '../arguments.js';
import { WARM_UP_MS, storedPast, syntheticPast, type Past } from '../backtest/past.js';
import { verifiedLanes } from '../backtest/verify.js';
import { drain } from '../drain.js';
import { renderReport } from '../report/render.js';
import type { Terminal } from '../terminal.js';
import { withWorld, type World } from '../world.js';

export interface BacktestOptions {
  readonly from: string;
  readonly to: string;
  readonly symbols?: readonly string[];
  readonly config?: string;
  readonly json?: boolean;
  readonly export?: string;
  readonly synthetic?: boolean;
  readonly seed?: number;
  readonly verify?: boolean;
  readonly tapeMinutes?: number;
}

interface Period {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** What is stored of a step; the tape itself is let go. */
interface ChangeSet {
  readonly at: EpochMs;
  readonly events: readonly PositionEvent[];
  readonly marks: readonly EquityMark[];
}

const DEFAULT_SEED = 1;
/** A tape of a day at most, of fewer minutes where there are many markets: some 14,000 cells fit the processor's cache. */
const CELLS_A_TAPE = 14_400;
const minutesPerTape = (markets: number): number => Math.max(30, Math.min(1440, Math.floor(CELLS_A_TAPE / markets)));

const warningsOf = (past: Past, asked: Period): string[] => {
  const young = past.listings
    .slice(0, past.traded)
    .filter(({ firstCandleAt }) => firstCandleAt > asked.from - WARM_UP_MS);
  return [
    `universe not point-in-time: ${rulesBeyondCandles.join(', ')} not applied (nothing is stored to judge them by)`,
    ...(young.length > 0
      ? [
          `short history: ${young.map(({ market }) => market.symbol).join(', ')} ${young.length === 1 ? 'has' : 'have'} less than 10,800 minutes before --from; indicators and universe warm up inside the period`,
        ]
      : []),
  ];
};

/** Tallies a step and keeps of it what is stored. */
const tallied =
  (tally: Tally, { from }: Period) =>
  (step: BacktestStep): ChangeSet => {
    if (step.kind === 'settled') {
      const { change } = step;
      tally.add(change);
      return {
        at: change.tape.start + change.tape.minutes * MINUTE_MS,
        events: change.events,
        marks: equityMarks(change),
      };
    }
    const { at, equity, events } = step;
    tally.finish(equity, at, events);
    return { at: Math.max(at, from), events, marks: [{ at, kind: 'end', cash: equity, openValue: 0 }] };
  };

/** Plays the past through the bot, stores what happens and returns the report. */
const play = async (
  world: World,
  past: Past,
  asked: Period,
  run: RunHandle,
  configurationId: number,
  options: BacktestOptions,
  warnings: readonly string[],
  terminal: Terminal,
): Promise<BacktestReport> => {
  const { store, configuration } = world;
  const { settings } = configuration;
  const markets = past.listings.map(({ market }) => market);
  const tally = new Tally({ markets, traded: past.traded, ...asked, settings });
  const start = asked.from - WARM_UP_MS;
  const tapes = past.tapes(start, asked.to, options.tapeMinutes ?? minutesPerTape(markets.length));
  const progress = terminal.progress('Backtest', asked.to - start);
  const save = async (changes: readonly ChangeSet[]) => {
    const events = changes.flatMap(change => change.events);
    const marks = changes.flatMap(change => change.marks);
    await store.saveChanges(run.id, configurationId, past.ids, events, marks);
  };
  const changes$: Observable<ChangeSet> = backtest({
    tape$: from(tapes),
    settings,
    listings: past.listings,
    period: asked,
  }).pipe(
    map(tallied(tally, asked)),
    narrate(({ at }) => progress.at(at - start, new Date(at).toISOString().slice(0, 10))),
    persist(save),
  );
  try {
    await save([
      {
        at: asked.from,
        events: [],
        marks: [{ at: asked.from, kind: 'start', cash: settings.portfolio.initialBalance, openValue: 0 }],
      },
    ]);
    await drain(changes$, terminal.signal);
  } finally {
    progress.stop();
  }
  return buildReport({
    run: run.id,
    ...asked,
    markets: markets.slice(0, past.traded),
    configuration,
    performance: tally.performance,
    benchmarks: tally.benchmarks(),
    decisions: tally.decisions(),
    warnings,
  });
};

/** Runs a backtest as a recorded run: completed with its report, or marked as aborted or failed. */
const recorded = async (
  world: World,
  past: Past,
  asked: Period,
  options: BacktestOptions,
  warnings: readonly string[],
  terminal: Terminal,
): Promise<BacktestReport> => {
  const { store, configuration } = world;
  const configurationId = await store.saveConfiguration(configuration);
  const run = await store.startRun({
    mode: 'backtest',
    marketSource: past.source,
    codeVersion: codeVersion(),
    symbols: past.listings.slice(0, past.traded).map(({ market }) => market.symbol),
    configurationId,
    initialBalance: configuration.settings.portfolio.initialBalance,
    ...asked,
    ...(past.source === 'synthetic' ? { seed: String(options.seed ?? DEFAULT_SEED) } : {}),
  });
  try {
    const report = await play(world, past, asked, run, configurationId, options, warnings, terminal);
    await store.saveMetrics(run.id, asked.to, report.metrics);
    // Trades, equity and configuration are rows of their own.
    const kept = { ...report, trades: undefined, equity: undefined, configuration: undefined };
    await run.finish('completed', { finalBalance: report.metrics.finalBalance!, report: kept });
    return report;
  } catch (error) {
    const aborted = error instanceof Aborted;
    await run
      .finish(aborted ? 'aborted' : 'failed', { notes: aborted ? 'stopped by the user' : 'ended by an error' })
      .catch(() => undefined);
    if (aborted) throw new Aborted(`Stopped. Run ${run.id} is marked as aborted: its trades are no result.`);
    throw error;
  }
};

/** `bot backtest`: prints the report, or with `--json` one document; `--export` also writes CSV files. */
export const backtestCommand = async (options: BacktestOptions, terminal: Terminal): Promise<void> => {
  const period = parsePeriod(options.from, options.to);
  const symbols = options.symbols ? parseSymbols(options.symbols) : null;
  if (symbols?.length === 0) throw new UserError(['--symbols names no market: expected some, as BTC/USD,ETH/USD']);
  if (options.seed !== undefined && !options.synthetic)
    throw new UserError(['--seed is the seed of a generated market: it goes with --synthetic']);
  const asked = { ...period, symbols };
  if (options.export !== undefined) await checkExportFolder(options.export);
  const report = await withWorld(options, terminal, async world => {
    const all = options.synthetic
      ? await syntheticPast(world, asked, options.seed ?? DEFAULT_SEED)
      : await storedPast(world, asked);
    const { past, warnings } = options.verify
      ? await verifiedLanes(all, period, world.configuration.settings, terminal)
      : { past: all, warnings: [] };
    return recorded(world, past, period, options, [...warningsOf(past, period), ...warnings], terminal);
  });
  if (options.export !== undefined) await writeExport(options.export, report);
  terminal.out(options.json ? JSON.stringify(report, null, 2) : renderReport(report, terminal.colours, terminal.width));
};
