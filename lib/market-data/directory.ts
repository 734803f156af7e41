import type { ExchangeMarket, MarketsAnswer, Ticker, TickersAnswer } from '../exchange/ports.js';
import { listingsOf, type Listings } from '../reference/listings.js';
import { capsOf, storedCaps, type MarketCap, type MarketCaps } from '../reference/market-caps.js';
import type { CoinsAnswer } from '../reference/coin.js';
import type { Market } from '../market.js';
import { coinIds, referenceOf, type CoinReference } from '../reference/coins.js';
import type { FilteringSettings } from '../settings/settings.js';
import { NOTHING_KNOWN, type LiveFacts } from '../universe/rule.js';
import { volumeInUsd, worthIn } from '../universe/tracked.js';
import type { EpochMs, Money, SizeBase } from '../units.js';

/** The user's own names and sectors of coins, by base. */
export type OwnCoins = ReadonlyMap<string, CoinReference>;

/** The facts about the exchange's markets other than candles, as of the latest answers. */
export interface Directory {
  /** Sorted by symbol. */
  readonly markets: readonly ExchangeMarket[];
  readonly bySymbol: ReadonlyMap<string, ExchangeMarket>;
  readonly tickers: ReadonlyMap<string, Ticker>;
  /** Of coins, by base. */
  readonly caps: MarketCaps;
  /**
   * The listings of all exchanges, this one included; `everywhere` for simulated coins, which count
   * as listed on all.
   */
  readonly listings: Listings | 'everywhere';
  /** The exchange's name. */
  readonly exchange: string;
  /** The first refresh for which this is known. */
  readonly since: EpochMs;
}

/** An answer that updates the directory. */
export type DirectoryFact =
  /** `at`: when they were listed. */
  | { readonly kind: 'markets'; readonly answer: MarketsAnswer; readonly at: EpochMs }
  | { readonly kind: 'tickers'; readonly answer: TickersAnswer }
  | { readonly kind: 'caps'; readonly answer: CoinsAnswer; readonly own: OwnCoins }
  | { readonly kind: 'stored_caps'; readonly caps: ReadonlyMap<string, MarketCap> }
  | { readonly kind: 'listings'; readonly listings: Listings };

/** The directory before any answer. */
export const emptyDirectory = ({
  since,
  exchange,
  isSimulated,
}: Pick<Directory, 'since' | 'exchange'> & { readonly isSimulated: boolean }): Directory => ({
  markets: [],
  bySymbol: new Map(),
  tickers: new Map(),
  caps: storedCaps(),
  listings: isSimulated ? 'everywhere' : new Map(),
  exchange,
  since,
});

/** The bases of all listed markets. */
export const basesOf = ({ markets }: Pick<Directory, 'markets'>): readonly string[] => [
  ...new Set(markets.map(({ base }) => base)),
];

/** The directory after an answer. Coins are matched with market caps by name and current price. */
export const learn = (directory: Directory, fact: DirectoryFact): Directory => {
  switch (fact.kind) {
    case 'markets': {
      const { markets } = fact.answer;
      const bySymbol = new Map(markets.map(market => [market.symbol, market]));
      const own = { at: fact.at, bases: new Set(markets.map(({ base }) => base)) };
      const listings =
        directory.listings === 'everywhere'
          ? directory.listings
          : new Map([...directory.listings, [directory.exchange, own]]);
      return { ...directory, markets, bySymbol, listings };
    }
    case 'tickers':
      return { ...directory, tickers: fact.answer.tickers };
    case 'caps': {
      const wanted = basesOf(directory).map(base => ({ base, price: worthIn(directory.tickers, base, 'USD') }));
      return { ...directory, caps: capsOf(fact.answer, wanted, coinIds(fact.own)) };
    }
    case 'stored_caps':
      return { ...directory, caps: storedCaps(fact.caps) };
    case 'listings': {
      if (directory.listings === 'everywhere') return directory;
      const own = directory.listings.get(directory.exchange);
      return {
        ...directory,
        listings: new Map([...fact.listings, ...(own ? [[directory.exchange, own] as const] : [])]),
      };
    }
  }
};

/** USD over 24 hours; NaN if unknown. */
export const volumeOf = ({ tickers }: Pick<Directory, 'tickers'>, market: Pick<Market, 'symbol' | 'quote'>): Money =>
  volumeInUsd(market, tickers);

