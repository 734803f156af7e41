import type { Client } from 'pg';
import { map } from 'rxjs';
import { MEMORY_MINUTES } from '../../lib/live/memory.js';
import type { LaneStart } from '../../lib/live/lanes.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { PRIME_CANDLES, primesOf, type Primes } from '../../lib/indicators/primes.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs, wholeMinute } from '../../lib/units.js';
import type { LaneVerdicts } from '../../lib/universe/recorded.js';
import type { Listing } from '../../lib/universe/universe.js';
import { connectForBulk } from '../../lib/world/database/index.js';
import { knownCandles, seriesBefore } from '../../lib/world/store/candles/known.js';
import { readTapesApart } from '../../lib/world/store/candles/read-apart.js';
import { verdictsOfRun } from '../../lib/world/store/live/verdicts.js';
import { guarded } from '../../lib/world/store/errors.js';
import { asked } from '../../streams/asked.js';
import type { Period } from '../../streams/momentum.js';
import { primes as primeEvents } from '../../streams/sources/primes.js';
import { drain } from '../drain.js';
import type { Facts } from './facts.js';
import { storedTapes } from './stored-tapes.js';
import type { RunWorld } from './world.js';

/** The markets that are followed, and where each of them stands. */
export interface Following {
  /** By lane: those that are decided on, then those that only give prices. */
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  readonly traded: number;
  readonly listings: readonly Listing[];
  readonly starts: readonly LaneStart[];
  readonly period: Period;
  /** By lane: the first minute that is to be decided on. A kill leaves some markets a minute further than others. */
  readonly undecided: readonly EpochMs[];
  readonly primes: Primes | undefined;
  /** By lane: what this run said of the market at the refreshes since the last candle that it decided on. */
  readonly said: readonly LaneVerdicts[];
  /** The stored tapes of the warm-up. */
  readonly stored: () => AsyncGenerator<Tape>;
  readonly isHeld: (market: number) => boolean;
}

/** The exchange has 720 minutes; a few are left for asking. */
const REACH_MS = 715 * MINUTE_MS;
const MINUTES_PER_TAPE = 240;
/** How often the candles of higher timeframes are asked for that did not come. */
const PRIME_ROUNDS = 3;
const FAR_MS = 400 * 86_400_000;

/** The candles of higher timeframes that stand for what lies before the stored minutes; what the store lacks is asked for first. */
const primesFor = async (
  { live, stored, exchange, now, settings, log, link, alive }: RunWorld,
  symbols: readonly string[],
  ids: readonly number[],
  from: EpochMs,
): Promise<Primes | undefined> => {
  const { timeframes } = settings().indicators;
  const order = {
    ...{ ids, timeframes, to: now() + MINUTE_MS },
    from: from - PRIME_CANDLES * Math.max(...timeframes) * MINUTE_MS,
  };
  const read = async () => primesOf(await stored('reading higher candles', () => live.timeframeCandles(order)), ids);
  const stretches = await stored('reading stretches', () => live.lastStretches(ids, from));
  let failures = 0;
  const asking = (known: Primes | undefined) =>
    primeEvents({
      ...{ now, speed: settings().exchange.clockSpeed, timeframes, known },
      stretches: ids.map(id => stretches.get(id)),
      ask: (market, minutes, since) =>
        asked(signal =>
          exchange.ohlc(symbols[market]!, minutes, since, { rank: 'warm_up', withinMs: 2 * MINUTE_MS, signal }),
        ),
      save: (market, minutes, rows) =>
        stored('saving higher candles', () => live.saveTimeframeCandles(ids[market]!, minutes, rows)),
    }).pipe(
      map(event => {
        link.beat();
        void alive();
        if (event.kind !== 'trouble') return;
        failures++;
        log.warn(
          { market: symbols[event.market], repeatKey: `higher candles ${event.reason}` },
          `its ${event.minutes}-minute candles did not come (${event.reason}): their indicators begin later`,
        );
      }),
    );
  // What is lacking now is lacking for fifty hours: an exchange that was away for a moment is asked again.
  for (let round = 0; round < PRIME_ROUNDS && (round === 0 || failures > 0); round++) {
    failures = 0;
    await drain(asking(await read()), link.signal);
  }
  return read();
};

