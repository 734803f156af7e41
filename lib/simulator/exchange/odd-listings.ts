import { drawsOf, uniform, type Draw } from '../market/random.js';
import type { Listing, PairStatus, StandingQuotes } from './listing.js';
import { pairNames } from './names.js';
import { SMALL_COINS } from './small-coins.js';

/**
 * The number of pairs of a realistic exchange: Kraken had 1,451 in September 2026, 97 of them not
 * online. @internal
 */
export const KRAKEN_PAIRS = 1_451;
const QUOTES = ['USD', 'EUR', 'USDT', 'USDC', 'GBP'];
const NOT_ONLINE = 0.067;
/** Some of the markets against USD have a twin at another venue. */
const TWINS = 4;

const between = (draw: Draw, low: number, high: number): number => low + (high - low) * uniform(draw);

/** Quotes of a market with almost no trades, each of a kind that was observed. */
const quotesOf = (draw: Draw, kind: number): StandingQuotes => {
  const price = Number(Math.exp(between(draw, -6, 4)).toPrecision(4));
  const wide = { bid: price * between(draw, 0.1, 0.98), ask: price };
  const never = { last: 0, today: 0, day: 0 };
  switch (kind % 5) {
    case 0:
      return { ...wide, ...never };
    case 1:
      return { ...wide, ask: 0, ...never };
    case 2:
      return { bid: 0, ask: 0, ...never };
    case 3:
      return { ...wide, last: wide.bid, today: 0, day: 3 / price };
    default: // the figures of 24 hours lag behind those of today
      return { ...wide, last: wide.bid, today: 50 / price, day: 2 / price };
  }
};

const statusOf = (draw: Draw): PairStatus => {
  if (uniform(draw) >= NOT_ONLINE) return 'online';
  const which = uniform(draw);
  return which < 0.8 ? 'cancel_only' : which < 0.9 ? 'post_only' : which < 0.95 ? 'limit_only' : 'reduce_only';
};

const small = (base: string, quote: string, place: number): Listing => {
  const draw = drawsOf(0, `odd/${base}/${quote}`, 0);
  const priceDecimals = 3 + Math.floor(between(draw, 0, 6));
  return {
    ...pairNames(base, quote),
    symbol: `${base}/${quote}`,
    base,
    quote,
    priceDecimals,
    amountDecimals: place % 2 === 0 ? 5 : 8,
    minimumAmount: Number(between(draw, 1, 200).toPrecision(2)),
    minimumCost: quote === 'EUR' ? 0.45 : 0.5,
    listedAt: 0,
    status: statusOf(draw),
    standing: quotesOf(draw, place),
  };
};

const isAgainstDollar = ({ quote, base }: Listing): boolean => quote === 'USD' && !base.startsWith('USD');

/** A second venue's market of the same pair, with its own quotes. */
const twinOf = (listing: Listing, place: number): Listing => {
  const draw = drawsOf(0, `twin/${listing.symbol}`, 0);
  const suffixed = (name: string) => `${name}:BTNL`;
  return {
    ...listing,
    id: suffixed(listing.altname),
    altname: suffixed(listing.altname),
    wsname: suffixed(listing.wsname),
    symbol: suffixed(listing.symbol),
    standing: quotesOf(draw, place),
  };
};

/** A second id of a market that is being closed. */
const secondIdOf = (listing: Listing): Listing => ({
  ...listing,
  id: `${listing.altname}2`,
  altname: `${listing.altname}2`,
  symbol: `${listing.symbol}2`,
  status: 'cancel_only',
  standing: { bid: 0, ask: 0, last: 0, today: 0, day: 0 },
});

/** A tokenized share, partly in lower case and of its own asset class. */
const TOKENIZED: Listing = {
  id: 'AAPLxUSD',
  altname: 'AAPLxUSD',
  wsname: 'AAPLx/USD',
  symbol: 'AAPLx/USD',
  base: 'AAPLx',
  quote: 'USD',
  priceDecimals: 2,
  amountDecimals: 8,
  minimumAmount: 1e-8,
  minimumCost: 0.5,
  listedAt: 0,
  status: 'online',
  standing: { bid: 0, ask: 0, last: 86.96, today: 0, day: 0.3 },
};

/**
 * The markets that fill up the number of pairs: twins at another venue, a second id of one market,
 * a tokenized share, and small coins with almost no trades, some of them not online. Always the
 * same ones.
 */
export const oddListings = (generated: readonly Listing[], pairs: number): readonly Listing[] => {
  const against = generated.filter(isAgainstDollar);
  const odd = [...against.slice(0, TWINS).map(twinOf), ...against.slice(-1).map(secondIdOf), TOKENIZED];
  const bases = new Set(generated.map(({ base }) => base));
  const smaller = QUOTES.flatMap(quote =>
    SMALL_COINS.filter(base => !bases.has(base)).map(base => [base, quote] as const),
  );
  return [...odd, ...smaller.map(([base, quote], place) => small(base, quote, place))].slice(
    0,
    Math.max(0, pairs - generated.length),
  );
};
