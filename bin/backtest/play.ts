import { bufferCount, from, map, type Observable } from 'rxjs';
import { Aborted } from '../../lib/errors.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import type { PositionEvent } from '../../lib/position/events.js';
import { buildReport } from '../../lib/report/build.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { Tally, equityMarks, type EquityMark } from '../../lib/report/tally.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import type { RunHandle, Store } from '../../lib/world/store/index.js';
import { withBooks } from '../../lib/world/store/stored-books.js';
import { codeVersion } from '../../lib/world/version.js';
import { backtest, type BacktestStep } from '../../streams/backtest.js';
import { narrate } from '../../streams/sinks/narrate.js';
import { persist } from '../../streams/sinks/persist.js';
import { drain } from '../drain.js';
import type { Terminal } from '../terminal.js';
import type { World } from '../world.js';
import type { Past, TapeOrder } from './past.js';
import type { Job } from './run.js';

/** What is stored of a step; the tape itself is let go. */
interface ChangeSet {
  readonly at: EpochMs;
  readonly events: readonly PositionEvent[];
  readonly marks: readonly EquityMark[];
}

/** Days that are saved together: a transaction for each day took a tenth of the time. */
const STEPS_A_SAVE = 64;

/** Tallies a step and keeps of it what is stored. */
const tallied =
  (tally: Tally) =>
  (step: BacktestStep): ChangeSet => {
    if (step.kind === 'settled') {
      const { events, tape } = step.change;
      tally.add(step.change);
      return { at: tape.start + tape.minutes * MINUTE_MS, events, marks: equityMarks(step.change) };
    }
    const { at, equity, events } = step;
    tally.finish(equity, at, events);
    return { at, events, marks: [{ at, kind: 'end', cash: equity, openValue: 0 }] };
  };

/** Parts of a report that are stored as rows. */
const ROWS_OF_THEIR_OWN: ReadonlySet<string> = new Set<keyof BacktestReport>(['trades', 'equity', 'configuration']);

const startRun = (
  store: Store,
  { configuration }: World,
  { past, period, seed }: Pick<Job, 'past' | 'period' | 'seed'>,
): Promise<RunHandle> =>
  store.startRun({
    mode: 'backtest',
    marketSource: past.source,
    codeVersion: codeVersion(),
    symbols: past.listings.slice(0, past.traded).map(({ market }) => market.symbol),
    configuration,
    initialBalance: configuration.settings.portfolio.initialBalance,
    ...period,
    ...(seed === undefined ? {} : { seed: String(seed) }),
  });

/** Names the markets whose series begin too late to be warm at the start of the period. */
const youngWarning = ({ listings, traded }: Past, knownBefore: readonly number[]): string[] => {
  const young = listings.slice(0, traded).filter((_, lane) => knownBefore[lane]! < WARM_UP_MS / MINUTE_MS);
  if (young.length === 0) return [];
  const names = young.map(({ market }) => market.symbol).join(', ');
  return [
    `short history: of ${names} less than the 10,800 minutes before --from are known; indicators and universe warm up inside the period`,
  ];
};

const endBadly = async (run: RunHandle, error: unknown): Promise<never> => {
  const aborted = error instanceof Aborted;
  const notes = aborted ? 'stopped by the user' : 'ended by an error';
  await run.finish(aborted ? 'aborted' : 'failed', { notes }).catch(() => undefined); // the first error counts
  throw aborted ? new Aborted(`Stopped. Run ${run.id} is marked as aborted: its trades are no result.`) : error;
};

/** What a backtest takes from the past besides its candles. */
const knownOf = async (past: Past, timeframes: readonly number[], period: Pick<TapeOrder, 'from' | 'to'>) => ({
  ids: await past.ids(),
  verdicts: await past.verdicts(),
  primes: await past.primes(timeframes, period),
  books: await past.books(),
});

/** Plays a job's tapes; see `runBacktest`. */
export const played = async (
  world: World,
  { past, period, seed, warnings }: Job,
  tapes: AsyncIterable<Tape>,
  terminal: Terminal,
): Promise<BacktestReport> => {
  const { configuration } = world;
  const { settings } = configuration;
  const markets = past.listings.map(({ market }) => market);
  const start = period.from - WARM_UP_MS;
  // The store has connections of its own; what is known of the past comes over one, which answers one question at a time.
  const [store, { ids, verdicts, primes, books }] = await Promise.all([
    world.store(),
    knownOf(past, settings.indicators.timeframes, { from: start, to: period.to }),
  ]);
  const run = await startRun(store, world, { past, period, seed });
  const { configurationId } = run;
  const tally = new Tally({ markets, traded: past.traded, ...period, settings });
  const progress = terminal.progress('Backtest', period.to - start);

  const save = (changes: readonly ChangeSet[]) => {
    const events = changes.flatMap(change => change.events);
    const marks = changes.flatMap(change => change.marks);
    return store.saveChanges(run.id, configurationId, ids, events, marks);
  };
  const changes$: Observable<readonly ChangeSet[]> = backtest({
    tape$: from(books ? withBooks(tapes, books) : tapes),
    settings,
    listings: past.listings,
    recorded: verdicts?.recorded,
    period,
    primes,
    books,
  }).pipe(
    map(tallied(tally)),
    narrate(({ at }) => progress.at(at - start, new Date(at).toISOString().slice(0, 10))),
    bufferCount(STEPS_A_SAVE),
    persist(steps => save(steps.flat())),
  );
  try {
    const { initialBalance: cash } = settings.portfolio;
    await save([{ at: period.from, events: [], marks: [{ at: period.from, kind: 'start', cash, openValue: 0 }] }]);
    await drain(changes$, terminal.signal);
    const report = buildReport({
      run: run.id,
      ...period,
      markets: markets.slice(0, past.traded),
      configuration,
      performance: tally.performance,
      benchmarks: tally.benchmarks(),
      decisions: tally.decisions(),
      cells: tally.cells(),
      walked: tally.walked(),
      universe: verdicts,
      warnings: [...warnings, ...youngWarning(past, tally.knownBefore())],
    });
    await store.saveMetrics(run.id, period.to, configurationId, report.metrics);
    const kept = Object.fromEntries(Object.entries(report).filter(([key]) => !ROWS_OF_THEIR_OWN.has(key)));
    await run.finish('completed', { finalBalance: report.metrics.finalBalance!, report: kept });
    return report;
  } catch (error) {
    return await endBadly(run, error);
  } finally {
    progress.stop();
  }
};
