/**
 * Symbols whose prices are needed besides markets in these quotes: to convert quote currencies, and
 * bitcoin for comparison.
 */
export const conversionSymbols = (quotes: ReadonlySet<string>, currency: string): readonly string[] => {
  const rates = ['USD', currency].flatMap(into =>
    [...quotes].filter(quote => quote !== into).flatMap(quote => [`${quote}/${into}`, `${into}/${quote}`]),
  );
  return [...rates, `BTC/${currency}`];
};
