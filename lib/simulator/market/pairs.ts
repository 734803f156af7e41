import { UserError } from '../../errors.js';
import type { EpochMs, Money, Ratio } from '../../units.js';
import { MARKET, coinOf, type Coin, type Factor } from './coins.js';
import { recent } from './recent.js';

/** A market as the generator sees it: the price of one coin in terms of another. */
export interface Pair {
  readonly symbol: string;
  readonly base: Coin;
  readonly quote: Coin;
  readonly logCentre: number;
  /** The factors that move the price, and their weights. */
  readonly terms: readonly { readonly factor: Factor; readonly weight: number }[];
  /** Standard deviation of a minute's log return in an average regime. */
  readonly minuteSigma: number;
  readonly priceDecimals: number;
  readonly amountDecimals: number;
  /** USD a day in an average regime. */
  readonly turnover: Money;
  readonly quiet: Ratio;
  readonly spread: Ratio;
  readonly listedAt: EpochMs;
}

/** How liquid a market is beside the one against USD, by quote currency. */
const LIQUIDITY: Readonly<Record<string, number>> = { USD: 1, EUR: 0.5, USDT: 0.4, USDC: 0.3, GBP: 0.2, BTC: 0.2 };
const OTHER_LIQUIDITY = 0.1;
/** Prices carry this many significant digits, or a few more. */
const DIGITS = 6;

const refuse = (symbol: string): never => {
  throw new UserError([
    `${JSON.stringify(symbol)} is no market of the synthetic exchange.`,
    'Expected BASE/QUOTE with two different currencies in capitals and digits, such as BTC/USD or ETH/BTC.',
  ]);
};

const make = (symbol: string): Pair => {
  const [, baseName, quoteName] = /^([A-Z0-9]{1,12})\/([A-Z0-9]{1,12})$/.exec(symbol) ?? [];
  if (!baseName || !quoteName || baseName === quoteName) return refuse(symbol);
  const base = coinOf(baseName);
  const quote = coinOf(quoteName);
  const terms = [
    { factor: MARKET, weight: base.beta - quote.beta },
    { factor: base.own, weight: 1 },
    { factor: quote.own, weight: -1 },
  ].filter(({ factor, weight }) => weight !== 0 && factor.volatility > 0);
  const variance = terms.reduce((sum, { factor, weight }) => sum + (weight * factor.volatility) ** 2, 0);
  const centre = base.centre / quote.centre;
  const liquidity = LIQUIDITY[quoteName] ?? OTHER_LIQUIDITY;
  return {
    symbol,
    base,
    quote,
    logCentre: Math.log(centre),
    terms,
    minuteSigma: Math.sqrt(variance / 1440),
    priceDecimals: Math.max(0, DIGITS - 1 - Math.floor(Math.log10(centre))),
    amountDecimals: base.centre < 0.001 ? 2 : 8,
    turnover: base.turnover * liquidity,
    quiet: 1 - (1 - base.quiet) * liquidity ** 0.1,
    spread: base.spread / Math.sqrt(liquidity),
    listedAt: Math.max(base.listedAt, quote.listedAt),
  };
};

const pairs = recent<Pair>(4_096);

/** The market of that symbol. Throws `UserError` if it is not BASE/QUOTE. */
export const pairOf = (symbol: string): Pair => pairs(symbol, () => make(symbol));
