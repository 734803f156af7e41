import { drawsOf, uniform } from '../simulator/market/random.js';
import { DAY_MS, type EpochMs, type Money, type Percent } from '../units.js';
import { meanInterval } from './bootstrap.js';
import { isoTime } from './time.js';

/** What is compared: a strategy of a run. */
export interface Compared {
  /** Names it in texts: `run 3`, or the name of its strategy. */
  readonly label: string;
  /** Null: a run that is not recorded. */
  readonly id: number | null;
  readonly mode: string;
  readonly strategy: string;
  readonly initialBalance: Money;
  /** When its equity begins. */
  readonly from: EpochMs;
  /** Equity at the last mark of each UTC day that has one and is over, by the day's start; ascending. */
  readonly days: readonly { readonly day: EpochMs; readonly equity: Money }[];
  readonly trades: readonly ComparedTrade[];
}

/** A trade as it is compared. */
export interface ComparedTrade {
  readonly market: string;
  /** The minute of its entry. */
  readonly enteredAt: EpochMs;
  readonly profitLoss: Money;
}

/** A strategy of a run over the days that all of them have in common. Ratios in percent. */
export interface OverDays {
  readonly label: string;
  readonly run: number | null;
  readonly mode: string;
  readonly strategy: string;
  readonly returnPercentage: Percent;
  readonly maxDrawdownPercentage: Percent;
  readonly bestDayPercentage: Percent;
  readonly worstDayPercentage: Percent;
  readonly trades: number;
  readonly profitLoss: Money;
}

/** A strategy of a run against the first one, day by day. */
export interface PairedDifference {
  readonly label: string;
  readonly run: number | null;
  readonly againstLabel: string;
  readonly against: number | null;
  /** Mean of the differences of the daily returns. */
  readonly meanPercentage: Percent;
  /** Its 90 % interval. */
  readonly lowPercentage: Percent;
  readonly highPercentage: Percent;
  /** Share of the resampled means above 0. */
  readonly shareAbove: number;
  readonly daysAhead: number;
  readonly daysBehind: number;
  readonly sharedTrades: number;
  /** What the shared trades made in this run, and in the other. */
  readonly sharedProfitLoss: Money;
  readonly sharedProfitLossAgainst: Money;
  readonly ownTrades: number;
  readonly ownProfitLoss: Money;
  readonly otherTrades: number;
  readonly otherProfitLoss: Money;
}

