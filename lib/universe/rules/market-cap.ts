import { httpUrl, number } from '../../settings/formats.js';
import { key, money } from '../../settings/key.js';
import { HOUR_MS, type DurationMs, type Money } from '../../units.js';
import { declareRule, judged, type MarketFacts } from '../rule.js';

interface MarketCapSettings {
  /** USD. */
  readonly minMarketCap: Money;
  readonly marketCapUrl: string;
  readonly marketCapMaxAgeMs: DurationMs;
}

/** Of the base currency in USD; what was known of it too long ago is not known. */
const capOf = ({ at, live }: MarketFacts, maxAgeMs: DurationMs): Money =>
  at - live.marketCapAt <= maxAgeMs ? live.marketCap : NaN;

/** The coin is big enough. */
export const marketCap = declareRule({
  name: 'market_cap',
  keys: {
    min_market_cap: key(100_000_000, money, 'USD', 'Least market capitalisation of a coin.'),
    market_cap_url: key(
      'https://api.coingecko.com/api/v3',
      httpUrl,
      'URL',
      'Where market capitalisations come from: an API like CoinGecko’s.',
      { env: 'BOT_MARKET_CAP_URL' },
    ),
    market_cap_max_age_hours: key(
      48,
      number({ above: 0, to: 8760 }),
      'hours',
      'When a market capitalisation is too old to be known.',
    ),
  },
  settings: (document): MarketCapSettings => ({
    minMarketCap: document.min_market_cap,
    marketCapUrl: document.market_cap_url,
    marketCapMaxAgeMs: document.market_cap_max_age_hours * HOUR_MS,
  }),
  fromCandles: false,
  comparison: '≥',
  value: (facts, { marketCapMaxAgeMs }) => capOf(facts, marketCapMaxAgeMs),
  threshold: ({ minMarketCap }) => minMarketCap,
  judge: (facts, { minMarketCap, marketCapMaxAgeMs }) => {
    const cap = capOf(facts, marketCapMaxAgeMs);
    return judged(cap, cap >= minMarketCap);
  },
  doc: {
    passes: 'market cap in USD ≥ `min_market_cap`',
    unknown: 'not known, or older than `market_cap_max_age_hours`',
  },
});
