import type { Client } from 'pg';
import type { StrategyOfRun } from '../../entities/run.js';
import { UserError } from '../../lib/errors.js';
import { symbolOf } from '../../lib/exchange/adapters.js';
import { isoTime } from '../../lib/report/time.js';
import {
  explain,
  runText,
  type ExplainedRun,
  type MinuteRecord,
  type OtherDecision,
  type StoredMinute,
} from '../../lib/report/why.js';
import { settingsFor } from '../../lib/settings/settings-for.js';
import { settingsOfDocument } from '../../lib/settings/recorded.js';
import type { Settings } from '../../lib/settings/settings.js';
import { priceNamed } from '../../lib/indicators/request.js';
import { columnsOf, comparisonsOf, laggedIn, valueNameOf } from '../../lib/strategy/condition.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { readCoveringRuns, readRunFor, type CoveringRun } from '../../lib/world/store/covering.js';
import {
  readMarketId,
  readMinute,
  readNeighbours,
  readOpportunities,
  readVerdicts,
} from '../../lib/world/store/minute.js';
import { readVersionsOfRun } from '../../lib/world/store/strategy-versions.js';
import { readWholeVersions } from '../../lib/world/store/versions.js';
import type { DecidedMinute } from '../../streams/minute.js';
import { parseTime } from '../arguments.js';
import { renderWhy } from '../report/why.js';
import { recordedSetup, strategyNamed, type RunWithStrategies } from '../strategy/of-run.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead, type CommandWorld } from '../world.js';

/** The options of `bot why`, as parsed. */
export interface WhyOptions extends DatabaseChoice {
  readonly json?: boolean;
  readonly run?: number;
  readonly strategy?: string;
}

interface Place {
  readonly id: number;
  readonly symbol: string;
  readonly at: EpochMs;
}

const notStored = async (client: Client, { id, symbol, at }: Place, more: readonly string[]): Promise<UserError> => {
  const { before, after } = await readNeighbours(client, id, at);
  const nearest = [before && `before it ${isoTime(before.getTime())}`, after && `after it ${isoTime(after.getTime())}`];
  const known = nearest.filter(text => text !== null);
  return new UserError(
    [
      `${symbol}: the minute ${isoTime(at)} is not stored.`,
      known.length > 0 ? `The nearest stored minutes: ${known.join(', ')}.` : 'No minute of this market is stored.',
      ...more,
    ],
    1,
  );
};

const briefOf = ({ id, mode, status, seed }: CoveringRun): ExplainedRun => ({ id, mode, status, seed });
const isDone = ({ mode, status }: CoveringRun): boolean => mode !== 'backtest' || status === 'completed';

/** Why the requested run cannot be explained. */
const notCovered = (run: CoveringRun, { symbol, at }: Place, covering: readonly CoveringRun[]): UserError => {
  const period =
    run.from === null ? '' : `: it covers ${isoTime(run.from)} to ${isoTime(run.to!)}, ${run.symbols.join(', ')}`;
  const others = covering.map(runText).join(', ');
  return new UserError(
    [
      `${runText(run)} did not decide on ${symbol} at ${isoTime(at)}${period}.`,
      others === '' ? 'No run did.' : `These did: ${others}.`,
    ],
    1,
  );
};

/** The requested run, by default the last one that covers the minute; null if none does. */
const chosenRun = async (
  client: Client,
  place: Place,
  covering: readonly CoveringRun[],
  asked: number | undefined,
): Promise<CoveringRun | null> => {
  if (asked === undefined) return covering.find(isDone) ?? null;
  const run = await readRunFor(client, asked, place, place.at);
  if (!run) throw new UserError([`--run: there is no run ${asked} ("bot status" lists the last ones)`]);
  if (!run.covers) throw notCovered(run, place, covering);
  return run;
};

const settingsOfRun = async (client: Client, { id, configurationId }: CoveringRun): Promise<Settings> => {
  const [version] = await readWholeVersions(client, [configurationId]);
  try {
    return settingsOfDocument(version!.configuration ?? {});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError([`This version of the bot refuses the configuration of run ${id}:`, ...error.lines], 1);
  }
};