/** Strategies of runs side by side. */
export interface Comparison {
  /** The first day in common, and the one after the last; null if there is none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly days: number;
  readonly runs: readonly OverDays[];
  readonly differences: readonly PairedDifference[];
  readonly warnings: readonly string[];
}

const MIN_DAYS = 30;
const SEED = 1;

/** The returns of a run on each of these days; a day without a mark has none. */
const returnsOf = ({ days, initialBalance }: Compared, from: EpochMs, to: EpochMs): readonly number[] => {
  const before = days.filter(({ day }) => day < from).at(-1)?.equity ?? initialBalance;
  const byDay = new Map(days.map(({ day, equity }) => [day, equity]));
  const returns: number[] = [];
  let last = before;
  for (let day = from; day < to; day += DAY_MS) {
    const equity = byDay.get(day) ?? last;
    returns.push(equity / last - 1);
    last = equity;
  }
  return returns;
};

const drawdownOf = (returns: readonly number[]): number => {
  let [value, highest, deepest] = [1, 1, 0];
  for (const one of returns) {
    value *= 1 + one;
    highest = Math.max(highest, value);
    deepest = Math.max(deepest, 1 - value / highest);
  }
  return deepest;
};

const sum = (trades: readonly ComparedTrade[]): Money =>
  trades.reduce((total, { profitLoss }) => total + profitLoss, 0);
const keyOf = ({ market, enteredAt }: ComparedTrade): string => `${market} ${enteredAt}`;
const within = ({ trades }: Compared, from: EpochMs, to: EpochMs): readonly ComparedTrade[] =>
  trades.filter(({ enteredAt }) => enteredAt >= from && enteredAt < to);

/** The whole UTC days that all of them have; `count` 0 if there is none. */
const inCommon = (runs: readonly Compared[]) => {
  const from = Math.ceil(Math.max(...runs.map(run => run.from)) / DAY_MS) * DAY_MS;
  const to = Math.min(...runs.map(({ days }) => (days.at(-1)?.day ?? -Infinity) + DAY_MS));
  return { from, to, count: Number.isFinite(to) ? Math.max(0, Math.round((to - from) / DAY_MS)) : 0 };
};

/**
 * Compares strategies over the whole UTC days that all of them have: each by itself, and each with the
 * first one by the differences of their daily returns, never by two figures side by side alone. Of one
 * run, strategies without a day in common with the first one (just added, or removed) are left out.
 */
export const compareRuns = (all: readonly Compared[]): Comparison => {
  const [first] = all as readonly [Compared, ...Compared[]];
  const isApart = (one: Compared): boolean =>
    one !== first && one.id === first.id && inCommon([first, one]).count === 0;
  const apart = all.filter(isApart);
  const together = all.filter(one => !isApart(one));
  const runs = together.length > 1 ? together : all;
  const { from, to, count } = inCommon(runs);
  if (count === 0)
    return {
      from: null,
      to: null,
      days: 0,
      runs: [],
      differences: [],
      warnings: [
        `the ${runs.every(({ id }) => id === runs[0]!.id) ? 'strategies' : 'runs'} have no whole day in common`,
      ],
    };
  const returns = runs.map(run => returnsOf(run, from, to));
  const trades = runs.map(run => within(run, from, to));
  const overDays = runs.map(({ label, id, mode, strategy }, i): OverDays => ({
    label,
    run: id,
    mode,
    strategy,
    returnPercentage: 100 * (returns[i]!.reduce((value, one) => value * (1 + one), 1) - 1),
    maxDrawdownPercentage: 100 * drawdownOf(returns[i]!),
    bestDayPercentage: 100 * Math.max(...returns[i]!),
    worstDayPercentage: 100 * Math.min(...returns[i]!),
    trades: trades[i]!.length,
    profitLoss: sum(trades[i]!),
  }));
  const differences = runs.slice(1).map(({ label, id }, n): PairedDifference => {
    const [own, other] = [n + 1, 0];
    const daily = returns[own]!.map((one, day) => one - returns[other]![day]!);
    const draw = drawsOf(SEED, 'compare', n);
    const { mean, low, high, shareAbove } = meanInterval(daily, below => Math.floor(uniform(draw) * below));
    const others = new Map(trades[other]!.map(trade => [keyOf(trade), trade]));
    const shared = trades[own]!.filter(trade => others.has(keyOf(trade)));
    const sharedKeys = new Set(shared.map(keyOf));
    const isOwn = (trade: ComparedTrade) => !sharedKeys.has(keyOf(trade));
    const ownOnly = trades[own]!.filter(isOwn);
    const otherOnly = trades[other]!.filter(isOwn);
    return {
      label,
      run: id,
      againstLabel: runs[0]!.label,
      against: runs[0]!.id,
      meanPercentage: 100 * mean,
      lowPercentage: 100 * low,
      highPercentage: 100 * high,
      shareAbove,
      daysAhead: daily.filter(value => value > 0).length,
      daysBehind: daily.filter(value => value < 0).length,
      sharedTrades: shared.length,
      sharedProfitLoss: sum(shared),
      sharedProfitLossAgainst: sum(shared.map(trade => others.get(keyOf(trade))!)),
      ownTrades: ownOnly.length,
      ownProfitLoss: sum(ownOnly),
      otherTrades: otherOnly.length,
      otherProfitLoss: sum(otherOnly),
    };
  });
  const warnings = [
    ...(apart.length > 0
      ? [`left out, without a whole day in common with ${first.label}: ${apart.map(({ label }) => label).join(', ')}`]
      : []),
    ...(count < MIN_DAYS
      ? [`low sample: ${count} ${count === 1 ? 'day' : 'days'} (under ${MIN_DAYS}), too little to judge by`]
      : []),
  ];
  return { from: isoTime(from), to: isoTime(to), days: count, runs: overDays, differences, warnings };
};
