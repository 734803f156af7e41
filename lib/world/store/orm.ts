import type { MikroORM as OrmOf } from '@mikro-orm/core';
import { MikroORM, type Options, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import { devNull } from 'node:os';
import { entities } from '../../../entities/index.js';
import type { DurationMs } from '../../units.js';
import type { Client } from 'pg';
import { breakOff, CONNECT_TIMEOUT_MS, driverOptions, type Connection } from '../database/connection.js';
import { sessionSql } from '../database/session.js';
import { replaceVariables } from '../environment.js';

/** MikroORM on PostgreSQL. */
export type Orm = OrmOf<PostgreSqlDriver>;

/** Options of the connections. */
export interface OrmOptions {
  /** Maximum number of connections. */
  readonly poolSize: number;
  /**
   * Statement timeout of the server; the client gives up a second later. A server that hangs never
   * hangs the bot.
   */
  readonly statementTimeoutMs: DurationMs;
}

const ACQUIRE_TIMEOUT_MS = 5_000;
/** If the server needs no password, pg would look for a password file, and warn about it. */
const NO_PASSWORD = 'none';
/** Errors are thrown; the drivers' own messages would contain statements and values. */
const silence = (): void => undefined;

/** pg's message for a statement that was not answered within `query_timeout`. */
const NO_ANSWER = 'Query read timeout';

type Done = (error: Error | null, result: unknown) => void;

/**
 * Ends a session of the pool when a statement is not answered in time. The pool would lend it
 * again, perhaps within a transaction that was given up: what others write next would be stored
 * together with a part of it, or be lost with it.
 */
const endWithoutAnswer = (client: Client): void => {
  const query = client.query.bind(client) as (statement: unknown, done: Done) => unknown;
  const endingQuery = (statement: unknown, done: Done) =>
    query(statement, (error, result) => {
      if (error?.message === NO_ANSWER) breakOff(client);
      done(error, result);
    });
  Object.assign(client, { query: endingQuery });
};

/** MikroORM over one database: every entity, not connected yet. Fork it for each unit of work. */
export const openOrm = (
  connection: Connection,
  { poolSize, statementTimeoutMs }: OrmOptions,
  more: Pick<Options, 'extensions' | 'migrations' | 'schema'> = {},
): Promise<Orm> => {
  const { database, password, ...driver } = driverOptions(connection);
  const begin = sessionSql(connection, {
    statementMs: statementTimeoutMs,
    lockMs: Math.ceil(statementTimeoutMs / 2),
    // A process that computes between two statements of a transaction is not idle: longer statement
    // timeouts extend this one too.
    idleInTransactionMs: Math.max(10_000, statementTimeoutMs),
  });
  // MikroORM lets variables of its own, and a file .env in the working folder, override these
  // options.
  replaceVariables('MIKRO_ORM_', { MIKRO_ORM_ENV: devNull });
  return MikroORM.init({
    ...more,
    dbName: database.replaceAll("'", "''"), // the migrator looks for the database by this name, which it puts between apostrophes
    entities,
    connect: false,
    forceUtcTimezone: true,
    allowGlobalContext: false,
    debug: false,
    logger: silence,
    pool: {
      min: 0,
      max: poolSize,
      acquireTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      afterCreate: (client: Client, done: (error: Error | null, client: Client) => void) => {
        endWithoutAnswer(client);
        client.query(begin, error => done(error, client));
      },
    },
    driverOptions: {
      log: { warn: silence, error: silence, deprecate: silence, debug: silence },
      connection: {
        ...driver,
        database,
        password: password || NO_PASSWORD,
        application_name: 'crypto-bot',
        keepAlive: true,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: statementTimeoutMs + 1_000,
      },
    },
  });
};
