import { expect } from 'chai';
import fc from 'fast-check';
import type { Block } from '../../lib/training/block.js';
import type { Column } from '../../lib/training/columns.js';
import { findLeak } from '../../lib/training/leaks.js';
import { bookFeatures } from '../../lib/exchange/book-features.js';
import { CONTEXT_KEYS } from '../../lib/cross-market/columns.js';
import { Cell, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { settingsOf } from '../support/settings.js';
import { FROM, HORIZONS, TO, market, replayed } from './replayed.js';

const settings = settingsOf('filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000 }');
const MINUTES = (TO - FROM) / MINUTE_MS;

/** Every value of the columns of a role, by market and time. */
const valuesOf = (blocks: readonly Block[], columns: readonly Column[], role: Column['role'], until = Infinity) =>
  blocks.flatMap(({ symbol, rows, values }) =>
    Array.from({ length: rows }, (_, row) => row)
      .filter(row => values.get('open_time')![row]! < until)
      .map(row => [
        symbol,
        values.get('open_time')![row],
        ...columns.filter(column => column.role === role).map(({ name }) => values.get(name)![row]),
      ]),
  );

/** The tape with another price from a cell's minute on, by a factor. */
const changed = (tape: Tape, from: number, factor: number): Tape => {
  const other = sliceTape(tape, 0, tape.minutes);
  for (const name of ['open', 'high', 'low', 'close'] as const)
    for (let lane = 0; lane < tape.markets; lane++)
      for (let row = from; row < tape.minutes; row++) other[name][lane * tape.minutes + row]! *= factor;
  return other;
};

describe('the rows of a dataset', function () {
  this.timeout(60_000);
  const tape = market(3);
  const first = (FROM - tape.start) / MINUTE_MS;

  it('come one for each stored minute, a block for each market and day', async () => {
    const { blocks } = await replayed(tape, { settings });
    expect(blocks.map(({ symbol, date, rows }) => [date, symbol, rows])).to.deep.equal([
      ['2026-02-01', 'BTC/USD', 6 * 60],
      ['2026-02-01', 'MINA/USD', 6 * 60],
      ['2026-02-02', 'BTC/USD', 12 * 60],
      ['2026-02-02', 'MINA/USD', 12 * 60],
    ]);
  });

  it('say beside each candle what its own past and the other markets look like', async () => {
    const { blocks, columns } = await replayed(tape, { settings });
    const [bitcoin, mina] = [blocks[0]!.values, blocks[1]!.values];
    const values = (name: string) => [...mina.get(name)!].filter(value => !Number.isNaN(value));
    for (const name of CONTEXT_KEYS) {
      expect(columns.find(column => column.name === name)!.role, name).to.equal('feature');
      expect(values(name), name).to.have.length.above(300);
    }
    for (const [row, close] of mina.get('close')!.entries()) {
      expect(mina.get('support')![row]! < close || Number.isNaN(mina.get('support')![row])).to.equal(true);
      expect(mina.get('resistance')![row]! > close || Number.isNaN(mina.get('resistance')![row])).to.equal(true);
    }
    // There are but two: the other of the sector is bitcoin, and 0, 1 or 2 of them rise.
    expect([...mina.get('sector_return_15')!]).to.deep.equal([...bitcoin.get('roc_15')!]);
    expect([...new Set(values('breadth'))].sort()).to.deep.equal([-1, 0, 1]);
  });

  it('are the same however the candles are cut into tapes', async () => {
    const { blocks: wanted } = await replayed(tape, { settings });
    for (const minutesPerTape of [47, 360, 1440]) {
      const { blocks } = await replayed(tape, { settings, minutesPerTape });
      expect(blocks, `tapes of ${minutesPerTape} minutes`).to.deep.equal(wanted);
    }
  });

  it('know nothing of what comes after them, whatever it is, but for their labels', async () => {
    const { blocks, columns } = await replayed(tape, { settings });
    const labels = valuesOf(blocks, columns, 'label');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: MINUTES - 1 }),
        fc.constantFrom(0.5, 0.97, 1.04, 3),
        async (row, factor) => {
          const after = await replayed(changed(tape, first + row + 1, factor), { settings });
          const until = FROM + (row + 1) * MINUTE_MS;
          expect(valuesOf(after.blocks, columns, 'feature', until)).to.deep.equal(
            valuesOf(blocks, columns, 'feature', until),
          );
          expect(valuesOf(after.blocks, columns, 'label')).not.to.deep.equal(labels);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('show a candle as it was first seen, and what it was corrected to only as a record', async () => {
    const before = await replayed(tape, { settings });
    const row = first + 300;
    const revised = sliceTape(tape, 0, tape.minutes);
    for (const name of ['open', 'high', 'low', 'close'] as const) revised[name][row]! *= 1.02;
    const revisedAt = tape.start + (row + 30_000) * MINUTE_MS;
    const seen = {
      cell: row,
      open: tape.open[row]!,
      high: tape.high[row]!,
      low: tape.low[row]!,
      close: tape.close[row]!,
      volume: tape.volume[row]!,
      vwap: NaN,
      trade_count: NaN,
      quiet: tape.cell[row] === Cell.quiet,
      suspect: false,
      settledAt: revisedAt,
    };
    const after = await replayed(revised, { settings, firstSeen: [seen], revisedAt: new Map([[row, revisedAt]]) });
    expect(valuesOf(after.blocks, after.columns, 'feature')).to.deep.equal(
      valuesOf(before.blocks, before.columns, 'feature'),
    );
    const { values } = after.blocks[0]!;
    const value = (name: string) => values.get(name)![300]!;
    expect(value('close')).to.equal(tape.close[row]);
    expect(value('settled_close')).to.equal(tape.close[row]! * 1.02);
    expect([value('revised'), value('settled_at'), value('weight')]).to.deep.equal([1, revisedAt, 0.5]);
    expect(after.blocks.every(block => findLeak(block, after.columns) === null)).to.equal(true);
    // A label is known once all prices that it depends on are: those of the rows from 60 minutes
    // before on are settled only then.
    const availableAt = (name: number) => values.get('label_available_at')![name]!;
    const former = (name: number) => before.blocks[0]!.values.get('label_available_at')![name]!;
    for (const at of [240, 299, 300]) expect(availableAt(at), `row ${at}`).to.equal(revisedAt);
    expect(availableAt(301)).to.equal(former(301));
    // Labels use the settled candles: the return to the revised close is 2 % of a close higher.
    const earlier = values.get('forward_return_60')![240]!;
    expect(earlier).to.be.closeTo(100 * ((1.02 * tape.close[row]!) / tape.close[row - 60]! - 1), 1e-9);
  });

  it('carry the newest snapshot that was there, while it is fresh', async () => {
    const decidedAt = (n: number) => FROM + (n + 1) * MINUTE_MS;
    const side = (...levels: [number, number][]) => levels.map(([price, size]) => ({ price, size }));
    const snapshot = (at: number, bid: number) => ({
      market: 0,
      at,
      volume24hUsd: 5,
      sentiment: 0.5,
      book: {
        at: at - 30_000,
        ...bookFeatures({ bids: side([bid, 2], [bid - 0.2, 1]), asks: side([bid + 0.2, 4]) }, 2),
      },
    });
    const snapshots = [snapshot(decidedAt(3) + 1_000, 99.9), snapshot(decidedAt(4), 199.9)];
    const { blocks } = await replayed(tape, { settings, snapshots });
    const column = (name: string) => [...blocks[0]!.values.get(name)!.slice(2, 11)];
    // Taken a second after row 3 was decided on, and as row 4 was: that one is the newest until it
    // is older than 5 minutes.
    expect(column('snapshot_age_seconds')).to.deep.equal([NaN, NaN, 0, 60, 120, 180, 240, 300, NaN]);
    // The middle is 200: 0.2 / 200 between the best, bids of 199.9 · 2 within 10 bp (199.8), asks
    // of 200.1 · 4 and no more.
    const at = (name: string) => blocks[0]!.values.get(name)![4]!;
    expect(at('book_spread_percentage')).to.be.closeTo(0.1, 1e-9);
    expect(at('book_bid_depth_10bp')).to.be.closeTo(399.8, 1e-9);
    expect(at('book_bid_depth_25bp')).to.be.NaN; // both levels that were asked for are nearer than 25 bp
    expect(at('book_ask_depth_50bp')).to.be.closeTo(800.4, 1e-9);
    expect(at('book_imbalance')).to.be.NaN;
    expect(at('book_at')).to.equal(decidedAt(4) - 30_000);
    expect([at('volume_24h_usd'), at('market_sentiment')]).to.deep.equal([5, 0.5]);
    expect([...blocks[1]!.values.get('snapshot_at')!].every(Number.isNaN), 'the other market').to.equal(true);
  });

  it('leave missing minutes out, say so in the next row, and label across no gap', async () => {
    const holed = sliceTape(tape, 0, tape.minutes);
    holed.cell.fill(Cell.absent, first + 100, first + 103);
    const { blocks, columns } = await replayed(holed, { settings });
    const [block] = blocks;
    expect(block!.rows).to.equal(6 * 60 - 3);
    const gaps = block!.values.get('gap_before')!;
    expect([...gaps.keys()].filter(row => gaps[row] === 1)).to.deep.equal([100]);
    const missing = block!.values.get(`forward_return_${HORIZONS[0]}_missing`)!;
    const { texts } = columns.find(({ name }) => name === `forward_return_${HORIZONS[0]}_missing`)!;
    // 5 minutes later is in the gap, or the gap is between: rows 95 to 99.
    expect([...missing.keys()].filter(row => !Number.isNaN(missing[row]))).to.deep.equal([95, 96, 97, 98, 99]);
    expect(texts![missing[97]!]).to.equal('gap');
  });

  it('say where the data end', async () => {
    const short = sliceTape(tape, 0, first + MINUTES + 30);
    const { blocks, columns } = await replayed(short, { settings });
    const { values, rows } = blocks.at(-2)!;
    const missing = values.get('forward_return_60_missing')!;
    const { texts } = columns.find(({ name }) => name === 'forward_return_60_missing')!;
    // The last row has 30 minutes after it: the 30 last rows have no hour.
    expect([...missing.keys()].filter(row => !Number.isNaN(missing[row]))).to.have.length(30);
    expect(texts![missing[rows - 1]!]).to.equal('end_of_data');
  });
});
