import { Cryptocurrency } from '../../../../entities/cryptocurrency.js';
import type { CoinChange } from '../../../market-data/directory.js';
import type { MarketCap } from '../../../reference/market-caps.js';
import type { Money } from '../../../units.js';
import { ask } from '../bulk.js';
import type { Orm } from '../orm.js';

/** A stored market with its coin. */
export interface StoredCoin {
  readonly id: number;
  readonly symbol: string;
  readonly base: string;
  readonly name: string;
  readonly sector: string | null;
  readonly isActive: boolean;
  readonly cap: MarketCap | null;
  readonly avgDailyVolume: Money | null;
}

/** Columns that a change may set, and their types. */
const COLUMNS = {
  name: 'text',
  sector: 'text',
  is_active: 'boolean',
  market_cap: 'float8',
  market_cap_at: 'timestamptz',
  avg_daily_volume: 'float8',
  amount_step: 'float8',
  minimum_amount: 'float8',
  minimum_cost: 'float8',
} as const;

const UPDATE = `
  update cryptocurrency as stored set updated_at = now(), ${Object.entries(COLUMNS)
    .map(
      ([column, type]) =>
        `${column} = case when jsonb_exists(change, '${column}') then (change ->> '${column}')::${type} else stored.${column} end`,
    )
    .join(', ')}
  from jsonb_array_elements(?::jsonb) as change where stored.id = (change ->> 'id')::int`;

/** By column; JSON leaves out what is undefined. */
const rowOf = ({ id, name, sector, isActive, cap, ...change }: CoinChange): Readonly<Record<string, unknown>> => ({
  id,
  name,
  sector,
  is_active: isActive,
  market_cap: cap && cap.marketCap,
  market_cap_at: cap && new Date(cap.at).toISOString(),
  avg_daily_volume: change.avgDailyVolume,
  amount_step: change.amountStep,
  minimum_amount: change.minimumAmount,
  minimum_cost: change.minimumCost,
});

/** Stores changes of markets, each at most once, all in one statement. */
export const saveCoins = async (orm: Orm, changes: readonly CoinChange[]): Promise<void> => {
  if (changes.length > 0) await ask(orm.em.fork(), UPDATE, [JSON.stringify(changes.map(rowOf))]);
};

/** Reads stored markets, by id. */
export const readCoins = async (orm: Orm, ids: readonly number[]): Promise<readonly StoredCoin[]> => {
  const rows = await orm.em
    .fork({ disableTransactions: true })
    .find(Cryptocurrency, { id: { $in: [...ids] } }, { orderBy: { id: 'asc' } });
  return rows.map(({ id, symbol, base, name, sector, isActive, marketCap, marketCapAt, avgDailyVolume }) => ({
    id,
    symbol,
    base,
    name,
    sector: sector ?? null,
    isActive,
    avgDailyVolume: avgDailyVolume ?? null,
    cap: marketCap == null || marketCapAt == null ? null : { marketCap, at: marketCapAt.getTime(), id: null, name },
  }));
};
