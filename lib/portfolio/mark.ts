import type { EpochMs, Money } from '../units.js';

/** The value of a portfolio. */
export interface Worth {
  readonly cash: Money;
  readonly openValue: Money;
}

/**
 * The value of the portfolio at a recorded time: the start, a day's close, a minute, a fill, or the
 * end.
 */
export interface EquityMark extends Worth {
  readonly at: EpochMs;
  readonly kind: 'start' | 'day' | 'entry' | 'exit' | 'end' | 'minute';
}
