import { DAY_MS, MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';

/** Number of minutes by kind. All but the first two are subsets of `present`; they may overlap. */
export interface MinuteCounts {
  readonly present: number;
  /** Minutes without trades. */
  readonly quiet: number;
  readonly suspect: number;
  /** The exchange changed them after they were first stored. */
  readonly revised: number;
  /** Received from candles over 5 minutes after their end; null for a simulated clock. */
  readonly late: number | null;
  /** From candles and not confirmed by a later answer; null for days archived without it. */
  readonly unconfirmed: number | null;
  /** Built from trades, by a download or a repair. */
  readonly filled: number;
  /** Decided on by a live run. */
  readonly decided: number;
  /**
   * Time from a candle's close to its decision, by the exchange's clock: median and 99th percentile
   * of a day. Over several days: the median of the medians and the greatest percentile. Null if
   * nothing was decided.
   */
  readonly lagMedianMs: DurationMs | null;
  readonly lagP99Ms: DurationMs | null;
}

/** Stored minutes of a market on a day that has any. */
export interface DayCounts extends MinuteCounts {
  readonly symbol: string;
  /** 00:00 UTC. */
  readonly day: EpochMs;
  /** Open times of the first and the last stored minute. */
  readonly first: EpochMs;
  readonly last: EpochMs;
  /** Its minutes have left the database: only the counts of the whole day are known. */
  readonly isGone: boolean;
}

/** Expected minutes, and those present. */
export interface Covered extends MinuteCounts {
  readonly symbol: string;
  readonly expected: number;
  /** Expected, but not stored. */
  readonly gap: number;
  /** Gaps because of a bad row in a file; null for days whose minutes have left the database. */
  readonly damaged: number | null;
}

/** Missing damaged minutes of a market and day. */
export interface DamagedDay {
  readonly symbol: string;
  /** 00:00 UTC. */
  readonly day: EpochMs;
  readonly damaged: number;
}

/** The minutes of one UTC day of a market. */
export interface CoveredDay extends Covered {
  readonly day: EpochMs;
  /** Its minutes have left the database. */
  readonly isGone: boolean;
}

/** Completeness of the stored candles. */
export interface CoverageReport {
  /** Sorted by symbol and day; every day with an expected minute. */
  readonly days: readonly CoveredDay[];
  /** By symbol. */
  readonly markets: readonly Covered[];
}

const NOTHING: MinuteCounts = {
  present: 0,
  quiet: 0,
  suspect: 0,
  revised: 0,
  late: 0,
  unconfirmed: 0,
  filled: 0,
  decided: 0,
  lagMedianMs: null,
  lagP99Ms: null,
};
const KINDS = ['expected', 'gap', 'present', 'quiet', 'suspect', 'revised', 'filled', 'decided'] as const;
const known = (values: readonly (number | null)[]): readonly number[] => values.filter(value => value !== null);
const medianOf = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const ascending = values.toSorted((a, b) => a - b);
  const half = ascending.length / 2;
  return (ascending[Math.ceil(half) - 1]! + ascending[Math.floor(half)]!) / 2;
};
const dayOf = (at: EpochMs): EpochMs => Math.floor(at / DAY_MS) * DAY_MS;

const both = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

/** The sum of several counts, under a given symbol. */
export const sumOf = (symbol: string, parts: readonly Covered[]): Covered => {
  const sum = { symbol, expected: 0, gap: 0, damaged: 0, ...NOTHING };
  for (const part of parts) {
    for (const name of KINDS) sum[name] += part[name];
    sum.damaged += part.damaged ?? 0;
    sum.late = both(sum.late, part.late);
    sum.unconfirmed = both(sum.unconfirmed, part.unconfirmed);
  }
  const slowest = known(parts.map(({ lagP99Ms }) => lagP99Ms));
  return {
    ...sum,
    lagMedianMs: medianOf(known(parts.map(({ lagMedianMs }) => lagMedianMs))),
    lagP99Ms: slowest.length === 0 ? null : slowest.reduce((most, value) => Math.max(most, value)),
  };
};

/** Share of expected minutes that are present, rounded down: 99.996 % is not 100 %. */
export const coverageText = ({ present, expected }: Covered): string =>
  `${(Math.floor((10_000 * present) / Math.max(expected, 1)) / 100).toFixed(2)} %`;

const daysOf = (
  symbol: string,
  counts: readonly DayCounts[],
  period: { readonly from?: EpochMs | undefined; readonly to?: EpochMs | undefined },
  damagedOn: ReadonlyMap<EpochMs, number>,
): readonly CoveredDay[] => {
  const from = period.from ?? counts[0]?.first ?? Infinity;
  const to = period.to ?? (counts.at(-1)?.last ?? -MINUTE_MS) + MINUTE_MS;
  const byDay = new Map(counts.map(each => [each.day, each]));
  const days: CoveredDay[] = [];
  for (let day = dayOf(from); day < to; day += DAY_MS) {
    const found = byDay.get(day) ?? { ...NOTHING, isGone: false };
    const begin = found.isGone && period.from !== undefined ? day : Math.max(from, day);
    const end = found.isGone && period.to !== undefined ? day + DAY_MS : Math.min(to, day + DAY_MS);
    const expected = (end - begin) / MINUTE_MS;
    const { present, quiet, suspect, revised, late, unconfirmed, filled, decided, lagMedianMs, lagP99Ms, isGone } =
      found;
    days.push({
      symbol,
      day,
      expected,
      gap: expected - present,
      present,
      quiet,
      suspect,
      revised,
      late,
      unconfirmed,
      filled,
      decided,
      lagMedianMs,
      lagP99Ms,
      isGone,
      damaged: isGone ? null : (damagedOn.get(day) ?? 0),
    });
  }
  return days;
};

/**
 * Compares the stored minutes of each market and day with the expected ones: all of the period, by
 * default from a market's first stored minute to its last. `counts` ascend by day within a market.
 */
export const coverageReport = (
  symbols: readonly string[],
  counts: readonly DayCounts[],
  period: { readonly from?: EpochMs | undefined; readonly to?: EpochMs | undefined },
  damaged: readonly DamagedDay[] = [],
): CoverageReport => {
  const bySymbol = new Map(
    symbols.map(symbol => [symbol, { counts: [] as DayCounts[], damagedOn: new Map<EpochMs, number>() }]),
  );
  for (const each of counts) bySymbol.get(each.symbol)?.counts.push(each);
  for (const each of damaged) bySymbol.get(each.symbol)?.damagedOn.set(each.day, each.damaged);
  const found = [...bySymbol].map(([symbol, own]) => ({
    symbol,
    days: daysOf(symbol, own.counts, period, own.damagedOn),
  }));
  return {
    days: found.flatMap(({ days }) => days),
    markets: found.filter(({ days }) => days.length > 0).map(({ symbol, days }) => sumOf(symbol, days)),
  };
};

/** Days with problems, worst first: most missing, then most suspect, revised, late. */
export const worstDays = (days: readonly CoveredDay[]): readonly CoveredDay[] =>
  days
    .filter(({ gap, suspect, revised, late }) => gap + suspect + revised + (late ?? 0) > 0)
    .sort(
      (a, b) =>
        b.gap - a.gap ||
        b.suspect - a.suspect ||
        b.revised - a.revised ||
        (b.late ?? 0) - (a.late ?? 0) ||
        a.day - b.day ||
        (a.symbol < b.symbol ? -1 : 1),
    );
