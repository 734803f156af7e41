import { expect } from 'chai';
import fc from 'fast-check';
import type { Client } from 'pg';
import { spliceCandles } from '../../../../lib/world/store/candles/splice.js';
import { writeCandles } from '../../../../lib/world/store/candles/write.js';
import { candlesOf, marketIn, openScratch, stored, within, type Row } from './candles.js';

const RULES = { maxQuietMinutes: 3, maxJump: 0.5 };

describe('joining imported rows to what is stored', () => {
  let client: Client;
  let close: () => Promise<void>;
  let market = 0;
  before(async () => ({ client, close } = await openScratch()));
  after(() => close());

  const newMarket = () => marketIn(client, `COIN${++market}/USD`);
  const splice = (id: number, rows: readonly Row[]) =>
    within(client, () => spliceCandles(client, id, candlesOf(rows), RULES, true));
  const traded = (closes: Readonly<Record<number, number>>): Row[] =>
    Object.entries(closes).map(([minute, price]) => ({ minute: Number(minute), close: price }));

  it('fills the quiet minutes on both sides of the seam', async () => {
    const id = await newMarket();
    await splice(id, traded({ 0: 10, 8: 11 }));
    const counts = await splice(id, traded({ 3: 12, 5: 13 }));
    expect(await stored(client, id)).to.equal('0:10 1:10q 2:10q 3:12 4:12q 5:13 6:13q 7:13q 8:11');
    expect(counts).to.deep.equal({ inserted: 7, revised: 0, unchanged: 0, quiet: 5, gaps: 0, suspects: 0 });
  });

  it('turns a quiet minute into the trades that come to light, as a revision', async () => {
    const id = await newMarket();
    await splice(id, traded({ 0: 10, 4: 11 }));
    const counts = await splice(id, traded({ 2: 12 }));
    expect(await stored(client, id)).to.equal("0:10 1:10q 2:12' 3:12q' 4:11");
    expect(counts).to.include({ inserted: 0, revised: 2, unchanged: 1 });
  });

  it('judges what comes after the seam again, until nothing changes', async () => {
    const id = await newMarket();
    await splice(id, traded({ 4: 100, 5: 100, 6: 300, 7: 100 }));
    expect(await stored(client, id)).to.equal('4:100 5:100 6:300! 7:100');
    await splice(id, traded({ 1: 30, 2: 31 }));
    expect(await stored(client, id)).to.equal("1:30 2:31 3:31q 4:100!' 5:100 6:300! 7:100");
  });

  it('leaves a minute that the exchange reported alone where it only infers', async () => {
    const id = await newMarket();
    const live = candlesOf([
      { minute: 2, close: 10, quiet: true, trades: 0 },
      { minute: 3, close: 12, vwap: 11.5 },
    ]);
    await within(client, () => writeCandles(client, id, [live], 'ohlc'));
    await splice(id, traded({ 0: 10, 5: 11 }));
    expect(await stored(client, id)).to.equal('0:10 1:10q 2:10q 3:12 4:12q 5:11');
    const { rows } = await client.query(
      `SELECT source, vwap FROM market_data WHERE cryptocurrency_id = $1 ORDER BY timestamp`,
      [id],
    );
    expect(rows.map(({ source }: { source: string }) => source).join(' ')).to.equal(
      'import import ohlc ohlc import import',
    );
    expect((rows[3] as { vwap: number }).vwap).to.equal(11.5);
  });

  it('never overwrites trades by the claim that there were none', async () => {
    const id = await newMarket();
    await splice(id, traded({ 0: 10, 1: 11, 2: 12 }));
    await splice(id, [{ minute: 1, close: 10, quiet: true, trades: 0 }]);
    expect(await stored(client, id)).to.equal('0:10 1:11 2:12');
  });

  describe('which are all that there is to know of their minutes', () => {
    const tell = (id: number, rows: readonly Row[]) =>
      within(client, () => spliceCandles(client, id, candlesOf(rows), RULES, true, 'trades'));

    it('infers nothing from the silence beside them', async () => {
      const id = await newMarket();
      await tell(id, traded({ 0: 10 }));
      const counts = await tell(id, traded({ 2: 12, 3: 13 }));
      await tell(id, traded({ 5: 14 }));
      expect(await stored(client, id)).to.equal('0:10 2:12 3:13 5:14');
      expect(counts).to.include({ inserted: 2, revised: 0, quiet: 0 });
    });

    it('moves the quiet minutes that an import inferred behind them to the new price', async () => {
      const id = await newMarket();
      await splice(id, traded({ 0: 10, 4: 11 }));
      const counts = await tell(id, traded({ 1: 12 }));
      expect(await stored(client, id)).to.equal("0:10 1:12' 2:12q' 3:12q' 4:11");
      expect(counts).to.include({ inserted: 0, revised: 3 });
    });

    it('lets a vwap stand that differs by rounding alone, and gives one where there is none', async () => {
      const id = await newMarket();
      const live = candlesOf([{ minute: 0, close: 12, vwap: 11.5 }]);
      await within(client, () => writeCandles(client, id, [live], 'ohlc'));
      await splice(id, traded({ 1: 12 }));
      const counts = await tell(
        id,
        [0, 1].map(n => ({ minute: n, close: 12, vwap: 11.4999 })),
      );
      const { rows } = await client.query(
        `SELECT vwap, source, revised_at IS NOT NULL AS revised FROM market_data WHERE cryptocurrency_id = $1 ORDER BY timestamp`,
        [id],
      );
      expect(rows).to.deep.equal([
        { vwap: 11.5, source: 'ohlc', revised: false },
        { vwap: 11.4999, source: 'import', revised: true },
      ]);
      expect(counts).to.include({ inserted: 0, revised: 1, unchanged: 1 });
    });
  });

  it('stores the same rows in whatever order and portions a market is imported', async () => {
    const all = async (id: number): Promise<unknown> => {
      const { rows } = await client.query<Record<string, unknown>>(
        `SELECT timestamp, open, high, low, close, volume, vwap, trade_count, quiet, suspect, source
         FROM market_data WHERE cryptocurrency_id = $1 ORDER BY timestamp`,
        [id],
      );
      return rows;
    };
    const row = fc.record({
      step: fc.constantFrom(1, 1, 1, 2, 3, 4, 5, 9),
      close: fc.constantFrom(10, 11, 14, 16, 24, 40, 100),
      quiet: fc.boolean().chain(maybe => (maybe ? fc.boolean() : fc.constant(false))),
      portion: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), fc.boolean(), async (steps, contiguous) => {
        let minute = 0;
        const rows = steps.map(({ step, close, quiet, portion }, i) => ({
          minute: (minute += step),
          close,
          ...(quiet ? { quiet, trades: 0 } : {}),
          portion: contiguous ? [2, 0, 3, 1][Math.floor((4 * i) / steps.length)]! : portion,
        }));
        const [whole, parts] = [await newMarket(), await newMarket()];
        await splice(whole, rows);
        for (const portion of [0, 1, 2, 3, 1]) {
          const part = rows.filter(candidate => candidate.portion === portion);
          if (part.length > 0) await splice(parts, part);
        }
        expect(await all(parts)).to.deep.equal(await all(whole));
        const again = await splice(parts, rows);
        expect(again).to.include({ inserted: 0, revised: 0 });
      }),
      { numRuns: 60 },
    );
  });
});