/** A minute as seen by a backtest: its stored or generated candle. */
const minuteOf = (stored: StoredMinute | null, run: CoveringRun, found: DecidedMinute): StoredMinute => {
  const { candle, decision, indicators } = found;
  const decided = { decision, indicators, runId: run.id, configurationId: run.configurationId };
  if (stored && run.seed === null) return { ...stored, firstSeen: null, ...decided };
  const { open, high, low, close, volume, cell } = candle!;
  const flags = { quiet: cell === Cell.quiet, suspect: cell === Cell.suspect };
  return {
    open,
    high,
    low,
    close,
    volume,
    ...flags,
    source: 'synthetic',
    revisedAt: null,
    firstSeen: null,
    exits: null,
    shadows: null,
    decidedAt: null,
    ...decided,
  };
};

type Found = Pick<
  MinuteRecord,
  'minute' | 'before' | 'terms' | 'strategy' | 'strategyName' | 'hasExit' | 'others' | 'verdicts' | 'isReplayed'
>;

const known = (strategy: string, decision: string): OtherDecision => ({ strategy, decision, reason: null });

/** The explained strategy of a backtest, and the others; those that cannot be replayed with the reason. */
const setupsOf = async (run: CoveringRun, settings: Settings, name: string | undefined) => {
  const explained = strategyNamed(run, name);
  const setups = [await recordedSetup(run.id, explained, settings)];
  const unknown: OtherDecision[] = [];
  for (const other of run.strategies.filter(one => one !== explained))
    try {
      setups.push(await recordedSetup(run.id, other, settings));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unknown.push({ strategy: other.name, decision: null, reason: error.lines[0]! });
    }
  return { setups, unknown };
};

/** A backtest's decision, by replaying its period up to the minute. */
const replayed = async (
  world: CommandWorld,
  place: Place,
  run: CoveringRun,
  name: string | undefined,
  signal: AbortSignal,
): Promise<Found> => {
  const { client } = world;
  const stored = await readMinute(client, place.id, place.at);
  const settings = await settingsOfRun(client, run);
  const { replayMinute } = await import('../why/replay.js');
  const { setups, unknown } = await setupsOf(run, settings, name);
  const setup = setups[0]!;
  const found = await replayMinute(world, run, settings, setups, place.symbol, place.at, signal);
  if (!found.candle && (!stored || run.seed !== null))
    throw await notStored(client, place, [`${runText(run)} treats it as a gap and decides nothing there.`]);
  const judged = found.verdicts.map(({ at, ...verdict }) => ({ ...verdict, at: new Date(at) }));
  const recordedBy = run.verdictsOfRun ?? null;
  const verdicts =
    judged.length > 0 || recordedBy === null ? judged : await readVerdicts(client, recordedBy, place.id, place.at);
  const minute = minuteOf(stored, run, found);
  const { before } = found;
  return {
    minute,
    before,
    terms: settingsFor(settings, setup.name),
    strategy: setup.strategy,
    strategyName: setup.name,
    hasExit: found.hasExit,
    others: [...found.others.map(({ strategy, decision: other }) => known(strategy, other)), ...unknown],
    verdicts,
    isReplayed: true,
  };
};

/** The stored values of earlier minutes that a strategy reads. */
const storedBefore = async (
  client: Client,
  { id, at }: Place,
  { strategy }: StrategySetup,
  settings: Settings,
): Promise<MinuteRecord['before']> => {
  const before: Record<string, number | null> = {};
  for (const { column, lag } of laggedIn(columnsOf(comparisonsOf(strategy, settings)))) {
    const stored = await readMinute(client, id, at - lag * MINUTE_MS);
    const price = priceNamed(column);
    before[valueNameOf({ column, lag })] = (price ? stored?.[price] : stored?.indicators?.[column]) ?? null;
  }
  return before;
};

/** The strategies of a live run at the moment of a decision, the main one first. */
const strategiesThen = async (
  client: Client,
  run: CoveringRun,
  settings: Settings,
  decidedAt: Date | null,
): Promise<RunWithStrategies> => {
  const versions = await readVersionsOfRun(client, run.id);
  const at = decidedAt?.getTime() ?? Infinity;
  const strategies = settings.strategies.flatMap((entry): readonly StrategyOfRun[] => {
    const ofName = versions.filter(({ name }) => name === entry.name);
    const version = ofName.findLast(one => one.at <= at) ?? ofName[0];
    if (entry.use === MOMENTUM_SETUP.use)
      return [{ name: entry.name, use: entry.use, wallet: entry.wallet, parameters: {}, sourceHash: null }];
    if (!version) return run.strategies.filter(({ name }) => name === entry.name);
    const { name, use, wallet, sourceHash } = version;
    const parameters = version.parameters as StrategyOfRun['parameters'];
    return [{ name, use, wallet, parameters, sourceHash }];
  });
  return strategies.length > 0 ? { id: run.id, strategies } : run;
};

