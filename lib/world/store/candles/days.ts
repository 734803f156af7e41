import type { ClientBase } from 'pg';
import type { DayCounts } from '../../../report/coverage.js';
import { DAY_MS } from '../../../units.js';
import { conditionOf, countsOf, lagsOf, msOf, type CoveragePeriod } from './quality.js';

const COLUMNS = `symbol, ${msOf('day')} AS day, ${msOf('first_at')} AS first, ${msOf('last_at')} AS last,
  present, quiet, suspect, revised, filled, late, decided`;
const NAMED = 'JOIN cryptocurrency ON cryptocurrency.id = cryptocurrency_id';
const LAG = 'lag_median_ms AS "lagMedianMs", lag_p99_ms AS "lagP99Ms"';

type Lag = Pick<DayCounts, 'symbol' | 'day' | 'lagMedianMs' | 'lagP99Ms'>;

const keyOf = ({ symbol, day }: Pick<DayCounts, 'symbol' | 'day'>): string => `${symbol} ${day}`;

/**
 * What is stored of each market and UTC day, by symbol and day; days without a stored minute do not come. One pass over the
 * period's rows, a second one where a live run decided on any. Days whose minutes have left the database come as they were then.
 */
export const dayCounts = async (client: ClientBase, period: CoveragePeriod): Promise<readonly DayCounts[]> => {
  const { symbols, from, to } = period;
  const values = symbols ? [symbols] : [];
  const condition = conditionOf(period);
  const { rows: counted } = await client.query<Omit<DayCounts, 'lagMedianMs' | 'lagP99Ms' | 'isGone'>>(
    `SELECT ${COLUMNS} FROM (${countsOf('market_data', condition)}) AS counted ${NAMED}`,
    values,
  );
  const { rows: lags } = counted.some(({ decided }) => decided > 0)
    ? await client.query<Lag>(
        `SELECT symbol, ${msOf('day')} AS day, ${LAG} FROM (${lagsOf('market_data', condition)}) AS lags ${NAMED}`,
        values,
      )
    : { rows: [] };
  const days = {
    ...(symbols && { symbols }),
    ...(from !== undefined && { from: Math.floor(from / DAY_MS) * DAY_MS }),
    ...(to !== undefined && { to }),
  };
  const { rows: gone } = await client.query<Omit<DayCounts, 'isGone'>>(
    `SELECT ${COLUMNS}, ${LAG} FROM market_quality ${NAMED} WHERE ${conditionOf(days, 'day')}`,
    values,
  );
  const lagOf = new Map(lags.map(lag => [keyOf(lag), lag]));
  const there = new Set(counted.map(keyOf));
  return [
    ...counted.map(day => {
      const { lagMedianMs, lagP99Ms } = lagOf.get(keyOf(day)) ?? { lagMedianMs: null, lagP99Ms: null };
      return { ...day, lagMedianMs, lagP99Ms, isGone: false };
    }),
    ...gone.filter(day => !there.has(keyOf(day))).map(day => ({ ...day, isGone: true })),
  ].sort((a, b) => (a.symbol === b.symbol ? a.day - b.day : a.symbol < b.symbol ? -1 : 1));
};

/** The symbols of the markets of which days are known whose minutes have left the database. */
export const goneSymbols = async (client: ClientBase): Promise<readonly string[]> =>
  (await client.query<{ symbol: string }>(`SELECT DISTINCT symbol FROM market_quality ${NAMED}`)).rows.map(
    ({ symbol }) => symbol,
  );
