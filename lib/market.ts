import type { Money, SizeBase } from './units.js';

/** A spot market. Its place in the world's list, sorted by symbol, is its lane on every tape. */
export interface Market {
  /** `BASE/QUOTE` in ccxt's names: BTC/USD, DOGE/EUR. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Sizes are whole multiples of this; 1e-8 where unknown. */
  readonly amountStep: SizeBase;
  /** The smallest order in base currency; 0 where unknown. */
  readonly minimumAmount: SizeBase;
  /** The smallest order in quote currency; 0 where unknown. */
  readonly minimumCost: Money;
}

/** The step of sizes where the exchange's own is not known. */
export const DEFAULT_AMOUNT_STEP = 1e-8;

/** A market of which only the symbol is known. */
export const marketOf = (symbol: string): Market => {
  const [base = '', quote = ''] = symbol.split('/');
  return { symbol, base, quote, amountStep: DEFAULT_AMOUNT_STEP, minimumAmount: 0, minimumCost: 0 };
};
