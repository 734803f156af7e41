import { GIVE_BACK_NOISE, dayPlan, type DayPlan } from './days.js';
import type { Factor } from './coins.js';
import { drawsOf, normal, uniform, type Draw } from './random.js';
import { recent } from './recent.js';

/** Minutes of a day. */
export const DAY_MINUTES = 1440;

/** One day of a factor, minute by minute. */
export interface MinutePath {
  /** Log value at the start of each minute and at the day's end: 1,441 values. */
  readonly log: Float64Array;
  /** Variance of the log return of each minute. */
  readonly variance: Float64Array;
}

/** Volatility by hour of the day (UTC): quiet in the early morning, busiest when America opens. */
const HOURS = [
  1.0, 0.95, 0.85, 0.78, 0.72, 0.72, 0.78, 0.9, 1.0, 1.0, 0.98, 0.98, 1.1, 1.35, 1.45, 1.35, 1.25, 1.15, 1.1, 1.1, 1.05,
  0.95, 0.95, 1.0,
] as const;
/** Volatility comes in spells of this many minutes. */
const SPELL = 30;
const SPELL_MEMORY = 0.8;
const SPELL_CHANGE = 0.3;

/** Standard deviations whose squares add up to sigma², into `deviation`. */
const spread = (deviation: Float64Array, sigma: number, draw: Draw): void => {
  let level = 0.5 * normal(draw);
  let sum = 0;
  for (let from = 0; from < DAY_MINUTES; from += SPELL) {
    const value = Math.exp(level) * HOURS[Math.floor(from / 60)]!;
    deviation.fill(value, from, from + SPELL);
    sum += SPELL * value * value;
    level = SPELL_MEMORY * level + SPELL_CHANGE * normal(draw);
  }
  const scale = sigma / Math.sqrt(sum);
  for (let i = 0; i < DAY_MINUTES; i++) deviation[i]! *= scale;
};

/**
 * The drift of each minute in standard deviations: legs of 20 to 120 minutes, one way in trends, to
 * and fro in ranges.
 */
const legs = (drift: Float64Array, { regime }: DayPlan, draw: Draw): void => {
  let way = draw() < 0 ? -1 : 1;
  for (let from = 0; from < DAY_MINUTES;) {
    const to = Math.min(DAY_MINUTES, from + 20 + Math.floor(100 * uniform(draw)));
    if (regime.name === 'range') way = -way;
    else way = uniform(draw) < 0.5 + regime.drift ? 1 : -1;
    drift.fill(way * regime.leg * (0.5 + uniform(draw)), from, to);
    from = to;
  }
};

const make = (factor: Factor, seed: number, day: number): MinutePath => {
  const plan = dayPlan(factor, seed, day);
  const draw = drawsOf(seed, `minutes/${factor.name}`, day);
  const log = new Float64Array(DAY_MINUTES + 1);
  const variance = new Float64Array(DAY_MINUTES);
  const drift = new Float64Array(DAY_MINUTES);
  spread(variance, plan.sigma, draw);
  legs(drift, plan, draw);
  for (let i = 0; i < DAY_MINUTES; i++) {
    drift[i]! *= variance[i]!;
    variance[i]! *= variance[i]!;
  }
  for (const { start, lead, run, giveBack, size, kept, noise } of plan.bursts) {
    const over = start + run;
    for (let i = start; i < over; i++) drift[i]! += size / run;
    for (let i = over; i < over + giveBack; i++) drift[i]! -= (size * (1 - kept)) / giveBack;
    for (let i = start - lead; i < over + giveBack; i++)
      variance[i]! += (noise * (i < over ? 1 : GIVE_BACK_NOISE)) ** 2;
  }
  let sum = 0;
  let total = 0;
  for (let i = 0; i < DAY_MINUTES; i++) {
    sum += drift[i]! += Math.sqrt(variance[i]!) * normal(draw);
    total += variance[i]!;
  }
  // A Brownian bridge: the remainder to the day's end is distributed by variance.
  const missing = (plan.to - plan.from - sum) / total;
  let value = plan.from;
  for (let i = 0; i < DAY_MINUTES; i++) {
    log[i] = value;
    value += drift[i]! + missing * variance[i]!;
  }
  log[DAY_MINUTES] = plan.to;
  return { log, variance };
};

const paths = recent<MinutePath>(64);

/** The path of a moving factor on a day (days since 1970). It begins where the day before ends. */
export const minutePath = (factor: Factor, seed: number, day: number): MinutePath =>
  paths(`${seed}/${factor.name}/${day}`, () => make(factor, seed, day));
