import { judged, type Rule } from '../rule.js';

/** The coin is big enough; what was known of it too long ago is not known. */
export const marketCap: Rule = {
  name: 'market_cap',
  fromCandles: false,
  value: ({ at, live }, { marketCapMaxAgeMs }) => (at - live.marketCapAt <= marketCapMaxAgeMs ? live.marketCap : NaN),
  threshold: ({ minMarketCap }) => minMarketCap,
  judge(facts, filtering) {
    const value = this.value!(facts, filtering);
    return judged(value, value >= filtering.minMarketCap);
  },
};
