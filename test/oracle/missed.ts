import type { ExitReason } from '../../lib/portfolio/exit-catalogue.js';
import type { RiskSettings } from '../../lib/settings/settings.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { OracleCandle } from './types.js';

/** A position as it was left. Sizes are whole steps. */
export interface MissedPosition {
  readonly entryPrice: number;
  readonly steps: number;
  readonly remaining: number;
  readonly stop: number;
  /** What an exit at the stop is for. */
  readonly stopReason: ExitReason;
  readonly entryTime: number;
  readonly nextLevel: number;
  readonly highest: number;
  readonly watchedUntil: number;
  /** Whether there is something that was not seen before. */
  readonly hasUnseen: boolean;
  /** NaN where it is not known. */
  readonly lastPrice: number;
}

export interface MissedInput {
  readonly position: MissedPosition;
  readonly risk: RiskSettings;
  /** Close times of the candles on which an exit of the strategy held, ascending. */
  readonly exitsAt: readonly number[];
  readonly maxJump: number;
  /** Checks fall on its whole multiples. */
  readonly checkEvery: number;
  readonly until: number;
  /** Stretches of which all trades are known, and these trades. */
  readonly stretches: readonly { readonly from: number; readonly to: number }[];
  readonly trades: readonly { readonly at: number; readonly price: number }[];
  /** The candle of a minute; undefined where none is stored. */
  readonly candle: (minute: number) => OracleCandle | undefined;
}

export interface MissedExit {
  readonly at: number;
  /** Before costs. */
  readonly price: number;
  readonly steps: number;
  readonly reason: ExitReason;
}

export interface MissedResult {
  readonly exits: readonly MissedExit[];
  readonly remaining: number;
  readonly stop: number;
  readonly isAmbiguous: boolean;
  /** Minutes, or parts of them, of which nothing is known. */
  readonly unseen: readonly { readonly from: number; readonly to: number; readonly stop: number }[];
}

