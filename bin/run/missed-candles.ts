import type { Client } from 'pg';
import type { Trade } from '../../lib/position/events.js';
import { DAY_MS, MINUTE_MS, wholeMinute, type EpochMs } from '../../lib/units.js';
import { withClient } from '../../lib/world/database/connection.js';
import { rest } from '../../lib/world/rest.js';
import { seriesBefore } from '../../lib/world/store/candles/known.js';
import { guarded } from '../../lib/world/store/errors.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import type { RunWorld } from './world.js';

/** The time that the scanner has to fetch missed candles, in the exchange's time. */
const PATIENCE_MS = 20 * MINUTE_MS;
const LOOK_EVERY_MS = 500;
const FAR_MS = 400 * DAY_MS;
const LOOKING = 'looking for the candles that were missed';

/** Asks the database again and again until it answers. */
export const fromDatabase = <T>(
  { database, stored }: Pick<RunWorld, 'database' | 'stored'>,
  what: string,
  ask: (client: Client) => Promise<T>,
): Promise<T> => stored(what, () => guarded(what, () => withClient(database.connection, ask)));

/** Waits until the candles of these markets reach up to `until`, for twenty minutes at most. */
export const waitForCandles = async (
  { database, log, link, settings, stored }: RunWorld,
  markets: readonly StoredMarket[],
  until: EpochMs,
): Promise<void> => {
  const { clockSpeed } = settings().exchange;
  const most = Math.max(5, Math.ceil(PATIENCE_MS / clockSpeed / LOOK_EVERY_MS));
  const lacking = () =>
    fromDatabase({ database, stored }, LOOKING, async client => {
      const found: string[] = [];
      for (const { id, symbol } of markets) {
        const { at } = await seriesBefore(client, id, until + FAR_MS);
        if (!(at + MINUTE_MS >= until)) found.push(symbol);
      }
      return found;
    });
  let symbols = await lacking();
  for (let looks = 1; symbols.length > 0 && looks < most; looks++) {
    if (looks === 1) log.info(`waits for the candles that were missed of ${symbols.join(', ')}`);
    link.beat();
    await rest(LOOK_EVERY_MS, link.signal);
    symbols = await lacking();
  }
  if (symbols.length > 0)
    log.warn(`the candles of ${symbols.join(', ')} up to now have not come: their exits go on with what is there`);
};

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
  return fromDatabase({ database, stored }, LOOKING, async client => {
    const { rows } = await client.query<{ isStored: boolean }>(STORED, values);
    return rows[0]!.isStored;
  });
};
