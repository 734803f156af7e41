import type { Client } from 'pg';
import { reachMs, type CandleHistory } from '../../../exchange/candle-history.js';
import type { ExchangeMarket } from '../../../exchange/ports.js';
import { HISTORY_CANDLES, timeframeHistoryOf } from '../../../indicators/timeframe-history.js';
import { WARM_UP_MS } from '../../../indicators/warm-up.js';
import type { LaneStart } from '../../../market-data/lanes.js';
import type { OpenedMarkets, RecoveryStore, Session, StoredTimeframes } from '../../../market-data/ports.js';
import type { IndicatorSettings } from '../../../settings/settings.js';
import type { Tape } from '../../../tape.js';
import type { Tracked } from '../../../universe/tracked.js';
import { DAY_MS, MINUTE_MS, wholeMinute, type DurationMs, type EpochMs } from '../../../units.js';
import { connectForBulk, type Connection } from '../../database/index.js';
import { knownCandles, seriesBefore } from '../candles/known.js';
import { readTapesOnOwnConnection } from '../candles/read-apart.js';
import { storedTapes } from '../candles/stored-tapes.js';
import { guarded } from '../errors.js';
import type { Store } from '../index.js';
import type { Persistent } from '../persistent.js';
import type { LiveStore } from './index.js';
import { verdictsOfRun } from './verdicts.js';

/** Options of `openRecovery`. */
export interface RecoveryOptions {
  readonly store: Store;
  readonly live: LiveStore;
  readonly connection: Connection;
  readonly runId: number;
  /** The candles that the exchange serves. */
  readonly history: CandleHistory;
  /** Between two refreshes of the universe. */
  readonly refreshMs: DurationMs;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  readonly persistent: Persistent;
}

const MINUTES_PER_TAPE = 240;
const FAR_MS = 400 * DAY_MS;

/**
 * Where a market's stored candles end, and its last stored minutes, which the exchange may have
 * revised since.
 */
const startOf = async (client: Client, history: CandleHistory, id: number, time: EpochMs): Promise<LaneStart> => {
  const from = wholeMinute(time - reachMs(history));
  const series = await seriesBefore(client, id, time + FAR_MS);
  if (Number.isNaN(series.at)) return { series, from };
  const first = series.at - (history.candlesBack - 1) * MINUTE_MS;
  const before = await seriesBefore(client, id, first);
  const candles = await knownCandles(client, id, first, series.at, 'all');
  const other = await knownCandles(client, id, first, series.at, 'otherwise');
  const others = new Set(other.at.subarray(0, other.length));
  return { series, from, stored: { candles, before, given: { has: at => !others.has(at) } } };
};

const DECIDED = `
  select cryptocurrency_id as id, extract(epoch from max(timestamp))::float8 * 1000 as at from market_data
  where run_id = $1 and timestamp >= to_timestamp($2) group by 1`;

/** Where a run resumes each market, by lane. */
const standingOf = async (
  client: Client,
  { runId, refreshMs, history }: Pick<RecoveryOptions, 'runId' | 'refreshMs' | 'history'>,
  ids: readonly number[],
  time: EpochMs,
): Promise<Pick<OpenedMarkets, 'starts' | 'undecided' | 'period' | 'said'>> => {
  const starts: LaneStart[] = [];
  for (const id of ids) starts.push(await startOf(client, history, id, time));
  const decided = await client.query<{ id: number; at: number }>(DECIDED, [runId, (time - FAR_MS) / 1000]);
  const decidedAt = new Map(decided.rows.map(({ id, at }) => [id, at]));
  const last = decidedAt.size > 0 ? Math.max(...decidedAt.values()) : null;
  const undecided = ids.map(id => {
    const at = decidedAt.get(id) ?? -Infinity;
    if (last === null) return wholeMinute(time);
    return (at < last - reachMs(history) ? last : at) + MINUTE_MS;
  });
  const period = { from: Math.min(...undecided), to: Infinity };
  const said = await verdictsOfRun(client, runId, ids, period.from - refreshMs, time + FAR_MS);
  return { starts, undecided, period, said };
};

