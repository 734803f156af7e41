import { p } from '@mikro-orm/core';

/**
 * Money, prices and sizes of trades: `numeric` without a scale, as decimal text in JavaScript. Not
 * the mapper's decimal type, which compares as numbers: sums are exact, with more digits than a
 * number has.
 */
export const money = () => p.string().columnType('numeric');

/** A moment: `timestamptz`. */
export const instant = () => p.datetime().columnType('timestamptz');

/** A number of market data: `double precision`. */
export const double = () => p.double().$type<number>();

/** A generated id, counting from 1. */
export const id = () => p.integer().primary();

// The expressions below are spelled as PostgreSQL prints them back, so that the schema's diff finds
// no difference.

/** An SQL condition that refuses NaN and both infinities in `numeric` columns. */
export const finite = (...columns: string[]): string =>
  columns.map(column => `${column} > '-Infinity'::numeric AND ${column} < 'Infinity'::numeric`).join(' AND ');

/** As `finite`, and not below zero. NaN sorts above Infinity, so the upper bound refuses it. */
export const notNegative = (...columns: string[]): string =>
  columns.map(column => `${column} >= 0 AND ${column} < 'Infinity'::numeric`).join(' AND ');

/** As `finite`, and above zero. */
export const positive = (...columns: string[]): string =>
  columns.map(column => `${column} > 0 AND ${column} < 'Infinity'::numeric`).join(' AND ');

/** As `finite`, for `double precision` columns. */
export const finiteDouble = (...columns: string[]): string =>
  columns
    .map(column => `${column} > '-Infinity'::double precision AND ${column} < 'Infinity'::double precision`)
    .join(' AND ');

/** As `notNegative`, for `double precision` columns. */
export const notNegativeDouble = (...columns: string[]): string =>
  columns.map(column => `${column} >= 0::double precision AND ${column} < 'Infinity'::double precision`).join(' AND ');

/** As `positive`, for `double precision` columns. */
export const positiveDouble = (...columns: string[]): string =>
  columns.map(column => `${column} > 0::double precision AND ${column} < 'Infinity'::double precision`).join(' AND ');
