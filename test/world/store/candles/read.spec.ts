import { expect } from 'chai';
import fc from 'fast-check';
import type { Client } from 'pg';
import { Cell, type Tape } from '../../../../lib/tape.js';
import { MINUTE_MS } from '../../../../lib/units.js';
import { readTapes } from '../../../../lib/world/store/candles/read.js';
import { writeCandles } from '../../../../lib/world/store/candles/write.js';
import { START, candlesOf, marketIn, openScratch, within, type Row } from './candles.js';

const MARKS: Readonly<Record<number, string>> = {
  [Cell.absent]: '.',
  [Cell.traded]: '',
  [Cell.quiet]: 'q',
  [Cell.suspect]: '!',
};
const at = (minute: number) => START + minute * MINUTE_MS;

/** The lanes of tapes: closes with their marks, tapes divided by `|`. */
const shown = (tapes: readonly Tape[], market: number): string =>
  tapes
    .map(({ minutes, cell, close }) =>
      Array.from({ length: minutes }, (_, minute) => {
        const place = market * minutes + minute;
        return cell[place] === Cell.absent ? '.' : `${close[place]!}${MARKS[cell[place]!] ?? '?'}`;
      }).join(' '),
    )
    .join(' | ');

describe('stored candles as tapes', () => {
  let client: Client;
  let close: () => Promise<void>;
  let market = 0;
  before(async () => ({ client, close } = await openScratch()));
  after(() => close());

  const stored = async (rows: readonly Row[]): Promise<{ readonly id: number }> => {
    const id = await marketIn(client, `COIN${++market}/USD`);
    await within(client, () => writeCandles(client, id, [candlesOf(rows)], 'synthetic'));
    return { id };
  };
  const read = async (markets: readonly { readonly id: number }[], from: number, to: number, minutes: number) => {
    const tapes: Tape[] = [];
    for await (const tape of readTapes(client, markets, at(from), at(to), minutes)) tapes.push(tape);
    return tapes;
  };

  it('lie in the lanes of their markets, in tapes that begin at the period’s start; the last may be shorter', async () => {
    const one = await stored([
      { minute: 1, close: 10 },
      { minute: 2, close: 11 },
      { minute: 6, close: 12 },
    ]);
    const two = await stored([{ minute: 2, close: 20, volume: 5 }]);
    const tapes = await read([two, one], 1, 8, 3);
    expect(tapes.map(({ start, minutes, markets }) => [start, minutes, markets])).to.deep.equal([
      [at(1), 3, 2],
      [at(4), 3, 2],
      [at(7), 1, 2],
    ]);
    expect(shown(tapes, 0)).to.equal('. 20 . | . . . | .');
    expect(shown(tapes, 1)).to.equal('10 11 . | . . 12 | .');
    const { open, high, low, volume } = tapes[0]!;
    expect([open[1], high[1], low[1], volume[1]]).to.deep.equal([20, 21, 10, 5]);
  });

  it('come as empty tapes where nothing is stored, and without markets', async () => {
    const tapes = await read([await stored([{ minute: 1, close: 10 }])], 20, 24, 2);
    expect(shown(tapes, 0)).to.equal('. . | . .');
    expect((await read([], 0, 4, 2)).map(({ markets }) => markets)).to.deep.equal([0, 0]);
    expect(await read([{ id: 1 }], 3, 3, 2)).to.deep.equal([]);
  });

  it('are flat at the previous good close where they are suspect, wherever tapes are cut', async () => {
    const id = await stored([
      { minute: 0, close: 10 },
      { minute: 1, close: 90, suspect: true },
      { minute: 2, close: 10, quiet: true },
      { minute: 3, close: 95, suspect: true },
      { minute: 4, close: 11 },
    ]);
    for (const minutes of [1, 2, 5]) {
      const tapes = await read([id], 0, 5, minutes);
      expect(shown(tapes, 0).replaceAll('| ', '')).to.equal('10 10! 10q 10! 11');
    }
    const [tape] = await read([id], 0, 5, 5);
    expect([tape!.open[3], tape!.high[3], tape!.low[3], tape!.volume[3]]).to.deep.equal([10, 10, 10, 0]);
  });

  it('are absent where they are suspect and no close is known since the gap before', async () => {
    const id = await stored([
      { minute: 0, close: 10 },
      { minute: 3, close: 90, suspect: true },
      { minute: 4, close: 10, quiet: true },
      { minute: 5, close: 91 },
      { minute: 6, close: 91, quiet: true },
    ]);
    expect(shown(await read([id], 0, 7, 7), 0)).to.equal('10 . . . . 91 91q');
    expect(shown(await read([id], 3, 7, 2), 0)).to.equal('. . | 91 91q');
  });

  it('are those of their markets where others have candles too, though none was promised', async () => {
    const one = await stored([{ minute: 1, close: 10 }]);
    await stored([{ minute: 1, close: 20 }]);
    const tapes: Tape[] = [];
    for await (const tape of readTapes(client, [one], at(0), at(3), 3, true)) tapes.push(tape);
    expect(shown(tapes, 0)).to.equal('. 10 .');
  });

  it('are the same whatever the length of the tapes', async () => {
    const rows = Array.from({ length: 300 }, (_, i): Row => ({
      minute: i + Math.floor(i / 50) * 3,
      close: 10 + (i % 7),
      quiet: i % 11 === 3,
      suspect: i % 13 === 5 && i % 11 !== 3,
    }));
    const id = await stored(rows);
    const whole = shown(await read([id], 0, 330, 330), 0);
    expect(whole.split(' ').filter(cell => cell.endsWith('!'))).to.have.length.above(10);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async minutes => {
        expect(shown(await read([id], 0, 330, minutes), 0).replaceAll('| ', '')).to.equal(whole);
      }),
      { numRuns: 15 },
    );
  });

  it('can be left early, and the connection goes on', async () => {
    const id = await stored([{ minute: 0, close: 10 }]);
    const days = 800; // 800 · 1,440 = 1.15 million cells: more than one chunk, so the next is being read when the reader leaves
    for await (const tape of readTapes(client, [id], at(0), at(days * 1_440), 1_440)) {
      expect(tape.cell[0]).to.equal(Cell.traded);
      break;
    }
    expect((await client.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('may be kept: a later tape does not overwrite an earlier one', async () => {
    const id = await stored([
      { minute: 0, close: 10 },
      { minute: 1, close: 11 },
    ]);
    const [first, second] = await read([id], 0, 2, 1);
    expect([first!.close[0], second!.close[0]]).to.deep.equal([10, 11]);
    expect(first!.close.buffer).not.to.equal(second!.close.buffer);
  });
});