/** The stored side of recovery. Each operation is retried until it succeeds. */
export const openRecovery = ({
  store,
  live,
  connection,
  runId,
  refreshMs,
  history,
  now,
  persistent,
}: RecoveryOptions): RecoveryStore => {
  const warmUpFrom = (time: EpochMs): EpochMs => Math.max(wholeMinute(time) - WARM_UP_MS, 0);

  const open = async ({ traded, auxiliary }: Tracked, listed: readonly ExchangeMarket[]): Promise<OpenedMarkets> => {
    const symbols = [...traded, ...auxiliary];
    const time = now();
    const rows = await persistent('entering markets', () => store.ensureMarkets(symbols, listed));
    const rowOf = new Map(rows.map(row => [row.symbol, row]));
    const ids = symbols.map(symbol => rowOf.get(symbol)!.id);
    const marketOf = new Map(listed.map(market => [market.symbol, market]));
    const heldSymbols = new Set(await persistent('reading held markets', () => live.heldSymbols(runId)));
    await persistent('making partitions', () => live.ensurePartitions(time - reachMs(history), time));
    const standing = await persistent('reading where the markets stand', () =>
      guarded('reading where the markets stand', async () => {
        const client = await connectForBulk(connection);
        return standingOf(client, { runId, refreshMs, history }, ids, time).finally(() =>
          client.end().catch(() => undefined),
        );
      }),
    );
    return {
      traded,
      auxiliary,
      symbols,
      ids,
      listings: symbols.map((symbol, lane) => ({
        market: marketOf.get(symbol) ?? rowOf.get(symbol)!,
        firstCandleAt: NaN,
        auxiliary: lane >= traded.length,
        sector: rowOf.get(symbol)?.sector ?? null,
      })),
      ...standing,
      held: symbols.map(symbol => heldSymbols.has(symbol)),
    };
  };

  const timeframeHistory = async (
    { ids }: OpenedMarkets,
    { timeframes }: IndicatorSettings,
  ): Promise<StoredTimeframes> => {
    const from = warmUpFrom(now());
    const order = {
      ids,
      timeframes,
      from: from - HISTORY_CANDLES * Math.max(...timeframes) * MINUTE_MS,
      to: now() + MINUTE_MS,
    };
    const known = timeframeHistoryOf(
      await persistent('reading higher candles', () => live.timeframeCandles(order)),
      ids,
    );
    const stretches = await persistent('reading stretches', () => live.lastStretches(ids, from));
    return { known, stretches: ids.map(id => stretches.get(id)) };
  };

  const session = async (opened: OpenedMarkets, indicators: IndicatorSettings): Promise<Session> => {
    const { ids, starts } = opened;
    const { known } = await timeframeHistory(opened, indicators);
    const firstOf = await persistent('reading first candles', () => live.firstKnown(ids));
    const ends = starts.map(({ series }) => series.at).filter(at => !Number.isNaN(at));
    const from = warmUpFrom(now());
    const to = Math.max(-Infinity, ...ends) + MINUTE_MS;
    const lanes = ids.map(id => ({ id }));
    const tapes = (since: EpochMs) => readTapesOnOwnConnection(connection, lanes, since, to, MINUTES_PER_TAPE);
    return {
      ...opened,
      listings: opened.listings.map((listing, lane) => ({
        ...listing,
        firstCandleAt: firstOf.get(ids[lane]!) ?? NaN,
      })),
      timeframeHistory: known,
      stored: async function* (): AsyncGenerator<Tape> {
        if (to > from) yield* storedTapes(persistent, tapes, from);
      },
    };
  };

  return {
    open,
    timeframeHistory,
    session,
    savePrimes: (marketId, minutes, rows) =>
      persistent('saving higher candles', () => live.saveTimeframeCandles(marketId, minutes, rows)),
  };
};