/** A live run's record of the minute; without a run, only the stored minute. */
const recorded = async (
  client: Client,
  place: Place,
  run: CoveringRun | null,
  name: string | undefined,
): Promise<Found> => {
  const { id, at } = place;
  const stored = await readMinute(client, id, at);
  if (!stored) throw await notStored(client, place, []);
  const isOwn = run !== null && stored.runId === run.id && stored.decision !== null;
  const opportunity =
    isOwn || !run ? undefined : (await readOpportunities(client, id, at, name)).find(({ runId }) => runId === run.id);
  const minute: StoredMinute = isOwn
    ? stored
    : {
        ...stored,
        decision: opportunity ? 'opportunity' : null,
        shadows: null,
        runId: run?.id ?? null,
        configurationId: opportunity?.configurationId ?? null,
      };
  const settings =
    minute.configurationId === null || !run
      ? null
      : await settingsOfRun(client, { ...run, configurationId: minute.configurationId });
  if (!run || !settings)
    return {
      minute,
      before: {},
      terms: null,
      strategy: MOMENTUM_SETUP.strategy,
      strategyName: null,
      hasExit: null,
      others: [],
      verdicts: run ? await readVerdicts(client, run.id, id, at) : [],
      isReplayed: false,
    };
  const then = await strategiesThen(client, run, settings, isOwn ? stored.decidedAt : null);
  const explained = strategyNamed(then, name);
  const main = then.strategies[0]?.name ?? explained.name;
  const { decision, shadows } = minute;
  const all = [
    ...(decision === null ? [] : [known(main, decision)]),
    ...then.strategies
      .slice(1)
      .flatMap(one => (shadows?.[one.name] === undefined ? [] : [known(one.name, shadows[one.name]!)])),
  ];
  const own = isOwn ? all.find(({ strategy }) => strategy === explained.name) : known(explained.name, minute.decision!);
  const setup = await recordedSetup(run.id, explained, settings);
  const terms = settingsFor(settings, setup.name);
  return {
    minute: { ...minute, decision: own?.decision ?? null },
    before: await storedBefore(client, place, setup, terms),
    terms,
    strategy: setup.strategy,
    strategyName: setup.name,
    hasExit: isOwn && setup.strategy.exits ? (minute.exits ?? []).includes(setup.name) : null,
    others: isOwn ? all.filter(({ strategy }) => strategy !== explained.name) : [],
    verdicts: await readVerdicts(client, run.id, id, at),
    isReplayed: false,
  };
};

const readRecord = async (
  world: CommandWorld,
  place: Place,
  { run: asked, strategy: name }: Pick<WhyOptions, 'run' | 'strategy'>,
  signal: AbortSignal,
): Promise<MinuteRecord> => {
  const { client } = world;
  const { id, symbol, at } = place;
  const covering = await readCoveringRuns(client, place, at);
  const run = await chosenRun(client, place, covering, asked);
  const found =
    run?.mode === 'backtest'
      ? await replayed(world, place, run, name, signal)
      : await recorded(client, place, run, name);
  const isMain = found.strategyName === null || found.strategyName === (run?.strategies[0]?.name ?? found.strategyName);
  return {
    market: symbol,
    at,
    run: run && briefOf(run),
    ...found,
    otherRuns: covering.filter(other => other.id !== run?.id && isDone(other)).map(briefOf),
    opportunities: await readOpportunities(client, id, at, name ?? (isMain ? undefined : found.strategyName)),
  };
};

/** `bot why MARKET TIME`: a run's decision on a minute, every value beside its threshold. */
export const whyCommand = async (
  name: string,
  time: string,
  options: WhyOptions,
  terminal: Terminal,
): Promise<void> => {
  const symbol = symbolOf(name);
  if (symbol === null) throw new UserError([`"${name}" is no market: expected BASE/QUOTE, as BTC/USD`]);
  const at = parseTime('time', time);
  await withWorldToRead(options, terminal, async world => {
    const id = await readMarketId(world.client, symbol);
    if (id === null) throw new UserError([`${symbol} is not stored: "bot status" lists the markets that are`]);
    const why = explain(await readRecord(world, { id, symbol, at }, options, terminal.signal));
    terminal.out(options.json ? JSON.stringify(why, null, 2) : renderWhy(why, terminal.colours, terminal.width));
  });
};
