import { expect } from 'chai';
import { marketOf } from '../../lib/market.js';
import type { StoredBook, StoredBooks } from '../../lib/portfolio/stored-books.js';
import { TradeReplay } from '../../lib/report/parity-fills.js';
import type { StoredTrade } from '../../lib/report/stored-trade.js';
import type { Candle } from '../../lib/tape.js';
import { wholeMinute, type EpochMs } from '../../lib/units.js';
import { candle, free, minute, quiet, risk } from '../support/broker.js';
import { tapeOf } from '../support/tape.js';

const SECOND = 1_000;
const at = (n: number, seconds: number): EpochMs => minute(n) + seconds * SECOND;

const book = (of: StoredBook['of'], time: EpochMs, bid: number, ask: number): StoredBook => ({
  at: time,
  of,
  most: Infinity,
  book: {
    usable: true,
    bids: [{ price: bid, size: 100, at: time }],
    asks: [{ price: ask, size: 100, at: time }],
    newest: time,
  },
});

/** Bought at 100 eight seconds into minute 1, on the candle of minute 0. */
const bought = (over: Partial<StoredTrade> = {}): StoredTrade => ({
  number: 1,
  strategy: 'momentum',
  market: 'AAA/USD',
  opportunity: { at: minute(0), close: 100, score: 0.5, values: {}, version: null },
  configuration: 1,
  entryAt: at(1, 8),
  entryPrice: 100,
  size: 5,
  quoteRate: 1,
  entryFee: 0,
  filledOffline: false,
  exits: [],
  raises: [],
  closedAt: null,
  ...over,
});

type Exit = StoredTrade['exits'][number];
const sold = (time: EpochMs, price: number, over: Partial<Exit> = {}): Partial<StoredTrade> => ({
  exits: [{ at: time, price, size: 5, reason: 'stop_loss', level: null, ...over }],
  closedAt: time,
});

const ENTRY = book('entry', at(1, 8), 99.9, 100);
const flat = (from: number, to: number): Candle[] =>
  Array.from({ length: to - from }, (_, n) => candle(from + n, 100, 100.5, 99.5, 100));

interface Case {
  readonly books?: readonly StoredBook[];
  readonly candles?: readonly Candle[];
  readonly exits?: readonly number[];
  readonly risk?: Parameters<typeof risk>[0];
}

/** What differs of a trade, a line each. The stop is at 98, the first target at 101.5. */
const differences = (live: StoredTrade, { books = [ENTRY], candles = flat(0, 9), exits = [], ...over }: Case = {}) => {
  const shelf: StoredBooks = {
    of: (_, time) => books.filter(one => wholeMinute(one.at) === time),
  };
  const settings = { risk: risk(over.risk ?? {}), costs: free };
  const replay = new TradeReplay(live, settings, { markets: [marketOf('AAA/USD')], currency: 'USD', books: shelf });
  const tape = tapeOf(candles, 1);
  const signals = Uint8Array.from({ length: tape.minutes }, (_, row) => Number(exits.includes(row)));
  replay.add(tape, signals, minute(candles.length));
  return replay
    .differences()
    .map(({ what, live: one, replay: other, reason }) => `${what}: ${one} / ${other}: ${String(reason)}`);
};

const FALL = [...flat(0, 4), candle(4, 100, 100, 97, 97.5), ...flat(5, 9)];

