import { unless } from '../../settings/contradiction.js';
import { list, text, whole } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { declareRule, judged } from '../rule.js';

const LEAST = 'filtering.min_exchange_listings';

/** Enough of the configured exchanges list the coin. */
export const exchangeListings = declareRule({
  name: 'exchange_listings',
  keys: {
    min_exchange_listings: key(
      3,
      whole({ from: 0, to: 100 }),
      'exchanges',
      'Minimum number of `listing_exchanges` that list a coin.',
    ),
    listing_exchanges: key(
      ['binance', 'coinbase', 'kraken', 'kucoin', 'okx'],
      list(text('an exchange’s name as ccxt spells it', /^[a-z0-9_]{2,40}$/), { most: 100 }),
      'names',
      'Exchanges on which listings are counted.',
    ),
  },
  settings: document => ({
    minExchangeListings: document.min_exchange_listings,
    listingExchanges: document.listing_exchanges,
  }),
  contradictions: [
    {
      keys: [LEAST, 'filtering.listing_exchanges'],
      judge: ({
        filtering: { min_exchange_listings: least, listing_exchanges: exchanges },
      }: {
        filtering: { min_exchange_listings: number; listing_exchanges: readonly string[] };
      }) =>
        unless(
          least <= exchanges.length,
          LEAST,
          `${least}`,
          `at most ${exchanges.length}, the number of listing_exchanges: no coin could pass`,
        ),
    },
  ],
  fromCandles: false,
  comparison: '≥',
  value: ({ live }) => live.listings,
  threshold: ({ minExchangeListings }) => minExchangeListings,
  judge: ({ live }, { minExchangeListings }) => judged(live.listings, live.listings >= minExchangeListings),
  doc: {
    passes: 'at least `min_exchange_listings` of `listing_exchanges` list the coin',
    unknown: 'fewer are known to list it, and the listings of another one are unknown',
  },
});
