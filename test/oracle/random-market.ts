import { MINUTE_MS } from '../../lib/units.js';
import { randomFrom, type Random } from './random.js';
import { randomSettings } from './random-settings.js';
import type { OracleCandle, OracleInput, OracleMarket } from './types.js';

/**
 * A mood of a market: drift and deviation of a minute's log return, usual volume, how often a
 * minute is quiet.
 */
interface Mood {
  readonly drift: number;
  readonly deviation: number;
  readonly volume: number;
  readonly quiet: number;
}

const MOODS: readonly Mood[] = [
  { drift: 0, deviation: 0.0005, volume: 1, quiet: 0.02 },
  { drift: 0, deviation: 0.003, volume: 2, quiet: 0 },
  { drift: 0.0012, deviation: 0.001, volume: 4, quiet: 0.02 },
  { drift: 0.0008, deviation: 0.0015, volume: 3, quiet: 0.4 },
  { drift: -0.002, deviation: 0.002, volume: 4, quiet: 0 },
  { drift: -0.0003, deviation: 0.001, volume: 1, quiet: 0.1 },
  { drift: 0, deviation: 0, volume: 0, quiet: 1 },
];

const NAMES = [
  ['BTC/USD', 'ETH/USD', 'SOL/USD'],
  ['BTC/USD', 'ETH/BTC', 'XRP/USD', 'DOGE/USD'],
  ['ADA/USD', 'ETH/EUR', 'USDT/USD', 'ZEC/USD'],
  ['BTC/USD', 'ETH/EUR', 'EUR/USD', 'ATOM/USD'],
];

/** What all markets do together, minute by minute: long nothing, then a rally or a fall. */
const tideOf = (random: Random, minutes: number): number[] => {
  const tide: number[] = [];
  while (tide.length < minutes) {
    const drift = random.pick([0, 0, 0.0007, -0.0007]);
    for (let left = random.whole(20, 120); left > 0; left--) tide.push(drift);
  }
  return tide;
};

/**
 * Candles of one market: moods in turn, wicks, quiet minutes, suspect prices, now and then a gap,
 * also right before these.
 */
const candlesOf = (random: Random, start: number, tide: readonly number[], gapChance: number): OracleCandle[] => {
  const candles: OracleCandle[] = [];
  const usualVolume = random.between(40, 400);
  let price = random.pick([0.02, 1.5, 30, 2_000]) * random.between(0.7, 1.4);
  // what a minute trades in quote currency does not depend on what a coin costs
  const volumeUnit = usualVolume / price;
  let mood = MOODS[0]!;
  let left = 0;
  let settled = 0; // candles since the last gap or suspect price
  let isBehindGap = false;
  for (let i = 0; i < tide.length; i++, left--, settled++) {
    if (left <= 0) {
      mood = random.pick(MOODS);
      left = mood.quiet === 1 ? random.whole(1, 12) : random.whole(10, 70);
    }
    if (settled > 5 && random.chance(gapChance)) {
      i += random.whole(0, 8);
      settled = -1;
      isBehindGap = true;
      if (random.chance(0.5)) price *= random.between(0.8, 1.25); // it went on meanwhile
      continue;
    }
    const at = start + i * MINUTE_MS;
    if (candles.length > 0 && random.chance(mood.quiet)) {
      candles.push({ at, open: price, high: price, low: price, close: price, volume: 0, kind: 'quiet' });
      continue;
    }
    const open = price * Math.exp(0.0003 * random.normal());
    const close = open * Math.exp(mood.drift + tide[i]! + mood.deviation * random.normal());
    const wick = random.chance(0.03) ? 0.02 : 0.0007;
    const high = Math.max(open, close) * Math.exp(wick * Math.abs(random.normal()));
    const low = Math.min(open, close) * Math.exp(-wick * Math.abs(random.normal()));
    const volume = volumeUnit * mood.volume * Math.exp(0.5 * random.normal());
    const isSuspect = isBehindGap ? random.chance(0.2) : settled > 5 && random.chance(0.004);
    isBehindGap = false;
    if (isSuspect) {
      // further than half the price away, there and back
      const jump = random.chance(0.5) ? random.between(2.5, 4) : random.between(0.15, 0.45);
      const [from, to] = [price, price * jump];
      candles.push({
        at,
        open: from,
        high: Math.max(from, to),
        low: Math.min(from, to),
        close: to,
        volume,
        kind: 'suspect',
      });
      settled = -1;
      continue;
    }
    candles.push({ at, open, high, low, close, volume, kind: 'traded' });
    price = close;
  }
  return candles;
};

/**
 * A small nasty backtest that a seed decides: several markets with gaps, quiet stretches and
 * suspect prices, and settings under which the strategy trades, is stopped, takes profits, trails,
 * is refused and comes too late. Prices are not rounded, so that no comparison hangs on the last
 * bit.
 */
export const randomCase = (seed: number): OracleInput => {
  const random = randomFrom(seed);
  const settings = randomSettings(random, randomFrom(seed + 1_000_003));
  const { required, timeframes } = settings.strategy.trend;
  const warmUp = required && timeframes.includes(15) ? 3_060 : random.whole(1_460, 1_700);
  const length = random.whole(900, 1_500);
  const start = Date.UTC(2025, 2, 1) + random.whole(0, 2_000) * MINUTE_MS;
  const tide = tideOf(random, warmUp + length);
  const gapChance = random.pick([0, 0.0005, 0.0015]);
  const markets = random.pick(NAMES).map((symbol, i): OracleMarket => {
    const listedAfter = i > 0 && random.chance(0.15) ? random.whole(100, warmUp) : 0;
    const at = start + listedAfter * MINUTE_MS;
    const candles = candlesOf(random, at, tide.slice(listedAfter), i === 0 ? 0 : gapChance);
    return {
      symbol,
      candles,
      ...(random.chance(0.5) && { amountStep: random.pick([1e-8, 0.001, 0.1, 1]) }),
      ...(random.chance(0.3) && { minimumAmount: random.pick([0.01, 5]) }),
      ...(random.chance(0.3) && { minimumCost: random.pick([5, 400]) }),
      ...(random.chance(0.3) && { firstCandleAt: at - random.whole(0, 3_000) * MINUTE_MS }),
    };
  });
  const exits = randomFrom(seed + 2_000_003);
  return {
    markets,
    from: start + warmUp * MINUTE_MS,
    to: start + (warmUp + length) * MINUTE_MS,
    settings,
    ...(exits.chance(0.5) && { exits: { rsiAbove: exits.between(65, 90) } }),
  };
};
