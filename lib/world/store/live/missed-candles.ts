import type { Trade } from '../../../portfolio/events.js';
import { DAY_MS, MINUTE_MS, wholeMinute, type EpochMs } from '../../../units.js';
import { withClient } from '../../database/connection.js';
import type { Connection } from '../../database/index.js';
import { seriesBefore } from '../candles/known.js';
import { guarded } from '../errors.js';
import type { StoredMarket } from '../index.js';

const WHAT = 'looking for missed candles';
const FAR_MS = 400 * DAY_MS;

/**
 * The symbols of these markets whose stored candles do not reach up to `until`. Throws
 * `StoreError`.
 */
export const marketsWithoutCandles = (
  connection: Connection,
  markets: readonly StoredMarket[],
  until: EpochMs,
): Promise<readonly string[]> =>
  guarded(WHAT, () =>
    withClient(connection, async client => {
      const found: string[] = [];
      for (const { id, symbol } of markets) {
        const { at } = await seriesBefore(client, id, until + FAR_MS);
        if (!(at + MINUTE_MS >= until)) found.push(symbol);
      }
      return found;
    }),
  );

const STORED = `
  select exists (select from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) as unseen (id, since, until)
    join market_data on cryptocurrency_id = unseen.id and timestamp >= since and timestamp < until and not suspect) as "isStored"`;

/**
 * Whether candles of minutes that were not seen of these trades' markets are stored by now; `ids`
 * are those of the lanes. Throws `StoreError`.
 */
export const hasMissedCandles = async (
  connection: Connection,
  ids: readonly number[],
  open: readonly Trade[],
): Promise<boolean> => {
  const wanted = open.flatMap(({ market, unseen = [] }) =>
    unseen.map(({ from, to }) => ({ id: ids[market], from, to })),
  );
  if (wanted.length === 0) return false;
  const values = [
    wanted.map(({ id }) => id),
    wanted.map(({ from }) => new Date(wholeMinute(from))),
    wanted.map(({ to }) => new Date(to)),
  ];
  return guarded(WHAT, () =>
    withClient(connection, async client => {
      const { rows } = await client.query<{ isStored: boolean }>(STORED, values);
      return rows[0]!.isStored;
    }),
  );
};
