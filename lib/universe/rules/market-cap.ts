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

/** Market cap of the base currency in USD; NaN if it is unknown or too old. */
const capOf = ({ at, live }: MarketFacts, maxAgeMs: DurationMs): Money =>
  at - live.marketCapAt <= maxAgeMs ? live.marketCap : NaN;

/** The coin is big enough. */
export const marketCap = declareRule({
  name: 'market_cap',
  keys: {
    min_market_cap: key(100_000_000, money, 'USD', 'Minimum market capitalisation of a coin.'),
    market_cap_url: key(
      'https://api.coingecko.com/api/v3',
      httpUrl,
      'URL',
      'Source of market capitalisations: an API like CoinGecko’s.',
      { env: 'BOT_MARKET_CAP_URL' },
    ),
    market_cap_max_age_hours: key(
      48,
      number({ above: 0, to: 8760 }),
      'hours',
      'Maximum age of a market capitalisation; an older one counts as unknown.',
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
    unknown: 'the market cap is unknown, or older than `market_cap_max_age_hours`',
  },
});