/** What missed time did to one position, by semantics §5 alone. */
export const missed = (input: MissedInput): MissedResult => {
  const { risk, until, checkEvery, maxJump, trades } = input;
  const levels = risk.takeProfitLevels;
  const { entryPrice, entryTime, steps, watchedUntil } = input.position;
  let { remaining, stop, stopReason, nextLevel, highest, lastPrice } = input.position;
  const limit = risk.maxHoldingMs === null ? Infinity : entryTime + risk.maxHoldingMs;
  const signal = input.exitsAt.find(close => close > entryTime) ?? Infinity;
  /** For what a check sells everything at any price; null if for nothing. */
  const overdue = (check: number): ExitReason | null => {
    if (signal < limit) return check > signal ? 'exit_signal' : null;
    return check >= limit ? 'time_limit' : null;
  };
  let isAmbiguous = false;
  const exits: MissedExit[] = [];
  const unseen: { from: number; to: number; stop: number }[] = [];
  const goal = (level: number) => entryPrice * (1 + levels[level]!.gain);
  const { breakEven, trailingStop } = risk;
  const trailedFrom = (high: number) =>
    high < entryPrice * (1 + trailingStop.activation) ? 0 : high * (1 - trailingStop.offset);
  const evenFrom = (high: number) =>
    high < entryPrice * (1 + (breakEven.activation ?? Infinity)) ? 0 : entryPrice * (1 + breakEven.offset);
  const stopFrom = (high: number) => Math.max(evenFrom(high), trailedFrom(high));

  const sellAll = (at: number, price: number, reason: ExitReason = stopReason) => {
    exits.push({ at, price, steps: remaining, reason });
    remaining = 0;
  };
  const raise = (high: number) => {
    highest = Math.max(highest, high);
    if (stopFrom(highest) <= stop) return;
    stop = stopFrom(highest);
    stopReason = stop === evenFrom(highest) ? 'break_even' : 'trailing_stop';
  };
  /**
   * Sells at the price, or at the levels themselves where `price` is null, each level that is under
   * `reached`.
   */
  const takeTargets = (at: number, reached: number, price: number | null) => {
    if (input.position.hasUnseen || unseen.length > 0) return;
    for (; remaining > 0 && nextLevel < levels.length && reached > goal(nextLevel); nextLevel++) {
      const { position, sellsRest } = levels[nextLevel]!;
      const part = sellsRest ? remaining : Math.min(remaining, Math.floor(steps * position + 1e-9));
      if (part === 0) continue;
      exits.push({ at, price: price ?? goal(nextLevel), steps: part, reason: 'take_profit' });
      remaining -= part;
    }
  };

  /**
   * One bad print proves nothing: only those trades count that are near the last good one, or near
   * the bad one before them.
   */
  const goodOnes = (found: typeof trades) => {
    let [good, bad] = [lastPrice, Number.NaN];
    return found.filter(({ price }) => {
      const isNear = (other: number) => Math.abs(price - other) <= maxJump * other;
      if (Number.isNaN(good) || isNear(good) || isNear(bad)) {
        [good, bad] = [price, Number.NaN];
        return true;
      }
      bad = price;
      return false;
    });
  };

  const stretchOver = (from: number, to: number) =>
    input.stretches.find(stretch => stretch.from <= from && stretch.to >= to);
  const goodIn = new Map<object, typeof trades>();

  for (let minute = Math.floor(watchedUntil / MINUTE_MS) * MINUTE_MS; minute < until; minute += MINUTE_MS) {
    if (remaining === 0) break;
    const from = Math.max(minute, watchedUntil);
    const to = Math.min(minute + MINUTE_MS, until);
    if (from >= to) continue;
    const stretch = stretchOver(from, to);
    if (stretch) {
      const all = goodIn.get(stretch) ?? goodOnes(trades.filter(({ at }) => at > stretch.from && at <= stretch.to));
      goodIn.set(stretch, all);
      // Every check of the stretch that is due by the end of this minute, and every low that came
      // by then.
      const priceAt = (time: number) => all.findLast(({ at }) => at <= time)?.price ?? lastPrice;
      const last = lastPrice;
      for (let check = Math.floor(from / checkEvery) * checkEvery; check < to && remaining > 0; check += checkEvery) {
        const [begin, end] = [Math.max(check, stretch.from), Math.min(check + checkEvery, stretch.to)];
        const between = all.filter(({ at }) => at > begin && at <= end);
        const hasEnd = check + checkEvery <= stretch.to;
        const atEnd = priceAt(end);
        const lowest = Math.min(...between.map(({ price }) => price));
        const low = between.find(({ price }) => price === lowest);
        if (low && low.at > from && low.at <= to && low.price <= stop && !(hasEnd && atEnd <= stop)) {
          isAmbiguous = true;
          sellAll(low.at, low.price);
        } else if (hasEnd && end <= to && end > from && !Number.isNaN(atEnd)) {
          const reason = overdue(end);
          if (reason) sellAll(end, atEnd, reason);
          else if (atEnd <= stop) sellAll(end, atEnd);
          else {
            takeTargets(end, atEnd, atEnd);
            if (remaining > 0) raise(atEnd);
          }
        }
      }
      lastPrice = all.findLast(({ at }) => at <= to)?.price ?? last;
      continue;
    }
    const candle = to < minute + MINUTE_MS ? undefined : input.candle(minute); // not of a minute that is still under way
    if (!candle) {
      isAmbiguous = true;
      unseen.push({ from, to, stop });
      lastPrice = Number.NaN;
      continue;
    }
    // The minute begins at the last price before, and of a price that is too far from that one
    // print proves nothing.
    const isNear = (price: number) => !(Math.abs(price - lastPrice) > maxJump * lastPrice);
    const edges = [candle.open, candle.close, ...(Number.isNaN(lastPrice) ? [] : [lastPrice])];
    const low = Math.min(...edges, ...[candle.low].filter(isNear));
    const high = Math.max(...edges, ...[candle.high].filter(isNear));
    const isWhole = from === minute;
    const isChecked = Math.floor(to / checkEvery) > Math.floor(from / checkEvery);
    if (low <= Math.max(stop, stopFrom(high))) {
      if (low > stop) raise(high);
      isAmbiguous = true;
      sellAll(to, low);
    } else if (isWhole && isChecked && overdue(Math.floor(to / checkEvery) * checkEvery)) {
      sellAll(to, low, overdue(Math.floor(to / checkEvery) * checkEvery)!);
    } else {
      if (isWhole && isChecked) takeTargets(to, low, null);
      if (nextLevel < levels.length && high > goal(nextLevel)) isAmbiguous = true;
      if (remaining > 0) raise(high);
    }
    lastPrice = candle.close;
  }
  return { exits, remaining, stop, isAmbiguous, unseen };
};
