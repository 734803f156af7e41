import { MINUTE_MS, type EpochMs } from '../units.js';
import type { Trade } from './events.js';

/** Exit signals of a strategy by lane: the open times of their candles, ascending. */
export type ExitSignals = ReadonlyMap<number, readonly EpochMs[]>;

/**
 * Sets the first exit signal since the entry of a trade that has none yet (semantics §5). Live, a
 * check at the very close of the candle cannot know of it: the first one after it sells.
 */
export const noteExitSignal = (trade: Trade, signals: ExitSignals): void => {
  if (trade.exitSignalAt !== undefined) return;
  const first = signals.get(trade.market)?.find(at => at + MINUTE_MS > trade.entryAt);
  if (first !== undefined) trade.exitSignalAt = first + MINUTE_MS + 1;
};

/** Signals, ascending, by lane. */
export const exitSignalsOf = (signals: readonly { readonly market: number; readonly at: EpochMs }[]): ExitSignals => {
  const byLane = new Map<number, EpochMs[]>();
  for (const { market, at } of signals) byLane.set(market, [...(byLane.get(market) ?? []), at]);
  return byLane;
};
