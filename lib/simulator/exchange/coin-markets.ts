import { coinOf } from '../market/coins.js';
import type { Listing } from './listing.js';
import { isFiat } from './names.js';
import { ticker } from './ticker.js';
import { listed, Refusal, wholeNumber, type View } from './view.js';

/**
 * What the largest coin turns over in USD a day, and how many days of it are its market
 * capitalisation.
 */
const LARGEST = 400e6;
const CAP_IN_DAYS = 3_000;

/** Market capitalisation at the usual price: small coins are turned over faster than large ones. */
const usualCap = (turnover: number): number => CAP_IN_DAYS * turnover * Math.sqrt(turnover / LARGEST);

/** What all rows have; a simulated coin has no history of its own. */
const rowOf = (
  id: string,
  base: string,
  name: string,
  price: number,
  market_cap: number | null,
  rest: Readonly<Record<string, unknown>>,
) => ({
  id,
  symbol: base.toLowerCase(),
  name,
  image: `https://assets.invalid/${id}.png`,
  current_price: price,
  market_cap,
  market_cap_rank: null as number | null,
  fully_diluted_valuation: market_cap,
  total_volume: 0,
  high_24h: null,
  low_24h: null,
  price_change_24h: null,
  price_change_percentage_24h: null,
  market_cap_change_24h: null,
  market_cap_change_percentage_24h: null,
  circulating_supply: 0,
  total_supply: null,
  max_supply: null,
  ath: price,
  ath_change_percentage: 0,
  ath_date: '2021-11-10T14:24:11.849Z',
  atl: price,
  atl_change_percentage: 0,
  atl_date: '2013-07-06T00:00:00.000Z',
  roi: null,
  ...rest,
});
type Row = ReturnType<typeof rowOf>;

const coinMarket = (view: View, { base, id }: Listing): Row => {
  const coin = coinOf(base);
  const { c, v, p, h, l } = ticker(view, new URLSearchParams({ pair: id }))[id]!;
  const price = Number(c[0]);
  const supply = Number((usualCap(coin.turnover) / coin.centre).toPrecision(6));
  return rowOf(`simulated-${base.toLowerCase()}`, base, `Simulated ${base}`, price, Math.round(supply * price), {
    total_volume: Math.round(Number(v[1]) * Number(p[1])),
    high_24h: Number(h[1]),
    low_24h: Number(l[1]),
    circulating_supply: supply,
    total_supply: supply,
    last_updated: new Date(view.at).toISOString(),
  });
};

/** One in this many coins shares its symbol with another coin. */
const NAMESAKE_EVERY = 3;
/** The market caps of such copies. */
const NAMESAKE_CAPS = [null, 0, 485_144, 3.271e-9] as const;

/**
 * A copy of a coin: the same symbol, a hundredth of the price, and a market cap that is small or
 * unknown.
 */
const namesakeOf = ({ symbol, current_price, last_updated }: Row & { last_updated?: unknown }, i: number): Row =>
  rowOf(
    `copy-of-${symbol}`,
    symbol,
    `Copy of ${symbol.toUpperCase()}`,
    Number((current_price / 100).toPrecision(4)),
    NAMESAKE_CAPS[i % NAMESAKE_CAPS.length]!,
    { last_updated },
  );

/**
 * CoinGecko's `/api/v3/coins/markets`: the coins that are quoted in USD, by market capitalisation
 * from the top, 250 a page at most; symbols are not unique, and unknown values are null. An array,
 * without Kraken's envelope.
 */
export const coinMarkets = (view: View, query: URLSearchParams): readonly unknown[] => {
  if (!query.get('vs_currency')) throw new Refusal('Missing parameter vs_currency');
  const size = wholeNumber(query, 'per_page', 100, 1, 250);
  const page = wholeNumber(query, 'page', 1, 1, 1_000_000);
  const coins = listed(view)
    .filter(({ base, quote, standing }) => standing === null && quote === 'USD' && !isFiat(base))
    .map(listing => coinMarket(view, listing));
  const namesakes = coins.filter((_, i) => i % NAMESAKE_EVERY === 0).map(namesakeOf);
  const capOf = ({ market_cap }: Row): number => market_cap ?? 0;
  return [...coins, ...namesakes]
    .sort((a, b) => capOf(b) - capOf(a) || (a.id < b.id ? -1 : 1))
    .map((coin, i) => ({ ...coin, market_cap_rank: capOf(coin) > 0 ? i + 1 : null }))
    .slice((page - 1) * size, page * size);
};
