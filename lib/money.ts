/** An exact decimal number: `digits` · 10^−`scale`. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;

const decimalOf = (text: string): Decimal => {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === undefined) throw new SyntaxError(`"${text}" is no decimal number`);
  const digits = BigInt(`${sign!}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
};

const atScale = ({ digits, scale }: Decimal, wanted: number): bigint => digits * 10n ** BigInt(wanted - scale);

const textOf = ({ digits, scale }: Decimal): string => {
  if (scale === 0) return digits.toString();
  const all = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const fraction = all.slice(-scale).replace(/0+$/, '');
  return `${digits < 0n ? '-' : ''}${all.slice(0, -scale)}${fraction && `.${fraction}`}`;
};

/**
 * A number as plain decimal text for a `numeric` column: the shortest that means this very number,
 * so that a price of 1.1466e-9 and a size of 1e20 are stored to the last bit. Throws `RangeError`
 * unless finite.
 */
export const toMoney = (value: number): string => {
  if (!Number.isFinite(value)) throw new RangeError(`an amount must be finite, not ${value}`);
  const text = String(value);
  return text.includes('e') ? textOf(decimalOf(text)) : text;
};

/** The exact sum of decimal texts, as of `toMoney` or as a `numeric` column has them. */
export const sumMoney = (amounts: readonly string[]): string => {
  const all = amounts.map(decimalOf);
  const scale = all.reduce((most, amount) => Math.max(most, amount.scale), 0);
  return textOf({ digits: all.reduce((sum, amount) => sum + atScale(amount, scale), 0n), scale });
};

/** What exactly is left of an amount. */
export const lessMoney = (amount: string, ...taken: readonly string[]): string => {
  const { digits, scale } = decimalOf(sumMoney(taken));
  return sumMoney([amount, textOf({ digits: -digits, scale })]);
};

/**
 * Below 0, 0 or above 0, as the first amount is less than, the same as or more than the second,
 * however they are written.
 */
export const compareMoney = (one: string, other: string): number => {
  const [a, b] = [decimalOf(one), decimalOf(other)];
  const scale = Math.max(a.scale, b.scale);
  const difference = atScale(a, scale) - atScale(b, scale);
  return difference < 0n ? -1 : Number(difference > 0n);
};

/**
 * The greatest amount under another that is still seen to be under it: a thousandth of its last
 * place less.
 */
export const justUnder = (amount: string): string => {
  const { digits, scale } = decimalOf(amount);
  return textOf({ digits: digits * 1_000n - 1n, scale: scale + 3 });
};
