import type { TakeProfitLevel } from '../../lib/portfolio/exits/take-profit.js';
import type { Settings } from '../../lib/settings/settings.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { unprotected } from '../support/protections.js';
import type { Random } from './random.js';
import { plain, settingsWith } from './settings.js';

/** Shares of the position sold on the way up, in percent; some ladders leave a rest. */
const LADDERS = [[], [100], [50, 50], [33.3, 33.3, 33.4], [30, 30, 20], [25], [10, 20, 70]];

const ladder = (random: Random): TakeProfitLevel[] => {
  const shares = random.pick(LADDERS);
  let gain = 0;
  let sum = 0;
  return shares.map(share => {
    gain += random.between(0.002, 0.012);
    sum += share;
    return { gain, position: share / 100, sellsRest: Math.abs(sum - 100) < 1e-9 };
  });
};

const indicators = (random: Random): Settings['indicators'] => {
  const periods = random.pick([[1, 5], [1, 5, 15], [3], [2, 10]]);
  return {
    rsi: { period: random.whole(3, 14) },
    macd: random.chance(0.4)
      ? { fast: 12, slow: 26, signal: 9 }
      : { fast: random.whole(3, 8), slow: random.whole(9, 20), signal: random.whole(3, 9) },
    roc: { periods },
    adx: { period: random.whole(3, 14) },
    atr: { period: random.whole(3, 14) },
    volume: { period: random.whole(3, 10) },
    bollinger: { period: random.whole(5, 20), deviations: 2 },
    timeframes: [5, 15],
  };
};

/** What is off by default. */
const NONE = {
  riskPerTrade: null,
  atrStop: { multiple: null },
  breakEven: { activation: null, offset: 0 },
  maxHoldingMs: null,
  protections: unprotected,
};

/** The exits that are off by default: off in half of the cases. */
const optionalExits = (random: Random): Pick<Settings['risk'], 'atrStop' | 'breakEven' | 'maxHoldingMs'> => {
  const activation = random.chance(0.5) ? random.between(0.002, 0.01) : null;
  return {
    atrStop: { multiple: random.chance(0.5) ? random.between(1, 6) : null },
    breakEven: { activation, offset: activation === null ? 0 : random.between(0, activation) },
    maxHoldingMs: random.chance(0.4) ? random.whole(5, 90) * MINUTE_MS : null,
  };
};

/** Protections that pause often; each is off in some cases. */
const protections = (random: Random): Settings['risk']['protections'] => {
  const perhaps = <T>(value: T, chance = 0.35): T | null => (random.chance(chance) ? value : null);
  return {
    stopGuard: {
      stops: perhaps(random.whole(1, 2), 0.7),
      withinMs: random.whole(60, 360) * MINUTE_MS,
      pauseMs: random.whole(30, 240) * MINUTE_MS,
      perMarket: random.chance(0.5),
    },
    maxDrawdown: {
      depth: perhaps(random.between(0.004, 0.02), 0.5),
      withinMs: random.whole(1, 4) * HOUR_MS,
      pauseMs: random.whole(5, 120) * MINUTE_MS,
    },
    dailyLossLimit: { loss: perhaps(random.between(0.01, 0.03)) },
    lowProfitMarket: {
      trades: perhaps(random.whole(1, 2), 0.7),
      withinMs: random.whole(1, 8) * HOUR_MS,
      minimum: random.between(-0.002, 0.01),
      pauseMs: random.whole(5, 120) * MINUTE_MS,
    },
  };
};

/**
 * Settings under which a strategy that is hard to please trades often, and is refused often.
 * `others` decides what is off by default, all of it off in a third of the cases.
 */
export const randomSettings = (random: Random, others: Random): Settings => {
  const indicatorSettings = indicators(random);
  const unknown = () => random.pick(['pass', 'pass', 'fail'] as const);
  return settingsWith({
    indicators: indicatorSettings,
    strategy: {
      rsi: { overbought: random.between(75, 100), oversold: random.between(0, 40) },
      rocThresholds: indicatorSettings.roc.periods.map(() => (random.chance(0.15) ? -0.5 : random.between(0.02, 0.25))),
      volumeFactor: random.between(0.5, 1.3),
      trend: {
        required: random.chance(0.5),
        minAdx: random.between(0, 30),
        timeframes: random.pick([[5], [5], [5, 15]]),
      },
    },
    risk: {
      maxPositionSize: random.pick([0.05, 0.3, 0.6, 1]),
      stopLoss: random.between(0.003, 0.03),
      takeProfitLevels: ladder(random),
      trailingStop: { activation: random.between(0.001, 0.02), offset: random.between(0.002, 0.02) },
      maxOpenPositions: random.whole(1, 3),
      cooldownMs: random.pick([0, 15, 60]) * MINUTE_MS,
      maxOpportunityAgeMs: random.pick([0, 90_000, 90_000, 300_000]),
      ...(others.chance(1 / 3)
        ? NONE
        : {
            riskPerTrade: others.pick([null, null, 0.001, 0.005]),
            ...optionalExits(others),
            protections: protections(others),
          }),
    },
    costs: {
      takerFee: random.pick([0, 0.001, 0.004]),
      spread: random.pick([0, 0.0005]),
      slippage: random.pick([0, 0.0002]),
    },
    filtering: {
      ...plain.filtering,
      minDailyVolume: random.pick([0, 0, 150_000, 300_000]),
      maxVolatility: random.pick([1_000, 0.12]),
      minHistoryMs: random.pick([0, 4, 26]) * HOUR_MS,
      minCoverage: random.pick([0, 0.9, 0.99, 1]),
      refreshMs: random.pick([1, 15, 15, 60]) * MINUTE_MS,
      unknown: {
        ...plain.filtering.unknown,
        daily_volume: unknown(),
        volatility: unknown(),
        history: unknown(),
        coverage: unknown(),
      },
    },
  });
};
