import { setImmediate as turn } from 'node:timers/promises';
import { UserError } from '../../lib/errors.js';
import type { TimeframeHistory } from '../../lib/indicators/timeframe-history.js';
import type { Market } from '../../lib/market.js';
import { DEFAULT_SYNTHETIC_SYMBOLS, syntheticMarkets, syntheticTapes } from '../../lib/simulator/market/market.js';
import type { Tape } from '../../lib/tape.js';
import { HOUR_MS, type EpochMs } from '../../lib/units.js';
import { conversionSymbols } from '../../lib/universe/conversion-symbols.js';
import { recordedBy, recordedShare } from '../../lib/universe/recorded.js';
import type { UniverseData, Listing } from '../../lib/universe/universe.js';
import { coverage } from '../../lib/world/store/candles/coverage.js';
import { marketExtents } from '../../lib/world/store/candles/extent.js';
import type { ReadTapesAhead } from '../../lib/world/store/candles/read-ahead.js';
import { openBookShelf, type BookShelf } from '../../lib/world/store/stored-books.js';
import { isoTime } from '../../lib/report/time.js';
import type { VerdictsUsed } from '../../lib/report/universe.js';
import type { CommandWorld } from '../world.js';
import { table } from '../table.js';
import { storedTimeframeHistory } from './timeframe-history.js';

/** Request of a backtest. */
export interface Asked {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** Null: all. */
  readonly symbols: readonly string[] | null;
  /**
   * Live run with the verdicts to use, null for none; default: the newest with any in the period.
   */
  readonly verdictsOf?: number | null | undefined;
}

/** Request of candles as tapes. */
export interface TapeOrder {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly minutesPerTape: number;
  /** Fires when no more are needed. */
  readonly signal: AbortSignal;
  /** Default: all. */
  readonly lanes?: readonly number[];
}

/** Source of a backtest's candles. */
export interface Past {
  /** The lanes: traded markets, then conversion markets, each part sorted by symbol. */
  readonly listings: readonly Listing[];
  readonly traded: number;
  /** Ids in the database, by lane. */
  ids(): Promise<readonly number[]>;
  readonly source: 'store' | 'synthetic';
  /** Stored verdicts of a live run in the period; null if there are none. */
  verdicts(): Promise<(VerdictsUsed & Required<Pick<UniverseData, 'recorded'>>) | null>;
  /** Stored order books of live runs in the period; null if there are none. */
  books(): Promise<BookShelf | null>;
  /** The candles of a period as tapes. Reading may begin at once. */
  tapes(order: TapeOrder): AsyncIterable<Tape>;
  /** The known candles of higher timeframes for series that start in a period. */
  timeframeHistory(
    timeframes: readonly number[],
    period: Pick<TapeOrder, 'from' | 'to'>,
  ): Promise<TimeframeHistory | undefined>;
}

/** Further markets that are needed only for their prices. */
const companionsOf = (markets: readonly Market[], currency: string): readonly string[] =>
  conversionSymbols(new Set(markets.map(({ quote }) => quote)), currency);

const nothingThere = async ({ client }: CommandWorld, asked: Asked): Promise<UserError> => {
  const rows = (await coverage(client, asked.symbols ? { symbols: asked.symbols } : {})).filter(
    ({ minutes }) => minutes > 0,
  );
  const period = `${isoTime(asked.from)} to ${isoTime(asked.to)}`;
  if (rows.length === 0)
    return new UserError([
      `No candle is stored${asked.symbols ? ` of ${asked.symbols.join(', ')}` : ''}.`,
      "Import some (bot import XBTUSD_1.csv, Kraken's OHLCVT files), or try a generated market: bot backtest --synthetic …",
    ]);
  const lines = table(
    ['market', 'first', 'last', 'missing minutes'],
    rows.map(({ symbol, first, last, missing }) => [symbol, isoTime(first!), isoTime(last!), String(missing)]),
  ).split('\n');
  return new UserError([`No candle is stored in the period ${period}. There is:`, ...lines]);
};

/** A live run's verdicts on the traded markets, from the refresh in force at the start on. */
const storedVerdicts = async (
  { client, configuration }: CommandWorld,
  ids: readonly number[],
  traded: number,
  { from, to, verdictsOf }: Asked,
): ReturnType<Past['verdicts']> => {
  if (verdictsOf === null) return null;
  const { readVerdicts, rulesNotStored, verdictsOfRun } = await import('../../lib/world/store/live/verdicts.js'); // loads MikroORM, which is slow
  const { refreshMs } = configuration.settings.filtering;
  const begin = from - Math.max(refreshMs, HOUR_MS);
  const stored =
    verdictsOf === undefined
      ? await readVerdicts(client, ids, begin, to)
      : { runId: verdictsOf, lanes: await verdictsOfRun(client, verdictsOf, ids, begin, to) };
  if (!stored) return null;
  const recorded = recordedBy(stored.lanes, refreshMs);
  const share = recordedShare(recorded, traded, { from, to }, refreshMs);
  if (share === 0) return null;
  const { runId } = stored;
  return { runId, share, notStored: await rulesNotStored(client, runId, ids.slice(0, traded), begin, to), recorded };
};

