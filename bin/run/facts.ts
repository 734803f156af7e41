import { ReplaySubject, type Observable } from 'rxjs';
import type { ExchangeMarket, MarketsAnswer, Ticker, TickersAnswer } from '../../lib/exchange/ports.js';
import { storedCaps, type MarketCaps } from '../../lib/market-caps/market-caps.js';
import type { Market } from '../../lib/market.js';
import { volumeInUsd, worthIn } from '../../lib/universe/tracked.js';
import { NOTHING_KNOWN, type LiveFacts } from '../../lib/universe/rule.js';
import type { EpochMs, Money, Price } from '../../lib/units.js';

/** What the scanner knows of markets besides their candles, as of the last answers. */
export interface Facts {
  takeMarkets(answer: MarketsAnswer): void;
  takeTickers(answer: TickersAnswer): void;
  takeCaps(caps: MarketCaps): void;
  /** Exchanges that list a base; NaN where it is not known. */
  takeListings(countOf: (base: string) => number): void;
  listed(): { readonly markets: readonly ExchangeMarket[]; readonly tickers: ReadonlyMap<string, Ticker> };
  /** Fires at each list of markets that came, the last one at once. Hot. */
  readonly markets$: Observable<MarketsAnswer>;
  /** Market capitalisations, by base. */
  caps(): MarketCaps['caps'];
  /** What a market's base costs in USD; NaN where not known. */
  priceInUsd(base: string): Price;
  /** USD over 24 hours; NaN where not known. */
  volumeInUsd(market: Market): Money;
  /** What holds of a market at a refresh; null for refreshes before this process began to ask. */
  known(market: Market, refreshAt: EpochMs): LiveFacts | null;
  /** From this refresh on the facts hold. */
  begin(refreshAt: EpochMs): void;
}

const spreadOf = ({ bid, ask }: Ticker): number =>
  bid === null || ask === null ? NaN : (ask - bid) / ((ask + bid) / 2);

/** Nothing is known yet. */
export const openFacts = (): Facts => {
  let markets: readonly ExchangeMarket[] = [];
  let bySymbol = new Map<string, ExchangeMarket>();
  let tickers: ReadonlyMap<string, Ticker> = new Map();
  const markets$ = new ReplaySubject<MarketsAnswer>(1);
  let since = Infinity;
  let caps = storedCaps();
  let listings: (base: string) => number = () => NaN;
  return {
    takeMarkets: answer => {
      ({ markets } = answer);
      bySymbol = new Map(markets.map(market => [market.symbol, market]));
      markets$.next(answer);
    },
    takeTickers: answer => void ({ tickers } = answer),
    takeCaps: answer => void (caps = answer),
    takeListings: countOf => void (listings = countOf),
    markets$: markets$.asObservable(),
    caps: () => caps.caps,
    listed: () => ({ markets, tickers }),
    priceInUsd: base => worthIn(tickers, base, 'USD'),
    volumeInUsd: market => volumeInUsd(market, tickers),
    begin: refreshAt => void (since = refreshAt),
    known: (market, refreshAt) => {
      if (refreshAt < since) return null;
      const listed = bySymbol.get(market.symbol);
      const ticker = tickers.get(market.symbol);
      const cap = caps.caps.get(market.base);
      return {
        ...NOTHING_KNOWN,
        active: listed ? listed.status === 'online' : false,
        marketCap: cap?.marketCap ?? NaN,
        marketCapAt: cap?.at ?? NaN,
        volume24hUsd: volumeInUsd(market, tickers),
        spread: ticker ? spreadOf(ticker) : NaN,
        listings: listings(market.base),
      };
    },
  };
};
