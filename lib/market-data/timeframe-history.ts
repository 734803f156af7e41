import { reachMs, type CandleHistory } from '../exchange/candle-history.js';
import { HISTORY_CANDLES, joining, ofBucket, type HigherCandles } from '../indicators/timeframe-history.js';
import { MINUTE_MS, type EpochMs } from '../units.js';

/** The stored minutes of a market since its last gap, as far back as they are of use. */
export interface StoredStretch {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/**
 * Candles of a timeframe that are requested, the forming one included: as many as are of use, if
 * the exchange has them.
 */
const requested = ({ candlesBack }: CandleHistory): number => Math.min(HISTORY_CANDLES, candlesBack);

/** Whether the exchange has candles of a timeframe. All others begin with the known minutes. */
export const isOffered = ({ timeframes }: CandleHistory, minutes: number): boolean => timeframes.includes(minutes);

/**
 * Whether a market's candles of a timeframe have to be requested: the exchange has more of them
 * than the store.
 */
export const needsHistory = (
  history: CandleHistory,
  stretch: StoredStretch | undefined,
  known: HigherCandles | null,
  minutes: number,
  now: EpochMs,
): boolean => {
  if (!stretch || stretch.to < now - reachMs(history)) return true;
  const enough = requested(history) - 1;
  const length = minutes * MINUTE_MS;
  const bucket = Math.floor(stretch.from / length);
  const closed = Math.floor(now / length) - bucket;
  if (stretch.from % length > 0 && !(known && ofBucket(known, minutes, bucket) >= 0)) return closed - 1 < enough;
  const { from, to } = known ? joining(known, minutes, bucket) : { from: 0, to: 0 };
  return closed + to - from < enough;
};

/**
 * The start of a request for a timeframe's candles: as far back as they are of use, if the exchange
 * has them.
 */
export const historySince = (history: CandleHistory, minutes: number, now: EpochMs): EpochMs => {
  const length = minutes * MINUTE_MS;
  return (Math.floor(now / length) - requested(history)) * length;
};
