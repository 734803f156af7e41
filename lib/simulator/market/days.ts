import type { Ratio } from '../../units.js';
import { DAY_MS } from '../../units.js';
import { EPOCH, type Factor } from './coins.js';
import { normal, streamsOf, uniform, type Draw } from './random.js';
import { recent } from './recent.js';

/** A run or a fall within minutes, part of which is given back. */
export interface Burst {
  /** Minutes after midnight at which the run starts. */
  readonly start: number;
  /**
   * Minutes before the run that are as noisy, of the run, and of giving back after it; all within
   * the day.
   */
  readonly lead: number;
  readonly run: number;
  readonly giveBack: number;
  /** Log return of the run; negative for a fall. */
  readonly size: number;
  readonly kept: Ratio;
  /** Standard deviation of the log returns of a minute of the run; less while it is given back. */
  readonly noise: number;
}

/** How a factor behaves on one day. */
export interface DayPlan {
  readonly regime: Regime;
  /** Log value at 00:00 and at 24:00. */
  readonly from: number;
  readonly to: number;
  /** Standard deviation of the day's log return, bursts aside. */
  readonly sigma: Ratio;
  readonly bursts: readonly Burst[];
}

/** A kind of day of the generated market. */
export interface Regime {
  readonly name: 'calm' | 'range' | 'up' | 'down' | 'volatile';
  /** Of the regimes to come next, how likely it is. */
  readonly weight: number;
  readonly meanDays: number;
  /** Times the factor's own volatility. */
  readonly volatility: number;
  /** A day's drift in standard deviations. */
  readonly drift: number;
  /** Drift of the legs within a day, in standard deviations of a minute. */
  readonly leg: number;
}

const REGIMES: readonly Regime[] = [
  { name: 'calm', weight: 0.25, meanDays: 5, volatility: 0.65, drift: 0, leg: 0.06 },
  { name: 'range', weight: 0.25, meanDays: 5, volatility: 0.85, drift: 0, leg: 0.14 },
  { name: 'up', weight: 0.2, meanDays: 6, volatility: 1.05, drift: 0.35, leg: 0.12 },
  { name: 'down', weight: 0.2, meanDays: 6, volatility: 1.1, drift: -0.35, leg: 0.12 },
  { name: 'volatile', weight: 0.1, meanDays: 3, volatility: 1.6, drift: 0, leg: 0.08 },
];

/** How fast the level of volatility forgets, and how much it changes, from day to day. */
const MEMORY = 0.94;
const CHANGE = 0.12;
/** 1970-01-01 was a Thursday, so that day 2 was a Saturday. */
const isWeekend = (day: number): boolean => (day + 4) % 7 === 6 || (day + 4) % 7 === 0;
const WEEKEND = 0.75;
/** Give-back is calmer than the run. */
export const GIVE_BACK_NOISE = 0.5;

const nextRegime = (draw: Draw): Regime => {
  let left = uniform(draw);
  for (const regime of REGIMES) if ((left -= regime.weight) < 0) return regime;
  return REGIMES[0]!;
};

/**
 * A pump (or dump) of 5 to 20 minutes and 1 to 4 %, or a rally (or slide) of 20 to 60 minutes and
 * 1.5 to 6 % out of choppy minutes.
 */
const burst = (draw: Draw): Burst => {
  const rally = draw() < 0;
  const lead = rally ? 15 + Math.floor(45 * uniform(draw)) : 0;
  const run = rally ? 20 + Math.floor(41 * uniform(draw)) : 5 + Math.floor(16 * uniform(draw));
  const giveBack = 30 + Math.floor(150 * uniform(draw));
  const start = lead + Math.floor((1440 - lead - run - giveBack) * uniform(draw));
  const size = (0.01 + 0.03 * uniform(draw)) * (rally ? 1.5 : 1);
  const noise = (size / Math.sqrt(run)) * (rally ? 0.6 + 0.6 * uniform(draw) : 0.3 + 0.5 * uniform(draw));
  return { start, lead, run, giveBack, size: draw() < 0 ? -size : size, kept: uniform(draw), noise };
};

const burstsOf = (draw: Draw, perDay: number): readonly Burst[] => {
  const bursts: Burst[] = [];
  for (let chance = perDay; uniform(draw) < chance; chance *= 0.5) bursts.push(burst(draw));
  return bursts;
};

const burstVariance = ({ lead, run, giveBack, noise }: Burst): number =>
  noise * noise * (lead + run + giveBack * GIVE_BACK_NOISE * GIVE_BACK_NOISE);

/**
 * What a walk has left at each day's end; the rest of a day belongs to the day alone. Kept small:
 * there may be hundreds of walks.
 */
interface Walk {
  readonly draws: (day: number) => Draw;
  readonly regime: number[];
  /** Log value. */
  readonly to: number[];
  /** Log of the level of volatility. */
  readonly level: number[];
}

/** The day at `index` (0: the market's first), from what the day before it has left. */
const planOf = ({ draws, regime: regimes, to: ends, level: levels }: Walk, factor: Factor, index: number) => {
  const day = EPOCH / DAY_MS + index;
  const draw = draws(day);
  const before = REGIMES[regimes[index - 1] ?? -1];
  const stays = uniform(draw) > 1 / (before?.meanDays ?? 1);
  const regime = before && stays ? before : nextRegime(draw);
  const level = MEMORY * (levels[index - 1] ?? 0) + CHANGE * normal(draw);
  const sigma = factor.volatility * regime.volatility * Math.exp(level) * (isWeekend(day) ? WEEKEND : 1);
  const shock = normal(draw);
  const bursts = burstsOf(draw, factor.burstsPerDay);
  const from = ends[index - 1] ?? 0;
  const deviation = Math.sqrt(bursts.reduce((sum, each) => sum + burstVariance(each), sigma * sigma));
  const kept = bursts.reduce((sum, { size, kept }) => sum + size * kept, 0);
  // The further away, the stronger: no path leaves its band for good.
  const pull = factor.reversion * from * (1 + from * from);
  const to = from - pull + regime.drift * sigma + shock * deviation + kept;
  return { plan: { regime, from, to, sigma, bursts }, level };
};

const walks = recent<Walk>(1_024);

/**
 * The plan of a day (days since 1970, from the market's epoch on): a mean-reverting walk of
 * regimes, volatility and log value.
 */
export const dayPlan = (factor: Factor, seed: number, day: number): DayPlan => {
  const walk = walks(`${seed}/${factor.name}`, () => ({
    draws: streamsOf(seed, `day/${factor.name}`),
    regime: [],
    to: [],
    level: [],
  }));
  const index = day - EPOCH / DAY_MS;
  for (let i = walk.to.length; i < index; i++) {
    const { plan, level } = planOf(walk, factor, i);
    walk.regime.push(REGIMES.indexOf(plan.regime));
    walk.to.push(plan.to);
    walk.level.push(level);
  }
  return planOf(walk, factor, index).plan;
};
