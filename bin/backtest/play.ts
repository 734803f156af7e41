import { bufferCount, from, map, type Observable } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { buildReport, type StrategySource } from '../../lib/report/build.js';
import type { BacktestReport, ReportedCheck } from '../../lib/report/document.js';
import { StrategyTally, Tally, equityMarks } from '../../lib/report/tally.js';
import type { StrategySetup } from '../../lib/strategy/setup.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { readStrategyCheck } from '../../lib/world/store/strategy-checks.js';
import { withBooks } from '../../lib/world/store/stored-books.js';
import { backtest, type BacktestStep } from '../../streams/backtest.js';
import { log } from '../../streams/sinks/log.js';
import { persist } from '../../streams/sinks/persist.js';
import { drain } from '../drain.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';
import { NO_LEDGER, openLedger, type LedgerChanges } from './ledger.js';
import type { Past, TapeOrder } from './past.js';
import type { BacktestJob } from './run.js';

/** Days per transaction: one for each day took a tenth of the time. */
const STEPS_A_SAVE = 64;

/** Tallies a step and returns its stored part. */
const toChangeSet =
  (tallies: ReadonlyMap<string, StrategyTally>) =>
  (step: BacktestStep): LedgerChanges => {
    if (step.kind === 'settled') {
      const { events, tape, strategy } = step.change;
      tallies.get(strategy)!.add(step.change);
      return { strategy, at: tape.start + tape.minutes * MINUTE_MS, events, marks: equityMarks(step.change) };
    }
    const { at, equity, events, strategy } = step;
    tallies.get(strategy)!.finish(equity, at, events);
    return { strategy, at, events, marks: [{ at, kind: 'end', cash: equity, openValue: 0 }] };
  };

/** Warns of markets whose series start too late to be warm at the start of the period. */
const youngWarning = ({ listings, traded }: Past, knownBefore: readonly number[]): string[] => {
  const young = listings.slice(0, traded).filter((_, lane) => knownBefore[lane]! < WARM_UP_MS / MINUTE_MS);
  if (young.length === 0) return [];
  const names = young.map(({ market }) => market.symbol).join(', ');
  return [
    `short history: less than 10,800 minutes are stored before --from of ${names}; indicators and universe warm up inside the period`,
  ];
};

/** Further stored inputs of a backtest. */
const knownOf = async (past: Past, timeframes: readonly number[], period: Pick<TapeOrder, 'from' | 'to'>) => ({
  verdicts: await past.verdicts(),
  timeframeHistory: await past.timeframeHistory(timeframes, period),
  books: await past.books(),
});

/** The stored check of a strategy file. */
const checkOf = async (
  { client }: CommandWorld,
  { sourceHash, parameters }: StrategySetup,
): Promise<ReportedCheck | null> => {
  const check = sourceHash === null ? null : await readStrategyCheck(client, { sourceHash, parameters });
  return check && { ...check, checkedAt: check.checkedAt.toISOString() };
};

/** Plays a job's tapes; see `runBacktest`. */
export const played = async (
  world: CommandWorld,
  job: BacktestJob,
  tapes: AsyncIterable<Tape>,
  terminal: Terminal,
): Promise<BacktestReport> => {
  const { configuration } = world;
  const { settings } = configuration;
  const { past, period, strategies, warnings } = job;
  const markets = past.listings.map(({ market }) => market);
  const start = period.from - WARM_UP_MS;
  // The store has connections of its own; what is known of the past comes over one, which answers
  // one question at a time.
  const [, { verdicts, timeframeHistory, books }] = await Promise.all([
    job.isRecorded ? world.store() : null,
    knownOf(past, settings.indicators.timeframes, { from: start, to: period.to }),
  ]);
  const ledger = job.isRecorded ? await openLedger(world, job) : NO_LEDGER;
  const options = { markets, traded: past.traded, ...period, settings };
  const [main, ...shadows] = strategies as readonly [StrategySetup, ...StrategySetup[]];
  const tally = new Tally({ ...options, strategy: main.strategy });
  const tallies = new Map<string, StrategyTally>([
    [main.name, tally],
    ...shadows.map(({ name, strategy }) => [name, new StrategyTally({ ...options, strategy })] as const),
  ]);
  const progress = terminal.progress('Backtest', period.to - start);

  const changes$: Observable<readonly LedgerChanges[]> = backtest({
    tape$: from(books ? withBooks(tapes, books) : tapes),
    settings,
    listings: past.listings,
    recorded: verdicts?.recorded,
    strategies,
    context: strategies.some(({ readsContext }) => readsContext)
      ? contextOf(past.listings, settings.portfolio.currency)
      : undefined,
    period,
    timeframeHistory,
    books,
  }).pipe(
    map(toChangeSet(tallies)),
    log(({ at }) => progress.at(at - start, new Date(at).toISOString().slice(0, 10))),
    bufferCount(STEPS_A_SAVE),
    persist(steps => ledger.save(steps.flat())),
  );
  try {
    const { initialBalance: cash } = settings.portfolio;
    await ledger.save(
      strategies.map(({ name: strategy }) => ({
        strategy,
        at: period.from,
        events: [],
        marks: [{ at: period.from, kind: 'start', cash, openValue: 0 }],
      })),
    );
    await drain(changes$, terminal.signal);
    const sources: StrategySource[] = [];
    for (const setup of strategies) {
      const own = tallies.get(setup.name)!;
      sources.push({
        setup,
        check: await checkOf(world, setup),
        performance: own.performance,
        decisions: own.decisions(),
        walked: own.walked(),
        warnings: own.failures(),
      });
    }
    const report = buildReport({
      run: ledger.run,
      ...period,
      markets: markets.slice(0, past.traded),
      configuration,
      strategies: sources,
      benchmarks: tally.benchmarks(),
      cells: tally.cells(),
      universe: verdicts,
      warnings: [...warnings, ...youngWarning(past, tally.knownBefore())],
    });
    await ledger.complete(report);
    return report;
  } catch (error) {
    return await ledger.fail(error);
  } finally {
    progress.stop();
  }
};
