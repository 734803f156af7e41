import { expect } from 'chai';
import { readTrades } from '../../lib/kraken/trades.js';
import { candlesOfTrades } from '../../lib/market-data/from-trades.js';
import { LANE_RULES } from '../../lib/market-data/lane.js';
import { Repair } from '../../lib/market-data/repair.js';
import { MINUTE_MS } from '../../lib/units.js';
import { capturedResult } from '../support/captured.js';
import { capturedTrades, pageOf, type TradeRow } from '../support/trade-server.js';

const PAIR = { id: 'XBTUSDT', altname: 'XBTUSDT', symbol: 'BTC/USDT' };
/** Two hours and a half out of the middle of what was captured. */
const FROM = Date.UTC(2025, 10, 10, 20, 0);
const UNTIL = Date.UTC(2025, 10, 10, 22, 30);
const NOW = Date.UTC(2025, 10, 11, 0, 20);
const TRADES = capturedTrades();

type Cells = readonly [number, ...string[]];
/** Time, open, high, low, close and volume as Kraken's own candles have them. */
const CANDLES = (capturedResult('kraken-ohlc-XBTUSDT-2025-11.json.gz')['XBTUSDT'] as Cells[])
  .map(cells => [cells[0] * 1_000, ...[1, 2, 3, 4, 6].map(i => Number(cells[i]))])
  .filter(([at]) => at! >= FROM && at! < UNTIL);

/**
 * Fills the hole from a server of these trades; gives its candles, and how many requests that took.
 */
const filled = (trades: readonly TradeRow[], size: number, inclusive: boolean) => {
  const repair = new Repair(FROM, UNTIL, NOW, LANE_RULES);
  const rows: number[][] = [];
  let requests = 0;
  for (let next = FROM; next < UNTIL && !repair.isHopeless(NOW); requests++) {
    const page = readTrades(pageOf('XBTUSDT', trades, { size, inclusive }, repair.cursor), PAIR, NOW);
    const whole = repair.take(page, NOW - (NOW % MINUTE_MS));
    if (!whole) continue;
    const close = rows.at(-1)?.[4] ?? Number.NaN;
    for (const row of candlesOfTrades(whole.trades, next, Math.min(whole.to, UNTIL), close))
      rows.push([row.at, row.open, row.high, row.low, row.close, row.volume]);
    next = whole.to;
  }
  return { rows, requests };
};

describe('a hole that is filled from real trades', () => {
  for (const inclusive of [false, true])
    for (const size of [1_000, 100, 20])
      it(`is Kraken's own candles by pages of ${size} where "since" is ${inclusive ? 'inclusive' : 'exclusive'}`, () => {
        const { rows } = filled(TRADES, size, inclusive);
        expect(rows[0]![0]).to.be.below(FROM + 10 * MINUTE_MS); // quiet ones before the first trade have no price here
        expect(rows).to.deep.equal(CANDLES.filter(([at]) => at! >= rows[0]![0]!));
      });

  it('is given up, and nothing wrong comes of it, where a trade is missing', () => {
    const lost = TRADES.findIndex(([, , seconds]) => seconds * 1_000 > FROM + 90 * MINUTE_MS);
    const { rows, requests } = filled([...TRADES.slice(0, lost), ...TRADES.slice(lost + 1)], 100, false);
    const end = rows.at(-1)![0]!;
    expect(end).to.be.within(FROM + 60 * MINUTE_MS, TRADES[lost]![2] * 1_000 - 1);
    expect(rows).to.deep.equal(CANDLES.filter(([at]) => at! >= rows[0]![0]! && at! <= end));
    expect(requests).to.be.below(20);
  });
});
