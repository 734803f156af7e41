import { judged, type Rule } from '../rule.js';

/** Enough of the exchanges that are looked at list the coin. */
export const exchangeListings: Rule = {
  name: 'exchange_listings',
  fromCandles: false,
  value: ({ live }) => live.listings,
  threshold: ({ minExchangeListings }) => minExchangeListings,
  judge: ({ live }, { minExchangeListings }) => judged(live.listings, live.listings >= minExchangeListings),
};
