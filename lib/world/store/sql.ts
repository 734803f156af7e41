import type { ClientBase } from 'pg';
import { MOMENTUM } from '../../strategy/momentum.js';

/** SQL for the name of the main strategy of a row of `run` with this alias. */
export const mainStrategyOf = (run: string): string => `coalesce(${run}.strategies->0->>'name', '${MOMENTUM.name}')`;

/** SQL for the name of the main strategy of the row of `run`; momentum if it names none. */
export const MAIN_STRATEGY = mainStrategyOf('run');

/**
 * Runs `act` in a transaction of `client`: commits when it resolves, rolls back when it rejects.
 */
export const inTransaction = async <T>(client: ClientBase, act: () => Promise<T>): Promise<T> => {
  await client.query('BEGIN');
  try {
    const result = await act();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // a lost connection has rolled back already; the first error counts
    throw error;
  }
};

/** Runs SQL without values on `client` and returns the rows. */
export const queryOn =
  (client: ClientBase) =>
  async <Row extends object>(sql: string): Promise<readonly Row[]> =>
    (await client.query<Row>(sql)).rows;

/** An SQL expression of a moment in milliseconds since the epoch. */
export const ms = (moment: string): string => `extract(epoch from ${moment})::float8 * 1000`;
