import { escapeIdentifier, escapeLiteral } from 'pg';
import type { DurationMs } from '../../units.js';

/** Statement timeouts of a session; default none. */
export interface Limits {
  readonly statementMs?: DurationMs;
  readonly lockMs?: DurationMs;
  readonly idleInTransactionMs?: DurationMs;
}

/**
 * Every setting that our results depend on and that a server, a database or a role may have
 * changed: how values are written and read as text, how literals are read, what a transaction sees,
 * and what ends a waiting session.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  idle_session_timeout: '0',
};
/** Unknown to PostgreSQL before 17. */
const TRANSACTION_TIMEOUT = `case when current_setting('transaction_timeout', true) is not null
  then set_config('transaction_timeout', '0', false) end`;

/**
 * The first statement of every session. Not parameters of the start-up message: poolers refuse them
 * there, and these override any other setting.
 */
export const sessionSql = (
  { schema, settings = {} }: { readonly schema?: string; readonly settings?: Readonly<Record<string, string>> },
  { statementMs = 0, lockMs = 0, idleInTransactionMs = 0 }: Limits = {},
): string => {
  const all = {
    ...settings,
    ...SETTINGS,
    ...(schema !== undefined && { search_path: escapeIdentifier(schema) }),
    statement_timeout: String(statementMs),
    lock_timeout: String(lockMs),
    idle_in_transaction_session_timeout: String(idleInTransactionMs),
  };
  const set = ([name, value]: readonly [string, string]) =>
    `set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, false)`;
  return `select ${Object.entries(all).map(set).join(', ')}, ${TRANSACTION_TIMEOUT}`;
};
