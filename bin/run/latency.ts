import type { TapeEvent } from '../../lib/live/events.js';
import type { DurationMs } from '../../lib/units.js';

/** How long after the exchange's answer the decisions on it are stored. */
export interface Latency {
  /** The answer about the candles of the market in this lane has come. */
  answered(market: number): void;
  /** When the last of the answers that a tape is made of had come; NaN where it is made of none. Asked before later ones come. */
  answeredAt(event: TapeEvent): DurationMs;
  /** The decisions on answers of that time are stored. */
  stored(answeredAt: DurationMs): void;
  /** In milliseconds: what the latest tape took, and what 99 in 100 of a day's tapes keep to. Empty before the first. */
  counters(): { readonly stored_ms?: number; readonly stored_ms_p99?: number };
}

/** A day of tapes, one a minute. */
const TAPES = 1_440;

/** Nothing has come yet. `elapsed` is our own clock. */
export const latencyOf = (elapsed: () => DurationMs): Latency => {
  const answeredAt = new Map<number, DurationMs>();
  const latest = new Float64Array(TAPES);
  let tapes = 0;
  return {
    answered: market => void answeredAt.set(market, elapsed()),
    answeredAt: ({ rows }) => {
      const times = rows.filter(({ source }) => source === 'ohlc').map(({ market }) => answeredAt.get(market) ?? NaN);
      return times.length === 0 ? NaN : Math.max(...times);
    },
    stored: since => {
      if (!Number.isNaN(since)) latest[tapes++ % TAPES] = elapsed() - since;
    },
    counters: () => {
      if (tapes === 0) return {};
      const sorted = latest.slice(0, tapes).sort();
      return {
        stored_ms: Math.round(latest[(tapes - 1) % TAPES]!),
        stored_ms_p99: Math.round(sorted[Math.ceil(0.99 * sorted.length) - 1]!),
      };
    },
  };
};
