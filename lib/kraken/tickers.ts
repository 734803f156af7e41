import { plain, ExchangeFailure } from '../exchange/failure.js';
import { cellsOf, decimalOf, isRecord, positiveOf } from '../exchange/numbers.js';
import type { Ticker, TickersAnswer } from '../exchange/ports.js';

const readTicker = (raw: unknown): Ticker | null => {
  if (!isRecord(raw)) return null;
  const cell = (name: string, i: number) => cellsOf(raw[name])[i];
  const [bid, ask] = [positiveOf(cell('b', 0)), positiveOf(cell('a', 0))];
  const quoted = bid !== null && ask !== null && bid < ask;
  const volume = decimalOf(cell('v', 1));
  const ticker: Ticker = {
    bid: quoted ? bid : null,
    ask: quoted ? ask : null,
    last: positiveOf(cell('c', 0)),
    volume24h: volume >= 0 && volume < Infinity ? volume : null,
    vwap24h: positiveOf(cell('p', 1)),
  };
  return Object.values(ticker).some(value => value !== null) ? ticker : null;
};

/**
 * Reads the tickers of all markets, each alone, so that one bad row costs one market. `symbolOf`
 * gives the symbol of an id, null if it is not listed. Throws `bad_answer` if no row is usable.
 */
export const readTickers = (
  result: Readonly<Record<string, unknown>>,
  symbolOf: (id: string) => string | null,
): TickersAnswer => {
  const tickers = new Map<string, Ticker>();
  const rejected: { id: string; reason: string }[] = [];
  for (const [id, raw] of Object.entries(result)) {
    const symbol = symbolOf(id);
    if (symbol === null) continue;
    const ticker = readTicker(raw);
    if (ticker) tickers.set(symbol, ticker);
    else rejected.push({ id: plain(id), reason: 'no usable number' });
  }
  if (tickers.size === 0) throw new ExchangeFailure('bad_answer', 'the answer has no usable ticker');
  return { tickers, rejected };
};
