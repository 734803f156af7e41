import { decimalOf, isRecord, positiveOf } from '../exchange/numbers.js';
import type { EpochMs, Money, Price } from '../units.js';

/** A coin at a source of market caps. */
export interface Coin {
  /** The source's own name, unique: bitcoin. */
  readonly id: string;
  /** In capitals. Not unique: wrapped and bridged coins, and copies, share it with others. */
  readonly symbol: string;
  readonly name: string;
  /** USD; null if unknown. */
  readonly price: Price | null;
  /** USD; null if unknown; never known without a price. */
  readonly marketCap: Money | null;
}

/** A source's answer, and the time of the request. */
export interface CoinsAnswer {
  readonly at: EpochMs;
  readonly coins: readonly Coin[];
  /** Number of unusable rows. */
  readonly rejected: number;
}

const ID = /^[\w.-]{1,100}$/;
/** ASCII only: other letters may look like another coin's symbol, or become it in capitals. */
const SYMBOL = /^[!-~]{1,40}$/;
const MAX_CHARACTERS = 60;
/** USD, an implausibly large cap. */
const MAX_CAP = 1e15;

/** External text as a coin's name: one short line without control characters or markup. */
export const plainName = (text: string): string =>
  Array.from(
    text
      .slice(0, 1_000)
      .replace(/<[^<>]*>/g, '')
      .replace(/[\p{C}\p{Z}\s<>&"'`]+/gu, ' ')
      .trim(),
  )
    .slice(0, MAX_CHARACTERS)
    .join('')
    .trim();

/** An optional number: null for null and 0, which mean unknown; undefined if invalid. */
const figureOf = (cell: unknown): number | null | undefined =>
  cell === null || cell === undefined || decimalOf(cell) === 0 ? null : (positiveOf(cell) ?? undefined);

const readCoin = (row: unknown): Coin | null => {
  if (!isRecord(row)) return null;
  const { id, symbol, name } = row;
  if (typeof id !== 'string' || !ID.test(id) || typeof symbol !== 'string' || !SYMBOL.test(symbol)) return null;
  const [price, cap] = [figureOf(row['current_price']), figureOf(row['market_cap'])];
  if (typeof name !== 'string' || price === undefined || cap === undefined || (cap ?? 0) >= MAX_CAP) return null;
  return {
    id,
    symbol: symbol.toUpperCase(),
    name: plainName(name) || symbol.toUpperCase(),
    price,
    marketCap: price === null ? null : cap,
  };
};

/**
 * Reads a page of CoinGecko's `/coins/markets` row by row, so that a bad row costs one coin. Of two
 * rows with one id the first counts. Null if it is not such a page.
 */
export const readCoins = (json: unknown): { readonly coins: readonly Coin[]; readonly rejected: number } | null => {
  if (!Array.isArray(json)) return null;
  const coins = new Map<string, Coin>();
  for (const row of json as readonly unknown[]) {
    const coin = readCoin(row);
    if (coin && !coins.has(coin.id)) coins.set(coin.id, coin);
  }
  return { coins: [...coins.values()], rejected: json.length - coins.size };
};
