import { coinOf } from '../market/coins.js';
import type { Listing } from './listing.js';
import { isFiat } from './names.js';
import { ticker } from './ticker.js';
import { listed, wholeNumber, type View } from './view.js';

/** What the largest coin turns over in USD a day, and how many days of it are its market capitalisation. */
const LARGEST = 400e6;
const CAP_IN_DAYS = 3_000;

/** Market capitalisation at the usual price: small coins are turned over faster than large ones. */
const usualCap = (turnover: number): number => CAP_IN_DAYS * turnover * Math.sqrt(turnover / LARGEST);

const coinMarket = (view: View, listing: Listing) => {
  const coin = coinOf(listing.base);
  const entry = ticker(view, new URLSearchParams({ pair: listing.id }))[listing.id]!;
  const price = Number(entry.c[0]);
  const supply = Number((usualCap(coin.turnover) / coin.centre).toPrecision(6));
  return {
    id: `simulated-${listing.base.toLowerCase()}`,
    symbol: listing.base.toLowerCase(),
    name: `Simulated ${listing.base}`,
    current_price: price,
    market_cap: Math.round(supply * price),
    total_volume: Math.round(Number(entry.v[1]) * Number(entry.p[1])),
    high_24h: Number(entry.h[1]),
    low_24h: Number(entry.l[1]),
    circulating_supply: supply,
    total_supply: supply,
    max_supply: null,
    last_updated: new Date(view.at).toISOString(),
  };
};

/**
 * CoinGecko's `/api/v3/coins/markets`: the coins that are quoted in USD, by market capitalisation from the top, 250 a page at most.
 * An array, without Kraken's envelope.
 */
export const coinMarkets = (view: View, query: URLSearchParams): readonly unknown[] => {
  const size = wholeNumber(query, 'per_page', 100, 1, 250);
  const page = wholeNumber(query, 'page', 1, 1, 1_000_000);
  return listed(view)
    .filter(({ base, quote }) => quote === 'USD' && !isFiat(base))
    .map(listing => coinMarket(view, listing))
    .sort((a, b) => b.market_cap - a.market_cap || (a.id < b.id ? -1 : 1))
    .map((coin, i) => ({ ...coin, market_cap_rank: i + 1 }))
    .slice((page - 1) * size, page * size);
};