/** Where a market's stored candles end, and its last stored minutes, which the exchange may have revised since. */
const startOf = async (client: Client, id: number, time: EpochMs): Promise<LaneStart> => {
  const from = wholeMinute(time - REACH_MS);
  const series = await seriesBefore(client, id, time + FAR_MS);
  if (Number.isNaN(series.at)) return { series, from };
  const first = series.at - (MEMORY_MINUTES - 1) * MINUTE_MS;
  const before = await seriesBefore(client, id, first);
  const candles = await knownCandles(client, id, first, series.at, 'all');
  const other = await knownCandles(client, id, first, series.at, 'otherwise');
  const others = new Set(other.at.subarray(0, other.length));
  return { series, from, stored: { candles, before, given: { has: at => !others.has(at) } } };
};

/** Where markets stand that a run goes on with, by lane. */
const standingOf = async (
  client: Client,
  { run, settings }: Pick<RunWorld, 'run' | 'settings'>,
  ids: readonly number[],
  time: EpochMs,
): Promise<Pick<Following, 'starts' | 'undecided' | 'period' | 'said'>> => {
  const starts: LaneStart[] = [];
  for (const id of ids) starts.push(await startOf(client, id, time));
  const decided = await client.query<{ id: number; at: number }>(
    `select cryptocurrency_id as id, extract(epoch from max(timestamp))::float8 * 1000 as at from market_data
     where run_id = $1 and timestamp >= to_timestamp($2) group by 1`,
    [run.id, (time - FAR_MS) / 1000],
  );
  const decidedAt = new Map(decided.rows.map(({ id, at }) => [id, at]));
  const last = decidedAt.size > 0 ? Math.max(...decidedAt.values()) : null;
  const undecided = ids.map(id => {
    const at = decidedAt.get(id) ?? -Infinity;
    if (last === null) return wholeMinute(time);
    return (at < last - REACH_MS ? last : at) + MINUTE_MS;
  });
  const period = { from: Math.min(...undecided), to: Infinity };
  const { refreshMs } = settings().filtering;
  const said = await verdictsOfRun(client, run.id, ids, period.from - refreshMs, time + FAR_MS);
  return { starts, undecided, period, said };
};

/** Opens the markets as they are stored. What they lack is then asked of the exchange. */
export const openFollowing = async (
  world: RunWorld,
  facts: Facts,
  traded: readonly string[],
  auxiliary: readonly string[],
): Promise<Following> => {
  const { store, live, database, now, run, stored, log, settings } = world;
  const symbols = [...traded, ...auxiliary];
  const time = now();
  const rows = await stored('entering markets', () => store.ensureMarkets(symbols, facts.listed().markets));
  const rowOf = new Map(rows.map(row => [row.symbol, row]));
  const ids = symbols.map(symbol => rowOf.get(symbol)!.id);
  const marketOf = new Map(facts.listed().markets.map(market => [market.symbol, market]));
  const held = new Set(await stored('reading what is held', () => live.heldSymbols(run.id)));
  await stored('making partitions', () => live.ensurePartitions(time - REACH_MS, time));

  const standing = await stored('reading where the markets stand', () =>
    guarded('reading where the markets stand', async () => {
      const client = await connectForBulk(database.connection);
      return standingOf(client, { run, settings }, ids, time).finally(() => client.end().catch(() => undefined));
    }),
  );
  const { starts, undecided, period, said } = standing;
  const lasts = starts.map(({ series }) => series.at).filter(at => !Number.isNaN(at));
  const to = lasts.length > 0 ? Math.max(...lasts) + MINUTE_MS : time;
  const from = Math.max(wholeMinute(time) - WARM_UP_MS, 0);
  const tapes = (since: EpochMs) =>
    readTapesApart(
      database.connection,
      ids.map(id => ({ id })),
      since,
      to,
      MINUTES_PER_TAPE,
    );

  log.info(`follows ${traded.length} markets, and ${auxiliary.length} for their prices`);
  const primes = await primesFor(world, symbols, ids, from);
  const firstOf = await stored('reading first candles', () => live.firstKnown(ids));
  return {
    symbols,
    ids,
    traded: traded.length,
    listings: symbols.map((symbol, lane) => ({
      market: marketOf.get(symbol) ?? rowOf.get(symbol)!,
      firstCandleAt: firstOf.get(ids[lane]!) ?? NaN,
      auxiliary: lane >= traded.length,
      sector: rowOf.get(symbol)?.sector ?? null,
    })),
    starts,
    period,
    undecided,
    primes,
    said,
    stored: async function* () {
      if (lasts.length > 0 && to > from) yield* storedTapes(stored, tapes, from);
    },
    isHeld: market => held.has(symbols[market]!),
  };
};
