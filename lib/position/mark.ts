import type { EpochMs, Money } from '../units.js';

/** What a portfolio is worth. */
export interface Worth {
  readonly cash: Money;
  readonly openValue: Money;
}

/** The portfolio's worth at a moment that is kept: the start, each day's close, each minute or each moment with a fill, the end. */
export interface EquityMark extends Worth {
  readonly at: EpochMs;
  readonly kind: 'start' | 'day' | 'entry' | 'exit' | 'end' | 'minute';
}