describe('the replay of a live trade', () => {
  it('is the same where its fills walk the stored order books', () => {
    expect(differences(bought())).to.deep.equal([]);
    const exit = book('exit', at(4, 20), 97.4, 97.6);
    expect(differences(bought(sold(at(4, 20), 97.4)), { books: [ENTRY, exit], candles: FALL })).to.deep.equal([]);
  });

  it('tells of an entry in another minute, of another order book, and of one that is gone', () => {
    const late = book('entry', at(2, 8), 99.9, 100.2);
    expect(differences(bought({ entryAt: at(2, 8), entryPrice: 100.2 }), { books: [late] })).to.deep.equal([
      'entry: 100.2 at 00:02:08 / 100 at 00:01: the order books of that minute came too late or could not be used',
    ]);
    const other = book('entry', at(1, 2), 99, 99.5);
    expect(differences(bought(), { books: [other, ENTRY] })).to.deep.equal([
      'entry: 100 at 00:01:08 / 99.5 at 00:01: the replay walks the first order book of the minute',
    ]);
    expect(differences(bought({ entryPrice: 100.1 }), { books: [] })).to.deep.equal([
      'entry: 100.1 at 00:01:08 / 100 at 00:01: its order book is not stored any more',
    ]);
    const still = [candle(0, 100, 100, 100, 100), quiet(1, 100), quiet(2, 100), ...flat(3, 9)];
    expect(differences(bought(), { candles: still })).to.deep.equal([
      'entry: 100 at 00:01:08 / expired: no candle with a trade opened in time',
    ]);
  });

  it('does not explain an entry that its own order book contradicts', () => {
    expect(differences(bought({ entryPrice: 101 }))).to.deep.equal(['entry: 101 at 00:01:08 / 100 at 00:01: null']);
  });

  it('explains a sale that a candle makes between two checks, and one that only a bid makes', () => {
    const exit = book('exit', at(6, 20), 97.9, 98.1);
    const live = bought(sold(at(6, 20), 97.9));
    expect(differences(live, { books: [ENTRY, exit], candles: FALL })).to.deep.equal([
      'exit: stop loss 97.9 at 00:06:20 / stop loss 98 at 00:05: the minute 00:04 reached it between two checks',
    ]);
    expect(differences(live, { books: [ENTRY, exit] })).to.deep.equal([
      'exit: stop loss 97.9 at 00:06:20 / open: the bid of a check reached it, no trade of the minute did',
    ]);
    expect(differences(bought(), { candles: FALL })).to.deep.equal([
      'exit: open / stop loss 98 at 00:05: the minute 00:04 reached it between two checks',
    ]);
  });

  it('explains a stop that candles have raised further than the bids of checks', () => {
    const high = (n: number) => candle(n, 102.5, 102.6, 102.4, 102.5);
    const rise = [...flat(0, 3), candle(3, 100, 103, 100, 102.5), high(4), high(5), high(6)];
    const exit = book('exit', at(5, 20), 102.3, 102.5);
    const raises = [{ at: at(4, 10), stop: 102.4, reason: 'trailing_stop' as const }];
    const live = bought({ ...sold(at(5, 20), 102.3, { reason: 'trailing_stop' }), raises });
    const books = [ENTRY, exit];
    expect(differences(live, { books, candles: rise, risk: { takeProfitLevels: [] } })).to.deep.equal([
      'exit: trailing stop 102.3 at 00:05:20 / open: the stop was 102.4 by the bids of checks, 101.97 by the candles',
    ]);
  });

  it('does not explain a sale above its stop, under its target, before its deadline or off its order book', () => {
    const of = (live: Partial<StoredTrade>, bid: number, over?: Case['risk']) =>
      differences(bought(live), {
        books: [ENTRY, book('exit', at(4, 20), bid, bid + 0.1)],
        ...(over && { risk: over }),
      });
    expect(of(sold(at(4, 20), 98.5), 98.5)).to.deep.equal([
      'exit: stop loss 98.5 at 00:04:20 / its bid 98.5 is above the stop 98: null',
    ]);
    expect(of(sold(at(4, 20), 101.4, { reason: 'take_profit', level: 0 }), 101.4)).to.deep.equal([
      'exit: take profit 101.4 at 00:04:20 / its bid 101.4 is not above the target 101.5: null',
    ]);
    expect(of(sold(at(4, 20), 100, { reason: 'time_limit' }), 100, { maxHoldingMs: 5 * 60 * SECOND })).to.deep.equal([
      'exit: time limit 100 at 00:04:20 / its deadline is 00:06:08: null',
    ]);
    expect(of(sold(at(4, 20), 97.6), 97.5)).to.deep.equal([
      'exit: stop loss 97.6 at 00:04:20 / 97.5 by its order book: null',
    ]);
  });

  it('does not explain five minutes under the stop without a sale', () => {
    const low = (n: number) => candle(n, 97, 97.2, 96, 97);
    const under = [...flat(0, 4), low(4), low(5), quiet(6, 97), low(7), low(8), low(9), ...flat(10, 12)];
    const shorter = [...under.slice(0, 9), ...flat(9, 12)];
    const early = 'exit: open / stop loss 97 at 00:05: the minute 00:04 reached it between two checks';
    expect(differences(bought(), { candles: shorter })).to.deep.equal([early]);
    expect(differences(bought(), { candles: under })).to.deep.equal([
      'exit: open / below its stop 98 for 5 minutes: null',
    ]);
    const exit = book('exit', at(4, 20), 97, 97.1);
    expect(differences(bought(sold(at(4, 20), 97)), { books: [ENTRY, exit], candles: under })).to.deep.equal([]);
  });

  it('sells on the same exit signal', () => {
    const exit = book('exit', at(4, 3), 100, 100.1);
    const live = bought(sold(at(4, 3), 100, { reason: 'exit_signal' }));
    expect(differences(live, { books: [ENTRY, exit], exits: [3] })).to.deep.equal([]);
    expect(differences(live, { books: [ENTRY, exit], exits: [5] })).to.deep.equal([
      'exit: exit signal 100 at 00:04:03 / its deadline is 00:06: null',
    ]);
  });

  it('explains what was filled in missed time, and a market that was delisted', () => {
    expect(differences(bought({ ...sold(minute(5), 97), filledOffline: true }), { candles: FALL })).to.deep.equal([
      'exit: stop loss 97 at 00:05 / stop loss 98 at 00:05: missed time is filled at the worst price',
    ]);
    expect(differences(bought(sold(at(5, 20), 99, { reason: 'delisted' })))).to.deep.equal([
      'exit: delisted 99 at 00:05:20 / open: candles do not tell that a market is delisted',
    ]);
  });
});
