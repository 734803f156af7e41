/** Symbols whose prices are wanted besides those of markets in these quotes: to convert quote currencies, and bitcoin to compare with. */
export const companions = (quotes: ReadonlySet<string>, currency: string): readonly string[] => {
  const rates = ['USD', currency].flatMap(into =>
    [...quotes].filter(quote => quote !== into).flatMap(quote => [`${quote}/${into}`, `${into}/${quote}`]),
  );
  return [...rates, `BTC/${currency}`];
};
