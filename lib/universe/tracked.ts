import type { ExchangeMarket, Ticker } from '../exchange/ports.js';
import type { FilteringSettings } from '../settings/settings.js';
import { routeTo } from '../rates.js';
import type { Money } from '../units.js';
import { conversionSymbols } from './conversion-symbols.js';

/** The markets whose candles are tracked. */
export interface Tracked {
  /** The markets that are evaluated, sorted by symbol. */
  readonly traded: readonly string[];
  /** The markets that only provide prices, for conversion and comparison, sorted by symbol. */
  readonly auxiliary: readonly string[];
}

/** The inputs of the choice of tracked markets. */
export interface TrackedQuestion {
  readonly markets: readonly ExchangeMarket[];
  readonly tickers: ReadonlyMap<string, Ticker>;
  readonly filtering: Pick<FilteringSettings, 'allowedQuoteCurrencies' | 'excludeBases' | 'minDailyVolume'>;
  /** The portfolio's. */
  readonly currency: string;
  /** Markets that must be tracked in any case: held ones, and already tracked ones. */
  readonly kept: readonly string[];
}

/**
 * A market is tracked from this share of the minimum volume on, so that one near the threshold has
 * its candles when it crosses it.
 */
const MARGIN = 0.5;

/** The price of a unit of one currency in another, by the last prices; NaN if no market has one. */
export const worthIn = (tickers: ReadonlyMap<string, Ticker>, from: string, into: string): number => {
  const route = routeTo(from, into, symbol => tickers.get(symbol)?.last ?? undefined);
  if (route === 'same') return 1;
  if (route === null) return NaN;
  return route.inverse ? 1 / route.via : route.via;
};

/** A market's volume in 24 hours, in USD; NaN if unknown. */
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
 * Chooses the markets to track: all kept ones, and those that are open for trading, in an allowed
 * currency, not of an excluded coin, with at least half of the minimum volume of the universe's
 * rule. In addition, markets to convert their currencies, and bitcoin.
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
  const auxiliary = new Set(
    conversionSymbols(quotes, currency).filter(symbol => listed.has(symbol) && !traded.has(symbol)),
  );
  return { traded: [...traded].sort(), auxiliary: [...auxiliary].sort() };
};
