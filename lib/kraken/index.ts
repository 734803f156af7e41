import type { ExchangeAdapter } from '../exchange/adapter.js';
import { isKnownCode, KNOWN_CODES, QUOTE_CODES } from './assets.js';
import { currencyNamed } from './currencies.js';
import { envelopeFault, isPartial } from './envelope.js';
import { KRAKEN_ERRORS } from './errors.js';
import { KRAKEN_HISTORY, KRAKEN_LIMITS } from './limits.js';
import { symbolOf } from './pairs.js';
import { KRAKEN_REQUESTS } from './requests.js';

/** Kraken's public market data. */
export const KRAKEN = {
  name: 'kraken',
  title: 'Kraken',
  ccxt: { file: 'kraken', api: 'public' },
  limits: KRAKEN_LIMITS,
  history: KRAKEN_HISTORY,
  checks: { fault: envelopeFault, isPartial },
  errors: KRAKEN_ERRORS,
  names: {
    currency: currencyNamed,
    symbol: symbolOf,
    known: {
      quotes: QUOTE_CODES,
      codes: KNOWN_CODES,
      has: isKnownCode,
    },
  },
  requests: KRAKEN_REQUESTS,
} as const satisfies ExchangeAdapter;
