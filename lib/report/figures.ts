const formats = [4, 6, 8, 12, 17].map(digits => new Intl.NumberFormat('en-US', { maximumSignificantDigits: digits }));
const price = formats[2]!;

/** A number with eight significant digits: 64,123.457. */
export const figureOf = (value: number): string => price.format(value);

/**
 * Two compared numbers with the fewest significant digits that show their difference: −0.43 and
 * 0.5, but 0.49999 and 0.5. Null is `unknown`.
 */
export const comparedFigures = (one: number | null, other: number | null): readonly [string, string] => {
  const text = (value: number | null, format: Intl.NumberFormat) => (value === null ? 'unknown' : format.format(value));
  for (const format of formats) {
    const [a, b] = [text(one, format), text(other, format)];
    if (one === other || a !== b) return [a, b];
  }
  return [String(one), String(other)];
};
