import { MINUTE_MS, type DurationMs } from '../units.js';

/** The candles that an exchange serves. */
export interface CandleHistory {
  /**
   * The latest candles of each interval that one answer holds, the forming one included; below
   * 1,000.
   */
  readonly candlesBack: number;
  /** Intervals in minutes, 1 among them. */
  readonly timeframes: readonly number[];
  /** How long after its end a candle may still change: late trades are booked into it. */
  readonly settleMs: DurationMs;
}

/** Requests take time: the oldest candles of an answer may be gone before it is sent. */
const MARGIN_MINUTES = 5;

/** How far before now a request for 1-minute candles surely reaches. */
export const reachMs = ({ candlesBack }: Pick<CandleHistory, 'candlesBack'>): DurationMs =>
  (candlesBack - MARGIN_MINUTES) * MINUTE_MS;
