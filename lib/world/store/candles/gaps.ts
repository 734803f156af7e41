import type { ClientBase } from 'pg';
import type { Stretch } from '../../../download/trade-minutes.js';

/** Minutes of a market that are not stored, between two that are. */
export interface Gap extends Stretch {
  readonly symbol: string;
}

const SELECT = `
  SELECT symbol, extract(epoch FROM before)::float8 * 1000 + 60000 AS "from", extract(epoch FROM at)::float8 * 1000 AS "to"
  FROM cryptocurrency, LATERAL (
    SELECT timestamp AS at, lag(timestamp) OVER (ORDER BY timestamp) AS before FROM market_data
    WHERE cryptocurrency_id = cryptocurrency.id) AS walked
  WHERE at - before > interval '1 minute' AND ($1::text[] IS NULL OR symbol = ANY($1))
  ORDER BY symbol COLLATE "C", at`;

/** Every gap of these markets, of all of them for null, by symbol and time. One pass over their rows. */
export const readGaps = async (client: ClientBase, symbols: readonly string[] | null): Promise<readonly Gap[]> =>
  (await client.query<Gap>(SELECT, [symbols])).rows;
