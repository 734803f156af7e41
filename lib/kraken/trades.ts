import { FIRST_CANDLE } from '../market-data/bad-row.js';
import type { EpochMs } from '../units.js';
import { rowsOf, type PairNames } from './envelope.js';
import { ExchangeFailure } from '../exchange/failure.js';
import { cellsOf, positiveOf } from '../exchange/numbers.js';
import type { PublicTrade, TradesAnswer } from '../exchange/ports.js';

const AHEAD_MS = 60_000;
const NANOSECONDS = /^\d{1,20}$/;
const SIDES: Readonly<Record<string, 'buy' | 'sell'>> = { b: 'buy', s: 'sell' };

const readTrade = (raw: unknown, now: EpochMs): PublicTrade | null => {
  const cells = cellsOf(raw);
  const [price, size] = [positiveOf(cells[0]), positiveOf(cells[1])];
  const at = typeof cells[2] === 'number' ? cells[2] * 1_000 : Number.NaN;
  if (price === null || size === null || !(at >= FIRST_CANDLE && at <= now + AHEAD_MS)) return null;
  const side = typeof cells[3] === 'string' && Object.hasOwn(SIDES, cells[3]) ? SIDES[cells[3]]! : null;
  const id = Number.isSafeInteger(cells[6]) ? (cells[6] as number) : null; // answers before 2020 end with the sixth cell
  return { id, at, price, size, side };
};

/**
 * Reads a page of a market's trades. Throws `bad_answer` without the time of the last one, `market`
 * if no trade is usable.
 */
export const readTrades = (result: Readonly<Record<string, unknown>>, pair: PairNames, now: EpochMs): TradesAnswer => {
  const rows = rowsOf(result, pair);
  const last = typeof result['last'] === 'number' ? String(result['last']) : result['last'];
  if (typeof last !== 'string' || !NANOSECONDS.test(last))
    throw new ExchangeFailure(
      'bad_answer',
      `the trades of ${pair.symbol} are without the time of the last one ("last")`,
    );
  const trades = rows.map(row => readTrade(row, now)).filter(trade => trade !== null);
  if (rows.length > 0 && trades.length === 0)
    throw new ExchangeFailure('market', `none of ${rows.length} trades of ${pair.symbol} is usable`);
  trades.sort((a, b) => a.at - b.at);
  return { trades, last, rejected: rows.length - trades.length };
};
