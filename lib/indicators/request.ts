import type { Guard } from '../guard.js';
import type { ColumnGroup } from './indicator.js';

/** The columns of a candle. */
export const PRICES = ['open', 'high', 'low', 'close', 'volume'] as const;
/** Name of a column of a candle. */
export type PriceName = (typeof PRICES)[number];

/** The candle's column of this name; undefined if the name is not one of them. */
export const priceNamed = (name: string): PriceName | undefined => PRICES.find(price => price === name);

/** An indicator that a strategy requests. */
export interface IndicatorRequest {
  readonly indicator: string;
  /** By the names of the indicator's options; those left out have their defaults. */
  readonly options: Readonly<Record<string, number>>;
  /** In minutes, from 1 to 60. */
  readonly timeframe: number;
  /** Column of the candle that is used in place of the close; default the close. */
  readonly input?: PriceName | undefined;
  /** One of the indicator's outputs; default its first one. */
  readonly output?: string | undefined;
}

/**
 * Candles that are counted together: those of a timeframe, by its minutes, or only those that have an
 * open and a volume. The two differ at the start of a series, for which the exchange's prices alone
 * are known.
 */
export type CandleKind = number | `${number} whole`;

/** The candles of a timeframe with open and volume. */
export const wholeKind = (minutes: number): CandleKind => `${minutes} whole`;

/** Columns that a strategy requests, ready to be computed. */
export interface RequestedColumns {
  /** In minutes. */
  readonly timeframe: number;
  readonly group: ColumnGroup;
  /** Whether high, low and close are enough, so that stored candles of the timeframe help. */
  readonly isOfPrices: boolean;
  /** Ends the code of a strategy's own indicator if that does not return. */
  readonly guard?: Guard | undefined;
}

/** A requested column. */
export interface ResolvedColumn {
  /** Its name everywhere: `rsi_21`, `15m.max_30_high`. */
  readonly key: string;
  readonly columns: RequestedColumns;
  /** Candles of the timeframe that the value needs. */
  readonly candles: number;
}

/** A request that cannot be met: what was found and what was expected. */
export class RequestError extends Error {}
