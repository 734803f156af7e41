import type { PublicTrade } from '../exchange/ports.js';
import { jumpFilter, NOTHING_JUDGED } from '../market-data/jump-filter.js';
import type { DurationMs, EpochMs, Price, Ratio } from '../units.js';

/** All trades of a market with from < t ≤ to, ascending. */
export interface TradeStretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly trades: readonly Pick<PublicTrade, 'at' | 'price'>[];
}

/** A moment of missed time, from trades. */
export type Moment =
  /** A check was due, which would have seen this price. */
  | { readonly kind: 'check'; readonly at: EpochMs; readonly price: Price }
  /**
   * The lowest trade since the last check; `next` is the price at the next check, null if that is
   * still to come.
   */
  | { readonly kind: 'low'; readonly at: EpochMs; readonly price: Price; readonly next: Price | null };

/**
 * The trades without suspect ones: those too far from the last good price that no other trade
 * confirms (semantics §1).
 */
export const goodTrades = (trades: TradeStretch['trades'], last: Price, maxJump: Ratio): TradeStretch['trades'] => {
  const judge = jumpFilter({ ...NOTHING_JUDGED, good: last }, maxJump);
  return trades.filter(({ price }) => !judge.isSuspect(price));
};

/** Whether a check is due in from < t ≤ to. */
export const hasCheck = (from: EpochMs, to: EpochMs, everyMs: DurationMs): boolean =>
  Math.floor(to / everyMs) > Math.floor(from / everyMs);

/** The last check that is due in from < t ≤ to; null where there is none. */
export const lastCheck = (from: EpochMs, to: EpochMs, everyMs: DurationMs): EpochMs | null =>
  hasCheck(from, to, everyMs) ? Math.floor(to / everyMs) * everyMs : null;

/**
 * The moments of a stretch in order: for each period between two checks its lowest trade, then the
 * check. The period after the last check has none yet. Checks are due at the whole multiples of
 * `everyMs` since the epoch; `last` is the price before.
 *
 *     trades   -100--97--99-----98-------95-|
 *     checks   ---------------C---------C---
 *     moments  ------97-------99---98---98-95     the first low is followed by 99, the last by none
 */
export const momentsOf = ({ from, to, trades }: TradeStretch, last: Price, everyMs: DurationMs): readonly Moment[] => {
  const moments: Moment[] = [];
  let [price, i] = [last, 0];
  for (let start = from; start < to;) {
    const due = (Math.floor(start / everyMs) + 1) * everyMs;
    const end = Math.min(due, to);
    let low: (typeof trades)[number] | null = null;
    for (; i < trades.length && trades[i]!.at <= end; i++) {
      const trade = trades[i]!;
      if (trade.at <= start) continue;
      price = trade.price;
      if (!low || trade.price < low.price) low = trade;
    }
    const isChecked = due <= to;
    if (low) moments.push({ kind: 'low', at: low.at, price: low.price, next: isChecked ? price : null });
    if (isChecked && !Number.isNaN(price)) moments.push({ kind: 'check', at: due, price });
    start = end;
  }
  return moments;
};

/**
 * A stretch of a market's trades. Its moments depend on the price before it, which is known once
 * the stretch is reached.
 */
export interface Course {
  readonly stretch: TradeStretch;
  said: Said | null;
}

/** The moments of a stretch. */
interface Said {
  readonly moments: readonly Moment[];
  /** The trades that are not suspect. */
  readonly trades: TradeStretch['trades'];
}

/** The known trades of missed time. */
export class Courses {
  private readonly maxJump: Ratio;
  private readonly everyMs: DurationMs;
  private readonly known = new Map<number, readonly Course[]>();

  /** `everyMs`: the interval of checks. */
  constructor(maxJump: Ratio, everyMs: DurationMs) {
    this.maxJump = maxJump;
    this.everyMs = everyMs;
  }

  /** Adds a stretch with all trades of a market. */
  know(market: number, stretch: TradeStretch): void {
    this.known.set(market, [...(this.known.get(market) ?? []), { stretch, said: null }]);
  }

  /** The stretch that covers all of this time; null if there is none. */
  over(market: number, from: EpochMs, to: EpochMs): Course | null {
    return this.known.get(market)?.find(({ stretch }) => stretch.from <= from && stretch.to >= to) ?? null;
  }

  /** The moments of a stretch. `last` is the price before it, used by the first call only. */
  read(course: Course, last: Price): Said {
    if (course.said) return course.said;
    const trades = goodTrades(course.stretch.trades, last, this.maxJump);
    course.said = { trades, moments: momentsOf({ ...course.stretch, trades }, last, this.everyMs) };
    return course.said;
  }
}
