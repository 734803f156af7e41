import { decimalOf, isRecord, positiveOf } from '../exchange/numbers.js';
import type { EpochMs, Money, Price } from '../units.js';

/** A coin as a source of market capitalisations knows it. */
export interface Coin {
  /** The source's own name, unique: bitcoin. */
  readonly id: string;
  /** In capitals. Not unique: wrapped and bridged coins, and copies, share it with others. */
  readonly symbol: string;
  readonly name: string;
  /** USD; null where not known. */
  readonly price: Price | null;
  /** USD; null where not known, which it is without a price. */
  readonly marketCap: Money | null;
}

/** What a source told, and when it was asked. */
export interface CoinsAnswer {
  readonly at: EpochMs;
  readonly coins: readonly Coin[];
  /** Rows that cannot be used. */
  readonly rejected: number;
}

const ID = /^[\w.-]{1,100}$/;
/** ASCII alone: capitals of other letters may look like another coin's symbol, or be it. */
const SYMBOL = /^[!-~]{1,40}$/;
const MOST_CHARACTERS = 60;
/** In USD: more than all the money of the world. */
const MOST_CAP = 1e15;

/** Text from outside as a coin's name: one short line without control characters and markup; empty where nothing is left. */
export const plainName = (text: string): string =>
  Array.from(
    text
      .slice(0, 1_000)
      .replace(/<[^<>]*>/g, '')
      .replace(/[\p{C}\p{Z}\s<>&"'`]+/gu, ' ')
      .trim(),
  )
    .slice(0, MOST_CHARACTERS)
    .join('')
    .trim();

/** A number that may be absent: null for null and 0, which say that nobody knows; undefined for what is no such number. */
const figureOf = (cell: unknown): number | null | undefined =>
  cell === null || cell === undefined || decimalOf(cell) === 0 ? null : (positiveOf(cell) ?? undefined);

const readCoin = (row: unknown): Coin | null => {
  if (!isRecord(row)) return null;
  const { id, symbol, name } = row;
  if (typeof id !== 'string' || !ID.test(id) || typeof symbol !== 'string' || !SYMBOL.test(symbol)) return null;
  const [price, cap] = [figureOf(row['current_price']), figureOf(row['market_cap'])];
  if (typeof name !== 'string' || price === undefined || cap === undefined || (cap ?? 0) >= MOST_CAP) return null;
  return {
    id,
    symbol: symbol.toUpperCase(),
    name: plainName(name) || symbol.toUpperCase(),
    price,
    marketCap: price === null ? null : cap,
  };
};

/**
 * Reads a page of CoinGecko's `/coins/markets` row by row, so that a bad row costs one coin. Of two rows of one id the first
 * counts. Null where it is no page at all.
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
