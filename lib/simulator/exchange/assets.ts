import type { Listing } from './listing.js';
import { assetNames, isFiat } from './names.js';
import { listed, pairNamed, type View } from './view.js';

/** Volume of the last 30 days in USD from which the fee holds, and the fee in percent. */
const TAKER_FEES = [
  [0, 0.4],
  [10_000, 0.35],
  [50_000, 0.24],
  [100_000, 0.22],
  [250_000, 0.2],
  [500_000, 0.18],
  [1_000_000, 0.16],
  [2_500_000, 0.14],
  [5_000_000, 0.12],
  [10_000_000, 0.1],
];
const MAKER_FEES = [
  [0, 0.25],
  [10_000, 0.2],
  [50_000, 0.14],
  [100_000, 0.12],
  [250_000, 0.08],
  [500_000, 0.06],
  [1_000_000, 0.04],
  [2_500_000, 0.02],
  [5_000_000, 0],
];

/** A number without exponent: 0.00005, 30. */
const plain = (value: number): string => value.toFixed(10).replace(/\.?0+$/, '');

const pairInfo = (listing: Listing) => ({
  altname: listing.altname,
  wsname: listing.wsname,
  aclass_base: 'currency',
  base: assetNames(listing.base).id,
  aclass_quote: 'currency',
  quote: assetNames(listing.quote).id,
  lot: 'unit',
  cost_decimals: 5,
  pair_decimals: listing.priceDecimals,
  lot_decimals: listing.amountDecimals,
  lot_multiplier: 1,
  leverage_buy: [],
  leverage_sell: [],
  fees: TAKER_FEES,
  fees_maker: MAKER_FEES,
  fee_volume_currency: 'ZUSD',
  margin_call: 80,
  margin_stop: 40,
  ordermin: plain(listing.minimumAmount),
  costmin: plain(listing.minimumCost),
  tick_size: (1 / 10 ** listing.priceDecimals).toFixed(listing.priceDecimals),
  status: listing.status,
  execution_venue: 'international',
});

/** `/0/public/AssetPairs`: what can be traded and by which rules; all pairs, or those named by `pair`. */
export const assetPairs = (view: View, query: URLSearchParams): Record<string, unknown> => {
  const names = query.get('pair');
  const wanted = names ? names.split(',').map(name => pairNamed(view, name)) : listed(view);
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
