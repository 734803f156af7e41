import { from as fromIterable, map, of } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import { UserError } from '../../lib/errors.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import {
  Parity,
  type ComparedStrategy,
  type NotCompared,
  type ParityReport,
  type ReplayedTape,
} from '../../lib/report/parity.js';
import { TradeReplay } from '../../lib/report/parity-fills.js';
import type { StoredTrade } from '../../lib/report/stored-trade.js';
import { settingsOfDocument } from '../../lib/settings/recorded.js';
import type { Settings } from '../../lib/settings/settings.js';
import { decisionsOf } from '../../lib/strategy/decisions.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { fittingMinutes, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { ReadTapesAhead } from '../../lib/world/store/candles/read-ahead.js';
import { readRunStrategies } from '../../lib/world/store/covering.js';
import {
  newestLiveRun,
  readDecidedPeriod,
  readLiveOpportunities,
  readDecidedBeside,
} from '../../lib/world/store/parity.js';
import type { BookShelf } from '../../lib/world/store/stored-books.js';
import { readStoredTrades } from '../../lib/world/store/stored-trades.js';
import { readVersionsOfRun, type RecordedStrategy } from '../../lib/world/store/strategy-versions.js';
import { readWholeVersions } from '../../lib/world/store/versions.js';
import { decided } from '../../streams/training.js';
import { parseTime } from '../arguments.js';
import { settingsOfTrades } from '../journal/settings-of-trades.js';
import { storedPast } from '../backtest/past.js';
import { drain } from '../drain.js';
import { withStored, type InputTape } from '../export/inputs.js';
import { oneAhead } from '../export/one-ahead.js';
import type { RunWithStrategies } from '../strategy/of-run.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';

/** What is replayed; by default all that the newest live run decided. */
export interface ParityRequest {
  readonly run?: number;
  readonly from?: string;
  readonly to?: string;
}

/** Before and after all candles. */
const [EARLIEST, LATEST] = [Date.UTC(2000), Date.UTC(2100)];

/** A strategy that can be replayed, with when its version decided. */
interface Replayable {
  readonly setup: StrategySetup;
  /** The ids of its version, and of earlier ones that were the same. */
  readonly versions: ReadonlySet<number>;
  readonly spans?: ComparedStrategy['spans'];
}

/** When the versions of a strategy decided whose code is this: each until the next one. */
const spansOf = (versions: readonly RecordedStrategy[], sourceHash: string) => {
  const same = versions.flatMap((version, n) =>
    version.sourceHash === sourceHash
      ? [{ id: version.id, from: version.at, to: versions[n + 1]?.at ?? Infinity }]
      : [],
  );
  return { versions: new Set(same.map(({ id }) => id)), spans: same.map(({ from, to }) => ({ from, to })) };
};