/** The stored candles. Throws `UserError` with the stored period if there are none. */
export const storedPast = async (world: CommandWorld, asked: Asked, read: ReadTapesAhead): Promise<Past> => {
  const { client, configuration, database } = world;
  const stored = await marketExtents(client, asked);
  const symbols = stored.filter(each => !Number.isNaN(each.firstCandleAt)).map(({ market }) => market.symbol);
  const missing = (asked.symbols ?? []).filter(symbol => !symbols.includes(symbol));
  if (missing.length > 0)
    throw new UserError([
      `--symbols: nothing is stored of ${missing.join(', ')}.`,
      symbols.length > 0
        ? `There is: ${symbols.join(', ')}.`
        : "Nothing is stored at all: bot import takes Kraken's files.",
    ]);
  const present = stored.filter(({ inPeriod }) => inPeriod);
  const traded = present.filter(({ market }) => asked.symbols?.includes(market.symbol) ?? true);
  if (traded.length === 0) throw await nothingThere(world, asked);
  const names = companionsOf(
    traded.map(({ market }) => market),
    configuration.settings.portfolio.currency,
  );
  const others = present.filter(each => !traded.includes(each) && names.includes(each.market.symbol));
  const lanes = [...traded, ...others];
  const ids = lanes.map(({ id }) => id);
  const { connection } = database;
  return {
    listings: lanes.map(({ market, sector, firstCandleAt }, lane) => ({
      market,
      sector,
      firstCandleAt,
      auxiliary: lane >= traded.length,
    })),
    traded: traded.length,
    ids: () => Promise.resolve(ids),
    source: 'store',
    verdicts: () => storedVerdicts(world, ids, traded.length, asked),
    books: () => openBookShelf(client, ids, asked.from, asked.to),
    timeframeHistory: (timeframes, period) => storedTimeframeHistory(client, ids, timeframes, period),
    tapes: ({ lanes: only, signal, ...order }) =>
      read(
        {
          connection,
          ids: only ? only.map(lane => ids[lane]!) : ids,
          alone: !only && lanes.length === present.length,
          ...order,
        },
        signal,
      ),
  };
};

/** The generated market of a seed, with the markets for currency and bitcoin prices. */
export const syntheticPast = ({ store, configuration }: CommandWorld, asked: Asked, seed: number): Past => {
  const symbols = asked.symbols ?? DEFAULT_SYNTHETIC_SYMBOLS;
  const { currency } = configuration.settings.portfolio;
  const wanted = companionsOf(
    syntheticMarkets(symbols).map(({ market }) => market),
    currency,
  );
  const others = new Set(wanted.filter(name => !symbols.includes(name) && name.endsWith(`/${currency}`)));
  const all = [...symbols, ...others];
  const markets = syntheticMarkets(all);
  const traded = markets.slice(0, symbols.length);
  if (traded.every(({ listedAt }) => listedAt >= asked.to))
    throw new UserError([
      `No market is listed before ${isoTime(asked.to)}. The generated ones begin:`,
      ...table(
        ['market', 'first'],
        traded.map(({ market, listedAt }) => [market.symbol, isoTime(listedAt)]),
      ).split('\n'),
    ]);
  return {
    listings: markets.map(({ market, listedAt }, lane) => ({
      market,
      firstCandleAt: listedAt,
      auxiliary: lane >= traded.length,
    })),
    traded: traded.length,
    ids: async () => {
      const stored = await (await store()).ensureMarkets(all);
      return all.map(symbol => stored.find(market => market.symbol === symbol)!.id);
    },
    source: 'synthetic',
    verdicts: () => Promise.resolve(null),
    books: () => Promise.resolve(null),
    timeframeHistory: () => Promise.resolve(undefined),
    tapes: ({ from, to, minutesPerTape, lanes }) =>
      unhurried(syntheticTapes(lanes ? lanes.map(lane => all[lane]!) : all, seed, from, to, minutesPerTape)),
  };
};

/** Yields to the event loop between tapes: Ctrl-C, progress, the database. */
async function* unhurried(tapes: Iterable<Tape>): AsyncGenerator<Tape> {
  for (const tape of tapes) {
    yield tape;
    await turn();
  }
}
