import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, id, instant, notNegativeDouble, positiveDouble } from './columns.js';

/** One market of the exchange: a coin against a quote currency. */
export const Cryptocurrency = defineEntity({
  name: 'Cryptocurrency',
  tableName: 'cryptocurrency',
  checks: [
    { name: 'cryptocurrency_symbol_shape', expression: `symbol ~ '^[A-Z0-9.]{1,20}/[A-Z0-9.]{1,20}$'` },
    { name: 'cryptocurrency_symbol_parts', expression: `(base || '/' || quote) = symbol` },
    {
      name: 'cryptocurrency_steps',
      expression: `${positiveDouble('amount_step')} AND ${notNegativeDouble('minimum_amount', 'minimum_cost')}`,
    },
    { name: 'cryptocurrency_figures', expression: notNegativeDouble('market_cap', 'avg_daily_volume') },
    { name: 'cryptocurrency_sector', expression: `sector ~ '^[a-z][a-z0-9-]{0,31}$'` },
  ],
  properties: {
    id: id(),
    /** `BASE/QUOTE` in ccxt's names. */
    symbol: p.text().unique(),
    base: p.text(),
    quote: p.text(),
    name: p.text(),
    /** The sector of its coin, as `layer-1` or `meme`; null if unknown. */
    sector: p.text().nullable(),
    isActive: p.boolean().default(true),
    /** USD. */
    marketCap: double().nullable(),
    /** When the market capitalisation was requested. */
    marketCapAt: instant().nullable(),
    /** USD a day. */
    avgDailyVolume: double().nullable(),
    /** Sizes are whole multiples of this. */
    amountStep: double().defaultRaw('0.00000001'),
    /** The smallest order in base currency; 0 where unknown. */
    minimumAmount: double().default(0),
    /** The smallest order in quote currency; 0 where unknown. */
    minimumCost: double().default(0),
    createdAt: instant().defaultRaw('now()'),
    updatedAt: instant().defaultRaw('now()'),
  },
});

/** A row of `cryptocurrency`. */
export type Cryptocurrency = InferEntity<typeof Cryptocurrency>;
