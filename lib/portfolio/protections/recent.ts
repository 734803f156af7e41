import type { DurationMs, EpochMs } from '../../units.js';
import type { ClosedTrade } from '../protection.js';

/** Which closes are looked at together. */
export interface Group {
  /** Number of consecutive closes. */
  readonly count: number;
  /** Maximum time from the first to the last of them. */
  readonly withinMs: DurationMs;
  /** Whether the closes of each market are a series of their own. */
  readonly perMarket: boolean;
}

/** The last of a group of closes. */
export interface LastOf {
  /** Null unless each market is a series of its own. */
  readonly symbol: string | null;
  readonly at: EpochMs;
}

/**
 * For each series, the time of the latest close that ends a group which holds. `closes` are
 * ascending by time.
 */
export const lastWhere = (
  closes: readonly ClosedTrade[],
  { count, withinMs, perMarket }: Group,
  holds: (group: readonly ClosedTrade[]) => boolean,
): readonly LastOf[] => {
  const series = new Map<string | null, ClosedTrade[]>();
  for (const close of closes) {
    const symbol = perMarket ? close.symbol : null;
    const known = series.get(symbol);
    if (known) known.push(close);
    else series.set(symbol, [close]);
  }
  return [...series].flatMap(([symbol, own]) => {
    for (let end = own.length; end >= count; end--) {
      const group = own.slice(end - count, end);
      const { at } = group.at(-1)!;
      if (at - group[0]!.at <= withinMs && holds(group)) return [{ symbol, at }];
    }
    return [];
  });
};
