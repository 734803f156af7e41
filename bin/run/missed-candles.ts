import type { Trade } from '../../lib/position/events.js';
import { wholeMinute } from '../../lib/units.js';
import { withClient } from '../../lib/world/database/connection.js';
import { guarded } from '../../lib/world/store/errors.js';
import type { RunWorld } from './world.js';

const STORED = `
  select exists (select from unnest($1::int[], $2::timestamptz[], $3::timestamptz[]) as unseen (id, since, until)
    join market_data on cryptocurrency_id = unseen.id and timestamp >= since and timestamp < until and not suspect) as "isStored"`;

/** Whether the candle of any minute that was not seen of these trades' markets is stored by now; `ids` are those of the lanes. */
export const hasMissedCandles = async (
  { database, stored }: Pick<RunWorld, 'database' | 'stored'>,
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
  return stored('looking for the candles that were missed', () =>
    guarded('looking for the candles that were missed', () =>
      withClient(database.connection, async client => {
        const { rows } = await client.query<{ isStored: boolean }>(STORED, values);
        return rows[0]!.isStored;
      }),
    ),
  );
};
