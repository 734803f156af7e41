import type { ExchangeMarket, Ticker } from '../exchange/ports.js';
import type { FilteringSettings } from '../settings/settings.js';
import { routeTo } from '../rates.js';
import type { Money } from '../units.js';
import { companions } from './companions.js';

/** The markets whose candles are followed. */
export interface Tracked {
  /** Those that are decided on, sorted by symbol. */
  readonly traded: readonly string[];
  /** Those that only give prices, to convert currencies and to compare with, sorted by symbol. */
  readonly auxiliary: readonly string[];
}

export interface TrackedQuestion {
  readonly markets: readonly ExchangeMarket[];
  readonly tickers: ReadonlyMap<string, Ticker>;
  readonly filtering: Pick<FilteringSettings, 'allowedQuoteCurrencies' | 'excludeBases' | 'minDailyVolume'>;
  /** The portfolio's. */
  readonly currency: string;
  /** What has to be followed whatever becomes of it: what is held, and what was followed before. */
  readonly kept: readonly string[];
}

/** A market is followed from this part of the least volume on, so that one near the line has its candles when it crosses it. */
const MARGIN = 0.5;

/** What a unit of a currency is worth in another, by the last prices; NaN where no market tells. */
export const worthIn = (tickers: ReadonlyMap<string, Ticker>, from: string, into: string): number => {
  const route = routeTo(from, into, symbol => tickers.get(symbol)?.last ?? undefined);
  if (route === 'same') return 1;
  if (route === null) return NaN;
  return route.inverse ? 1 / route.via : route.via;
};

/** What a market traded in 24 hours, in USD; NaN where it is not known. */
export const volumeInUsd = (
  { symbol, quote }: Pick<ExchangeMarket, 'symbol' | 'quote'>,
  tickers: ReadonlyMap<string, Ticker>,
): Money => {
  const { volume24h, vwap24h, last } = tickers.get(symbol) ?? {};
  if (volume24h === null || volume24h === undefined) return NaN;
  if (volume24h === 0) return 0;
  return volume24h * (vwap24h ?? last ?? NaN) * worthIn(tickers, quote, 'USD');
};

/**
 * Chooses the markets to follow: all that are kept, and those that are open for trading, in an allowed currency, of no excluded
 * coin, and turn over at least half of what the universe's rule wants. Besides them, what converts their currencies, and
 * bitcoin.
 */
export const trackedMarkets = ({ markets, tickers, filtering, currency, kept }: TrackedQuestion): Tracked => {
  const { allowedQuoteCurrencies, excludeBases, minDailyVolume } = filtering;
  const listed = new Map(markets.filter(({ status }) => status !== 'delisted').map(market => [market.symbol, market]));
  const wanted = [...listed.values()].filter(
    market =>
      market.status === 'online' &&
      allowedQuoteCurrencies.includes(market.quote) &&
      !excludeBases.includes(market.base) &&
      volumeInUsd(market, tickers) >= MARGIN * minDailyVolume,
  );
  const traded = new Set([...wanted.map(({ symbol }) => symbol), ...kept.filter(symbol => listed.has(symbol))]);
  const quotes = new Set([...traded].map(symbol => symbol.slice(symbol.indexOf('/') + 1)));
  const auxiliary = new Set(companions(quotes, currency).filter(symbol => listed.has(symbol) && !traded.has(symbol)));
  return { traded: [...traded].sort(), auxiliary: [...auxiliary].sort() };
};
