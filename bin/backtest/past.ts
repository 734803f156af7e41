import { setImmediate as turn } from 'node:timers/promises';
import { UserError } from '../../lib/errors.js';
import type { Market } from '../../lib/market.js';
import { DEFAULT_SYNTHETIC_SYMBOLS, syntheticMarkets, syntheticTapes } from '../../lib/simulator/market/market.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import type { Listing } from '../../lib/universe/universe.js';
import { coverage } from '../../lib/world/store/candles/coverage.js';
import { extentsOf } from '../../lib/world/store/candles/extent.js';
import { readTapes } from '../../lib/world/store/candles/read.js';
import { isoTime } from '../../lib/report/time.js';
import type { World } from '../world.js';
import { table } from '../table.js';

/** A series starts this long before the first minute that is wanted (semantics §2): 720 candles of 15 minutes. */
export const WARM_UP_MS = 10_800 * MINUTE_MS;

/** What a backtest is asked for. */
export interface Asked {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** Null: all that there are. */
  readonly symbols: readonly string[] | null;
}

/** Where a backtest's candles come from. */
export interface Past {
  /** The lanes: the markets that are decided on, then those that only give prices, each part sorted by symbol. */
  readonly listings: readonly Listing[];
  readonly traded: number;
  /** Ids in the database, by lane. */
  readonly ids: readonly number[];
  readonly source: 'store' | 'synthetic';
  /** From the start of the warm-up to the end of the period. */
  tapes(from: EpochMs, to: EpochMs, minutesPerTape: number, lanes?: readonly number[]): AsyncIterable<Tape>;
}

/** Symbols whose prices are wanted besides: to convert quote currencies, and bitcoin to compare with. */
const companions = (markets: readonly Market[], currency: string): readonly string[] => {
  const quotes = [...new Set(markets.map(({ quote }) => quote))];
  const rates = ['USD', currency].flatMap(into =>
    quotes.filter(quote => quote !== into).flatMap(quote => [`${quote}/${into}`, `${into}/${quote}`]),
  );
  return [...rates, `BTC/${currency}`];
};

const nothingThere = async ({ client }: World, asked: Asked): Promise<UserError> => {
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

/** The stored candles. Throws `UserError` where there are none in the period, saying what there is. */
export const storedPast = async (world: World, asked: Asked): Promise<Past> => {
  const { store, client, configuration } = world;
  const markets = await store.markets();
  const wanted = asked.symbols ? markets.filter(({ symbol }) => asked.symbols!.includes(symbol)) : markets;
  const missing = (asked.symbols ?? []).filter(symbol => !markets.some(market => market.symbol === symbol));
  if (missing.length > 0)
    throw new UserError([
      `--symbols: nothing is stored of ${missing.join(', ')}.`,
      markets.length > 0
        ? `There is: ${markets.map(({ symbol }) => symbol).join(', ')}.`
        : 'Nothing is stored at all: bot import takes Kraken’s files.',
    ]);
  const extents = await extentsOf(
    client,
    markets.map(({ id }) => id),
    asked,
  );
  const traded = wanted.filter(({ id }) => extents.get(id)!.inPeriod);
  if (traded.length === 0) throw await nothingThere(world, asked);
  const names = companions(traded, configuration.settings.portfolio.currency);
  const others = markets.filter(
    market => !traded.includes(market) && names.includes(market.symbol) && extents.get(market.id)!.inPeriod,
  );
  const lanes = [...traded, ...others];
  return {
    listings: lanes.map((market, lane) => ({
      market,
      firstCandleAt: extents.get(market.id)!.first,
      auxiliary: lane >= traded.length,
    })),
    traded: traded.length,
    ids: lanes.map(({ id }) => id),
    source: 'store',
    tapes: (from, to, minutesPerTape, only) =>
      readTapes(client, only ? only.map(lane => lanes[lane]!) : lanes, from, to, minutesPerTape),
  };
};

/** The generated market of a seed. */
export const syntheticPast = async ({ store, configuration }: World, asked: Asked, seed: number): Promise<Past> => {
  const symbols = asked.symbols ?? DEFAULT_SYNTHETIC_SYMBOLS;
  const names = companions(
    syntheticMarkets(symbols).map(({ market }) => market),
    configuration.settings.portfolio.currency,
  );
  // What only gives prices is generated too, where it makes sense: the price of a quote currency that is wanted.
  const quotes = names.filter(
    name => !symbols.includes(name) && name.endsWith(`/${configuration.settings.portfolio.currency}`),
  );
  const all = [...symbols, ...quotes.filter((name, i) => quotes.indexOf(name) === i)];
  const markets = syntheticMarkets(all);
  const stored = await store.ensureMarkets(all);
  return {
    listings: markets.map(({ market, listedAt }, lane) => ({
      market,
      firstCandleAt: listedAt,
      auxiliary: lane >= symbols.length,
    })),
    traded: symbols.length,
    ids: all.map(symbol => stored.find(market => market.symbol === symbol)!.id),
    source: 'synthetic',
    tapes: (from, to, minutesPerTape, only) =>
      unhurried(syntheticTapes(only ? only.map(lane => all[lane]!) : all, seed, from, to, minutesPerTape)),
  };
};

/** Lets everything else have its turn between two tapes: Ctrl-C, progress, the database. */
async function* unhurried(tapes: Iterable<Tape>): AsyncGenerator<Tape> {
  for (const tape of tapes) {
    yield tape;
    await turn();
  }
}
