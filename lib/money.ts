/** Decimal places of money, prices and sizes in the database. */
export const MONEY_DECIMALS = 12;

/**
 * A number as a whole count of its last decimal place, rounded to the nearest: 1.5 with 12 decimals is 1_500_000_000_000n.
 * Counts add up exactly where the numbers themselves would not. Throws `RangeError` unless finite and below 1e16.
 */
export const toCount = (value: number, decimals = MONEY_DECIMALS): bigint => {
  if (!(Math.abs(value) < 1e16)) throw new RangeError(`an amount must be finite and below 1e16, not ${value}`);
  return BigInt(value.toFixed(decimals).replace('.', ''));
};

/** A count of last decimal places as decimal text, as PostgreSQL prints its `numeric`: 1_500_000_000_000n is 1.500000000000. */
export const countToText = (count: bigint, decimals = MONEY_DECIMALS): string => {
  const digits = (count < 0n ? -count : count).toString().padStart(decimals + 1, '0');
  return `${count < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

/** The count behind a text of `countToText` with as many decimals. Throws `SyntaxError` on anything but digits. */
export const textToCount = (text: string): bigint => BigInt(text.replace('.', ''));

/** A number as decimal text with twelve places, ready for a `numeric` column. */
export const toMoney = (value: number): string => countToText(toCount(value));

/** The exact sum of texts of `toMoney`. */
export const sumMoney = (amounts: readonly string[]): string =>
  countToText(amounts.reduce((sum, amount) => sum + textToCount(amount), 0n));
