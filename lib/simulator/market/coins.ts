import type { EpochMs, Money, Price, Ratio } from '../../units.js';
import { drawsOf, uniform } from './random.js';

/** A source of price changes: the whole market, or a coin's own. Its log path wanders about 0. */
export interface Factor {
  readonly name: string;
  /** Standard deviation of a day's log return in an average regime; 0: it never moves. */
  readonly volatility: Ratio;
  /** Share of the way back to 0 that is made each day while it is near. */
  readonly reversion: Ratio;
  readonly burstsPerDay: number;
}

/** A currency and how it moves: `log(price) = log(centre) + beta · market + own`, in USD. */
export interface Coin {
  readonly name: string;
  /** The price about which it wanders. */
  readonly centre: Price;
  readonly beta: number;
  readonly own: Factor;
  /** Traded a day against USD, in an average regime. */
  readonly turnover: Money;
  /** Share of the minutes without a trade. */
  readonly quiet: Ratio;
  readonly spread: Ratio;
  /** Midnight UTC. */
  readonly listedAt: EpochMs;
}

/** Midnight UTC at which every path starts: nothing is listed before. */
export const EPOCH: EpochMs = Date.UTC(2014, 0, 1);

const REVERSION = 0.006;

/** The factor that moves all coins: BTC has no other. */
export const MARKET: Factor = { name: 'market', volatility: 0.02, reversion: REVERSION, burstsPerDay: 0.2 };

const still = (name: string): Factor => ({ name, volatility: 0, reversion: 0, burstsPerDay: 0 });

type Row = readonly [
  centre: Price,
  beta: number,
  volatility: Ratio,
  turnover: Money,
  quiet: Ratio,
  spread: Ratio,
  listed: string,
];
const COINS: Readonly<Record<string, Row>> = {
  BTC: [60_000, 1, 0, 400e6, 0, 0.0001, '2014-01-01'],
  ETH: [2_800, 1.1, 0.012, 250e6, 0, 0.0001, '2015-08-07'],
  XRP: [0.9, 0.95, 0.02, 120e6, 0, 0.0002, '2017-05-18'],
  LTC: [90, 0.95, 0.016, 25e6, 0.002, 0.0003, '2014-01-01'],
  ADA: [0.6, 1.1, 0.019, 30e6, 0.001, 0.0003, '2018-09-29'],
  LINK: [15, 1.15, 0.021, 20e6, 0.002, 0.0003, '2019-09-19'],
  DOGE: [0.15, 1.1, 0.024, 50e6, 0.001, 0.0002, '2019-12-20'],
  SOL: [130, 1.25, 0.02, 150e6, 0, 0.0002, '2021-06-17'],
  AVAX: [30, 1.2, 0.023, 15e6, 0.004, 0.0004, '2021-12-22'],
  MINA: [0.7, 1.1, 0.028, 0.4e6, 0.3, 0.003, '2021-10-12'],
};
const FIAT: Readonly<Record<string, Price>> = {
  EUR: 1.1,
  GBP: 1.28,
  CHF: 1.13,
  CAD: 0.73,
  AUD: 0.66,
  JPY: 0.0067,
};
const STABLECOINS = new Set(['USDT', 'USDC', 'DAI', 'PYUSD', 'USDG', 'TUSD', 'USDS', 'RLUSD', 'FDUSD']);

const pegged = (name: string, centre: Price, volatility: Ratio, reversion: Ratio): Coin => ({
  name,
  centre,
  beta: 0,
  own: { name, volatility, reversion, burstsPerDay: 0 },
  turnover: 60e6,
  quiet: 0.01,
  spread: 0.0001,
  listedAt: Date.UTC(2017, 3, 1),
});

/** A coin without a description: its character follows from its name. */
const unknown = (name: string): Coin => {
  const draw = drawsOf(0, `coin/${name}`, 0);
  const between = (low: number, high: number) => low + (high - low) * uniform(draw);
  const scaled = (low: number, high: number) => Math.exp(between(Math.log(low), Math.log(high)));
  const turnover = scaled(1e6, 40e6);
  return {
    name,
    centre: Number(scaled(0.02, 60).toPrecision(3)),
    beta: between(0.8, 1.4),
    own: { name, volatility: between(0.018, 0.03), reversion: REVERSION, burstsPerDay: between(0.5, 0.9) },
    turnover,
    quiet: Math.min(0.35, 4e5 / turnover),
    spread: Math.min(0.004, 6_000 / turnover),
    listedAt: Date.UTC(2017 + Math.floor(between(0, 7)), Math.floor(between(0, 12)), 1),
  };
};

/** The coin or currency of that name; every name has one, and always the same. */
export const coinOf = (name: string): Coin => {
  if (name === 'USD') return { ...pegged(name, 1, 0, 0), own: still(name), listedAt: EPOCH };
  if (STABLECOINS.has(name)) return pegged(name, 1, 0.0004, 0.3);
  const rate = FIAT[name];
  if (rate !== undefined) return { ...pegged(name, rate, 0.004, 0.01), listedAt: EPOCH };
  const row = COINS[name];
  if (row === undefined) return unknown(name);
  const [centre, beta, volatility, turnover, quiet, spread, listed] = row;
  const own = volatility === 0 ? still(name) : { name, volatility, reversion: REVERSION, burstsPerDay: 0.7 };
  return { name, centre, beta, own, turnover, quiet, spread, listedAt: Date.parse(`${listed}T00:00:00Z`) };
};