/** The strategies of a configuration as a run recorded them, and those that cannot be replayed. */
const strategiesOf = async (
  { id, strategies }: RunWithStrategies,
  recorded: readonly RecordedStrategy[],
  settings: Settings,
): Promise<{ readonly found: readonly Replayable[]; readonly notCompared: readonly NotCompared[] }> => {
  const found: Replayable[] = [];
  const notCompared: NotCompared[] = [];
  for (const { name, use, wallet, parameters } of settings.strategies) {
    const versions = recorded.filter(one => one.name === name);
    const last = [...strategies.filter(one => one.name === name), ...versions].findLast(
      ({ sourceHash }) => sourceHash !== null,
    );
    if (!last || use === MOMENTUM_SETUP.use) {
      found.push({ setup: { ...MOMENTUM_SETUP, name, wallet }, versions: new Set(versions.map(one => one.id)) });
      continue;
    }
    const { loadStrategy } = await import('../../lib/world/strategies/load.js');
    try {
      const { indicators } = settings;
      const { setup } = await loadStrategy({ file: last.use, name, wallet, parameters, indicators });
      const hash = setup.sourceHash!;
      if (![...versions, last].some(({ sourceHash }) => sourceHash === hash))
        throw new UserError([
          `${last.use} has changed since run ${id}: it is ${hash.slice(0, 12)} now, and was ${last.sourceHash!.slice(0, 12)}.`,
        ]);
      found.push({ setup, ...(versions.length > 0 ? spansOf(versions, hash) : { versions: new Set<number>() }) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      notCompared.push({ name, reason: error.lines[0]! });
    }
  }
  return { found, notCompared };
};

/** Adds to each tape what is stored of it beside the decisions of the main strategy. */
const withBeside = async function* <T extends { readonly settled: Tape }>(
  client: CommandWorld['client'],
  run: number,
  tapes: AsyncIterable<T>,
  ids: readonly number[],
): AsyncGenerator<T & Pick<ReplayedTape, 'beside'>, void, undefined> {
  for await (const tape of tapes) yield { ...tape, beside: await readDecidedBeside(client, run, tape.settled, ids) };
};

/** Passes tapes on, each once the order books of its minutes are there. */
const withBooks = async function* <T extends { readonly settled: Tape }>(
  tapes: AsyncIterable<T>,
  shelf: BookShelf | null,
): AsyncGenerator<T, void, undefined> {
  for await (const tape of tapes) {
    const { start, minutes } = tape.settled;
    await shelf?.fetch(start, start + minutes * MINUTE_MS);
    yield tape;
  }
};

/**
 * Replays what a live run stored, with the settings and the strategies that decided, and compares
 * it. Throws `UserError` if there is no such run, or if the files of all its strategies have changed.
 */
export const replayedRun = async (
  world: CommandWorld,
  options: ParityRequest,
  terminal: Terminal,
  read: ReadTapesAhead,
): Promise<ParityReport> => {
  const { client } = world;
  const run = options.run ?? (await newestLiveRun(client));
  if (run === null) throw new UserError(['No live or simulated run is stored: bot run starts one.'], 1);
  const strategies = await readRunStrategies(client, run);
  if (!strategies)
    throw new UserError([`--run: there is no live or simulated run ${run} ("bot status" lists the last ones)`]);
  const asked = [
    options.from === undefined ? EARLIEST : parseTime('--from', options.from),
    options.to === undefined ? LATEST : parseTime('--to', options.to),
  ] as const;
  const period = await readDecidedPeriod(client, run, ...asked);
  if (!period) throw new UserError([`Run ${run} stored no decision in the period.`], 1);
  const [version] = await readWholeVersions(client, [period.configurationId]);
  const settings = settingsOfDocument(version!.configuration ?? {});
  const recorded = await readVersionsOfRun(client, run);
  const { found, notCompared: unloaded } = await strategiesOf({ id: run, strategies }, recorded, settings);
  const listed = new Set(settings.strategies.map(({ name }) => name));
  const others = new Set(recorded.map(({ name }) => name).filter(name => !listed.has(name)));
  const notCompared = [
    ...unloaded,
    ...[...others].map(name => ({
      name,
      reason: `configuration ${period.configurationId} does not list it; --from and --to choose a period of another configuration`,
    })),
  ];
  if (found.length === 0)
    throw new UserError(
      [
        ...unloaded.map(({ reason }) => reason),
        'Only the file that decided can explain it: restore it, or run the backtest again.',
      ],
      1,
    );
  const main = settings.strategies[0]!.name;
  const decisions = found.find(({ setup }) => setup.name === main)?.setup.strategy;
  const configuration = { ...world.configuration, settings };
  const then: CommandWorld = { ...world, configuration };
  const { from, to, symbols, configurationId } = period;
  const past = await storedPast(then, { from, to, symbols, verdictsOf: run }, read);
  const start = from - WARM_UP_MS;
  const live = await readLiveOpportunities(client, run, period);
  const trades = await readStoredTrades(client, run, period);
  const settingsOf = await settingsOfTrades(client, trades, document => settingsOfDocument(document ?? {}));
  const books = trades.length > 0 ? await past.books() : null;
  const markets = past.listings.map(({ market }) => market);
  const replayOf = (trade: StoredTrade): TradeReplay => {
    const { currency } = settings.portfolio;
    return new TradeReplay(trade, settingsOf(trade), {
      markets,
      currency,
      books,
    });
  };
  const parity = new Parity({
    run,
    configuration: configurationId,
    main,
    strategies: found.map(({ setup: { name, strategy }, versions, spans }) => {
      const isReplayed = (of: string, version: number | null) =>
        of === name && (version === null || versions.has(version));
      return {
        name,
        decisions: decisionsOf(strategy),
        opportunities: live.filter(one => isReplayed(one.strategy, one.version)),
        trades: trades.filter(one => isReplayed(one.strategy, one.opportunity.version)).map(replayOf),
        ...(spans && { spans }),
      };
    }),
    notCompared,
    symbols: past.listings.slice(0, past.traded).map(({ market }) => market.symbol),
    from,
    to,
    firstStored: past.listings.map(({ firstCandleAt }) => firstCandleAt),
    start,
  });
  const reading = new AbortController();
  const progress = terminal.progress('Parity', to - start);
  try {
    const tapes = past.tapes({
      from: start,
      to,
      minutesPerTape: fittingMinutes(past.listings.length),
      signal: AbortSignal.any([terminal.signal, reading.signal]),
    });
    const ids = await past.ids();
    const stored = withStored(then, tapes, ids, { from, to }, decisions && decisionsOf(decisions));
    const [{ setup, spans }] = found as readonly [Replayable, ...Replayable[]];
    const isPlain = settings.strategies.length === 1 && !spans && !setup.strategy.exits;
    const inputs = isPlain ? stored : withBeside(client, run, stored, ids);
    const verdicts = await past.verdicts();
    const ahead = oneAhead<InputTape & Pick<ReplayedTape, 'beside'>>(inputs);
    const tape$ = decided(fromIterable(withBooks(ahead, books)), {
      settings$: of({ settings, configurationId, strategies: found.map(({ setup }) => setup) }),
      listings: past.listings,
      recorded: verdicts?.recorded,
      period: { from, to },
      timeframeHistory: await past.timeframeHistory(settings.indicators.timeframes, { from: start, to }),
      context: contextOf(past.listings, settings.portfolio.currency),
    }).pipe(
      map(tape => {
        parity.add(tape);
        progress.at(tape.settled.start - start);
      }),
    );
    await drain(tape$, terminal.signal);
    return parity.report();
  } finally {
    progress.stop();
    reading.abort();
  }
};
