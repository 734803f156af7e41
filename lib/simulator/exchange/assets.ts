import type { Listing } from './listing.js';
import { assetNames, isFiat } from './names.js';
import { listed, pairNamed, type View } from './view.js';

/** A number without exponent: 0.00005, 30. */
const plain = (value: number): string => value.toFixed(10).replace(/\.?0+$/, '');

/** Large markets can be traded on margin. */
const MARGIN = {
  leverage_buy: [2, 3, 4, 5],
  leverage_sell: [2, 3, 4, 5],
  long_position_limit: 350,
  short_position_limit: 250,
};

const pairInfo = (listing: Listing) => ({
  altname: listing.altname,
  wsname: listing.wsname,
  aclass_base: listing.base === listing.base.toUpperCase() ? 'currency' : 'tokenized_asset',
  base: assetNames(listing.base).id,
  aclass_quote: 'currency',
  quote: assetNames(listing.quote).id,
  lot: listing.amountDecimals === 5 ? 'unit5' : 'unit',
  cost_decimals: 5,
  pair_decimals: listing.priceDecimals,
  lot_decimals: listing.amountDecimals,
  lot_multiplier: 1,
  leverage_buy: [],
  leverage_sell: [],
  // Since September 2026 the tiers are no longer in here.
  fees: [],
  fees_maker: [],
  fee_volume_currency: 'ZUSD',
  margin_call: 80,
  margin_stop: 40,
  ordermin: plain(listing.minimumAmount),
  costmin: plain(listing.minimumCost),
  tick_size: (1 / 10 ** listing.priceDecimals).toFixed(listing.priceDecimals),
  status: listing.status,
  execution_venue: listing.id.endsWith(':BTNL') ? 'bitnomial' : 'international',
  ...(listing.standing === null && listing.quote === 'USD' && MARGIN),
});

/**
 * `/0/public/AssetPairs`: the pairs and their rules, sorted by id; all, or those named by `pair`.
 */
export const assetPairs = (view: View, query: URLSearchParams): Record<string, unknown> => {
  const names = query.get('pair');
  const wanted = names
    ? names.split(',').map(name => pairNamed(view, name))
    : listed(view).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return Object.fromEntries(wanted.map(listing => [listing.id, pairInfo(listing)]));
};

/** `/0/public/Assets`: the currencies of all listed pairs. */
export const assets = (view: View): Record<string, unknown> => {
  const currencies = new Set(listed(view).flatMap(({ base, quote }) => [base, quote]));
  return Object.fromEntries(
    [...currencies].sort().map(currency => {
      const { id, altname } = assetNames(currency);
      const [decimals, display_decimals] = isFiat(currency) ? [4, 2] : [10, 5];
      return [id, { aclass: 'currency', altname, decimals, display_decimals, status: 'enabled' }];
    }),
  );
};
