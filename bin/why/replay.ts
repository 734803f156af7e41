import { from, of } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { unversioned, type Settings } from '../../lib/settings/settings.js';
import type { StrategySetup } from '../../lib/strategy/setup.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { readTapesOnOwnConnection } from '../../lib/world/store/candles/read-apart.js';
import type { ReadTapesAhead } from '../../lib/world/store/candles/read-ahead.js';
import type { CoveringRun } from '../../lib/world/store/covering.js';
import { decidedMinute, type DecidedMinute } from '../../streams/minute.js';
import { storedPast, syntheticPast, type Asked } from '../backtest/past.js';
import { drain } from '../drain.js';
import type { CommandWorld } from '../world.js';

/** Reads few markets on a separate connection: starting a thread takes longer than reading them. */
const readHere: ReadTapesAhead = ({ connection, ids, from: start, to, minutesPerTape }) =>
  readTapesOnOwnConnection(
    connection,
    ids.map(id => ({ id })),
    start,
    to,
    minutesPerTape,
  );

/** Period of one read of a market: few tapes for a long period. */
const MINUTES_PER_TAPE = 1_440;

/**
 * A backtest's decision on a minute of one market: the graph replays the run's period up to that
 * minute with the run's settings and strategies, on the currently stored (or generated) candles. Other markets
 * matter only as currency prices. Throws `UserError` if no candles of the market are stored in the
 * period.
 */
export const replayMinute = async (
  world: CommandWorld,
  run: CoveringRun,
  settings: Settings,
  setups: readonly StrategySetup[],
  symbol: string,
  at: EpochMs,
  signal: AbortSignal,
): Promise<DecidedMinute> => {
  const then: CommandWorld = { ...world, configuration: { ...world.configuration, settings } };
  const period = { from: run.from!, to: run.to! };
  const asked: Asked = { ...period, symbols: [symbol], verdictsOf: run.verdictsOfRun };
  const past = run.seed === null ? await storedPast(then, asked, readHere) : syntheticPast(then, asked, run.seed);
  const begin = period.from - WARM_UP_MS;
  const verdicts = await past.verdicts();
  const timeframeHistory = await past.timeframeHistory(settings.indicators.timeframes, { from: begin, to: period.to });
  const tapes = past.tapes({ from: begin, to: at + MINUTE_MS, minutesPerTape: MINUTES_PER_TAPE, signal });
  const minute$ = decidedMinute(
    {
      tape$: from(tapes),
      settings$: of({ ...unversioned(settings), strategies: setups }),
      listings: past.listings,
      period,
      passing: true,
      timeframeHistory,
      recorded: verdicts?.recorded,
      context: setups.some(({ readsContext }) => readsContext)
        ? contextOf(past.listings, settings.portfolio.currency)
        : undefined,
    },
    0,
    at,
  );
  return (await drain(minute$, signal))!;
};
