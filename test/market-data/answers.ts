import type { OhlcAnswer, OhlcRow } from '../../lib/exchange/ports.js';
import type { LiveEvent } from '../../lib/market-data/events.js';
import { MINUTE_MS } from '../../lib/units.js';
import { START } from './oracle-market.js';

/** The open time of minute `n` of a test. */
export const minute = (n: number): number => START + n * MINUTE_MS;

/** A traded minute that opens and closes at a price. */
export const row = (n: number, price = 100, over: Partial<OhlcRow> = {}): OhlcRow => ({
  at: minute(n),
  open: price,
  high: price,
  low: price,
  close: price,
  vwap: price,
  volume: 1,
  trades: 2,
  ...over,
});
/** A minute without trades. */
export const quietRow = (n: number, price = 100): OhlcRow => row(n, price, { volume: 0, vwap: null, trades: 0 });

/** An answer with these rows, of which the forming one follows the last. */
export const answer = (rows: readonly OhlcRow[], over: Partial<OhlcAnswer> = {}): OhlcAnswer => ({
  rows,
  rejected: [],
  newest: rows.length > 0 ? rows.at(-1)!.at + MINUTE_MS : null,
  ...over,
});

const CELLS = ['.', 't', 'q', 's'];

/** An event in one line: `tape 3 tq/.t` is a tape from minute 3 of two lanes. */
export const line = (event: LiveEvent): string => {
  const number = (at: number) => (at - START) / MINUTE_MS;
  switch (event.kind) {
    case 'tape': {
      const { cell, start, minutes, markets } = event.tape;
      const lanes = Array.from({ length: markets }, (_, lane) =>
        [...cell.subarray(lane * minutes, (lane + 1) * minutes)].map(kind => CELLS[kind]).join(''),
      );
      return `${event.late ? 'late' : 'tape'} ${number(start)} ${lanes.join('/')}`;
    }
    case 'revised':
      return `revised ${event.market} ${[...event.candles.at.subarray(0, event.candles.length)].map(number).join(',')}`;
    case 'confirmed':
      return `confirmed ${event.market} ${number(event.from)}-${number(event.to)}`;
    case 'gap':
      return `gap ${event.market} ${number(event.from)}-${number(event.to)}`;
    case 'trouble':
      return `trouble ${event.market} ${event.reason}`;
    case 'recovered':
      return ['recovered', ...(event.behind.length > 0 ? [`without ${event.behind.join()}`] : [])].join(' ');
  }
};
