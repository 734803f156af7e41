import type { ClientBase } from 'pg';
import { PRIME_CANDLES, primesOf, type Primes } from '../../lib/indicators/primes.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { readTimeframeCandles } from '../../lib/world/store/candles/timeframes.js';

/** The candles of higher timeframes that a live bot stored, for series that start from `from` to `to`; undefined if it stored none. */
export const storedPrimes = async (
  client: ClientBase,
  ids: readonly number[],
  timeframes: readonly number[],
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): Promise<Primes | undefined> => {
  const earlier = PRIME_CANDLES * Math.max(0, ...timeframes) * MINUTE_MS;
  const query = async (sql: string) => (await client.query<object>(sql)).rows;
  return primesOf(await readTimeframeCandles(query, { ids, timeframes, from: from - earlier, to }), ids);
};
