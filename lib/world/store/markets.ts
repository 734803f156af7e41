import { Cryptocurrency } from '../../../entities/cryptocurrency.js';
import { UserError } from '../../errors.js';
import type { Market } from '../../market.js';
import { ask } from './bulk.js';
import type { Orm } from './orm.js';
import { ENTER_MARKETS, marketRows } from './reference.js';

/** A market with its row in the database. */
export interface StoredMarket extends Market {
  readonly id: number;
  readonly isActive: boolean;
  /** The sector of its coin, as `layer-1`; null if unknown. */
  readonly sector: string | null;
}

const SYMBOL = /^[A-Z0-9.]{1,20}\/[A-Z0-9.]{1,20}$/;

const toMarket = ({ id, symbol, base, quote, isActive, sector, ...row }: Cryptocurrency): StoredMarket => ({
  id,
  symbol,
  base,
  quote,
  isActive,
  sector: sector ?? null,
  amountStep: row.amountStep,
  minimumAmount: row.minimumAmount,
  minimumCost: row.minimumCost,
});

/** Sorted in JavaScript: a market's lane must not depend on the database's collation. */
const bySymbol = (a: Market, b: Market): number => (a.symbol < b.symbol ? -1 : 1);

/** Every market, sorted by symbol. */
export const readMarkets = async (orm: Orm): Promise<readonly StoredMarket[]> =>
  (await orm.em.fork({ disableTransactions: true }).find(Cryptocurrency, {})).map(toMarket).sort(bySymbol);

/**
 * The markets of these symbols, sorted by symbol; new ones are entered with the reference data of
 * their coins and the exchange's sizes (`known`), even by two processes at once.
 */
export const enterMarkets = async (
  orm: Orm,
  symbols: readonly string[],
  known: readonly Market[] = [],
): Promise<readonly StoredMarket[]> => {
  const wrong = symbols.filter(symbol => !SYMBOL.test(symbol));
  if (wrong.length > 0)
    throw new UserError([
      `${JSON.stringify(wrong[0])} is not a market symbol: expected BASE/QUOTE in capitals, as BTC/USD.`,
    ]);
  const em = orm.em.fork();
  const stored = new Set((await em.find(Cryptocurrency, { symbol: { $in: symbols } })).map(({ symbol }) => symbol));
  const fresh = [...new Set(symbols)].filter(symbol => !stored.has(symbol));
  if (fresh.length > 0) await ask(em, ENTER_MARKETS.orm, [marketRows(fresh, known)]);
  return (await em.find(Cryptocurrency, { symbol: { $in: symbols } })).map(toMarket).sort(bySymbol);
};