const spreadOf = ({ bid, ask }: Ticker): number =>
  bid === null || ask === null ? NaN : (ask - bid) / ((ask + bid) / 2);

/** The facts about a market at a refresh; null for refreshes before the first answer. */
export const liveFactsOf = (
  directory: Directory,
  market: Market,
  refreshAt: EpochMs,
  filtering: Pick<FilteringSettings, 'listingExchanges' | 'minExchangeListings'>,
  now: EpochMs,
): LiveFacts | null => {
  const { bySymbol, tickers, caps, listings, since } = directory;
  if (refreshAt < since) return null;
  const ticker = tickers.get(market.symbol);
  const cap = caps.caps.get(market.base);
  const { listingExchanges: exchanges, minExchangeListings: least } = filtering;
  return {
    ...NOTHING_KNOWN,
    active: bySymbol.get(market.symbol)?.status === 'online',
    marketCap: cap?.marketCap ?? NaN,
    marketCapAt: cap?.at ?? NaN,
    volume24hUsd: volumeInUsd(market, tickers),
    spread: ticker ? spreadOf(ticker) : NaN,
    listings:
      listings === 'everywhere' ? exchanges.length : listingsOf(listings, market.base, { exchanges, least, now }),
  };
};

/** New facts about a market; a field that is missing keeps its stored value. */
export interface CoinChange {
  /** Of the market's row. */
  readonly id: number;
  readonly name?: string;
  /** Null if unknown. */
  readonly sector?: string | null;
  readonly isActive?: boolean;
  /** USD, and when its source was requested; null if no longer known. */
  readonly cap?: { readonly marketCap: Money; readonly at: EpochMs } | null;
  /** USD a day; null if unknown. */
  readonly avgDailyVolume?: Money | null;
  readonly amountStep?: SizeBase;
  /** 0 if unknown. */
  readonly minimumAmount?: SizeBase;
  /** In quote currency; 0 if unknown. */
  readonly minimumCost?: Money;
}

/** A market's row, and whether it was traded then. */
export type MarketRow = Market & { readonly id: number; readonly isActive: boolean };

/** Coins whose stored market cap belongs to another coin: their names or prices are ambiguous. */
export const mistakenCaps = ({ caps }: Pick<Directory, 'caps'>): ReadonlySet<string> =>
  new Set(caps.unmatched.filter(({ reason }) => reason === 'price' || reason === 'ambiguous').map(({ base }) => base));

/**
 * The current facts about markets, to be stored. Coins in `mistaken` have no market cap. The user's
 * names win.
 */
export const coinChanges = (
  rows: readonly (Market & { readonly id: number })[],
  directory: Directory,
  own: OwnCoins,
  mistaken: ReadonlySet<string> = new Set(),
): readonly CoinChange[] =>
  rows.map(row => {
    const market = directory.bySymbol.get(row.symbol);
    const cap = directory.caps.caps.get(row.base);
    const volume = volumeOf(directory, row);
    const name = own.get(row.base)?.name ?? cap?.name;
    return {
      id: row.id,
      isActive: market?.status === 'online',
      sector: referenceOf(row.base, own).sector,
      ...(name !== undefined && { name }),
      ...(mistaken.has(row.base) && { cap: null }),
      ...(cap && { cap: { marketCap: cap.marketCap, at: cap.at } }),
      ...(!Number.isNaN(volume) && { avgDailyVolume: volume }),
      ...(market && {
        amountStep: market.amountStep,
        minimumAmount: market.minimumAmount,
        minimumCost: market.minimumCost,
      }),
    };
  });

/** The markets that became tradable or ceased to be, by changes in the order of their rows. */
export const turnedActive = (
  rows: readonly MarketRow[],
  changes: readonly CoinChange[],
): { readonly gone: readonly string[]; readonly back: readonly string[] } => {
  const turned = (isActive: boolean) =>
    rows.filter((row, i) => row.isActive !== isActive && changes[i]!.isActive === isActive).map(({ symbol }) => symbol);
  return { gone: turned(false), back: turned(true) };
};

/** How many listed coins have a market cap, and why the others have none. */
export const capsSummary = (directory: Directory) => ({
  known: directory.caps.caps.size,
  coins: basesOf(directory).length,
  unmatched: directory.caps.unmatched,
});
