import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { instant } from './columns.js';

/**
 * The user's reference data of a coin, which take precedence over the bundled ones; null for values
 * they do not set.
 */
export const CoinReference = defineEntity({
  name: 'CoinReference',
  tableName: 'coin_reference',
  checks: [
    { name: 'coin_reference_symbol', expression: `symbol ~ '^[A-Z0-9.]{1,20}$'` },
    { name: 'coin_reference_sector', expression: `sector ~ '^[a-z][a-z0-9-]{0,31}$'` },
    { name: 'coin_reference_says', expression: `num_nonnulls(name, sector, coingecko_id) > 0` },
  ],
  properties: {
    /** Code of the coin, in ccxt's names: `BTC`. */
    symbol: p.text().primary(),
    name: p.text().nullable(),
    sector: p.text().nullable(),
    coinGeckoId: p.text().fieldName('coingecko_id').nullable(),
    updatedAt: instant().defaultRaw('now()'),
  },
});

/** A row of `coin_reference`. */
export type CoinReference = InferEntity<typeof CoinReference>;
