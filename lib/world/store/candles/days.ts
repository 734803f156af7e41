import type { Client, ClientBase } from 'pg';
import type { DayCounts } from '../../../report/coverage.js';
import { DAY_MS } from '../../../units.js';
import type { Connection } from '../../database/index.js';
import { byMonth, type MonthReading } from './months.js';
import { conditionOf, countsOf, msOf, NAMED, type CoveragePeriod } from './quality.js';

const COLUMNS = `symbol, ${msOf('day')} AS day, ${msOf('first_at')} AS first, ${msOf('last_at')} AS last,
  present, quiet, suspect, revised, filled, late, decided, lag_median_ms AS "lagMedianMs", lag_p99_ms AS "lagP99Ms", unconfirmed`;

type Row = Omit<DayCounts, 'isGone'>;

const keyOf = ({ symbol, day }: Row): string => `${symbol} ${day}`;

/**
 * The stored data of each market and UTC day, by symbol and day; days without a stored minute are
 * left out. One pass over the period's rows. Days whose minutes were dropped are as they were then.
 */
export const dayCounts = async (
  connection: Connection,
  client: Client,
  period: CoveragePeriod,
  reading: MonthReading = {},
): Promise<readonly DayCounts[]> => {
  const { symbols, from, to } = period;
  const counted = await byMonth<Row>(
    connection,
    client,
    period,
    part => `SELECT ${COLUMNS} FROM (${countsOf('market_data', conditionOf(part))}) AS counted ${NAMED}`,
    reading,
  );
  const days = {
    ...(symbols && { symbols }),
    ...(from !== undefined && { from: Math.floor(from / DAY_MS) * DAY_MS }),
    ...(to !== undefined && { to }),
  };
  // After the minutes: if a month has been dropped meanwhile, its quality is stored by now.
  const { rows: gone } = await client.query<Row>(
    `SELECT ${COLUMNS} FROM market_quality ${NAMED} WHERE ${conditionOf(days, 'day')}`,
    symbols ? [symbols] : [],
  );
  const there = new Set(counted.map(keyOf));
  return [
    ...counted.map(day => ({ ...day, isGone: false })),
    ...gone.filter(day => !there.has(keyOf(day))).map(day => ({ ...day, isGone: true })),
  ].sort((a, b) => (a.symbol === b.symbol ? a.day - b.day : a.symbol < b.symbol ? -1 : 1));
};

/** The symbols of the markets with days whose minutes were dropped from the database. */
export const goneSymbols = async (client: ClientBase): Promise<readonly string[]> =>
  (await client.query<{ symbol: string }>(`SELECT DISTINCT symbol FROM market_quality ${NAMED}`)).rows.map(
    ({ symbol }) => symbol,
  );
