/**
 * Coins of all sizes against USD, with what a filter has to leave out: a stablecoin, a currency,
 * other quotes.
 */
export const SIMULATED_SYMBOLS: readonly string[] = [
  ...[
    ...['BTC', 'ETH', 'SOL', 'XRP', 'ADA', 'DOGE', 'LINK', 'LTC', 'AVAX', 'MINA', 'DOT', 'ATOM', 'UNI', 'AAVE', 'FIL'],
    ...['NEAR', 'ALGO', 'XLM', 'ETC', 'TRX', 'USDT', 'EUR'],
  ].map(base => `${base}/USD`),
  ...['ETH/BTC', 'BTC/EUR', 'ETH/EUR', 'BTC/USDT', 'ETH/USDT'],
];
