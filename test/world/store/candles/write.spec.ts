import { expect } from 'chai';
import type { Client } from 'pg';
import { coverage } from '../../../../lib/world/store/candles/coverage.js';
import { writeCandles, type CandleSource } from '../../../../lib/world/store/candles/write.js';
import { MINUTE_MS } from '../../../../lib/units.js';
import { START, candlesOf, marketIn, openScratch, stored, within, type Row } from './candles.js';

describe('storing candles', () => {
  let client: Client;
  let close: () => Promise<void>;
  let id: number;
  let market = 0;
  before(async () => ({ client, close } = await openScratch()));
  after(() => close());
  beforeEach(async () => (id = await marketIn(client, `COIN${++market}/USD`)));

  const write = (rows: readonly Row[], source: CandleSource = 'ohlc') =>
    within(client, () => writeCandles(client, id, [candlesOf(rows)], source));

  it('stores new minutes, across a month boundary as well', async () => {
    const counts = await write([
      { minute: 0, close: 10, vwap: 10.5 },
      { minute: 59, close: 11 },
      { minute: 60, close: 12, trades: NaN },
    ]);
    expect(counts).to.deep.equal({ inserted: 3, revised: 0, unchanged: 0 });
    const { rows } = await client.query(
      'SELECT timestamp, open, high, low, close, volume, vwap, trade_count, quiet, suspect, source FROM market_data WHERE cryptocurrency_id = $1 ORDER BY 1',
      [id],
    );
    const row = { quiet: false, suspect: false, source: 'ohlc', volume: 2 };
    expect(rows).to.deep.equal([
      { ...row, timestamp: new Date(START), open: 10, high: 11, low: 5, close: 10, vwap: 10.5, trade_count: 3 },
      {
        ...row,
        timestamp: new Date(START + 59 * MINUTE_MS),
        open: 11,
        high: 12,
        low: 5.5,
        close: 11,
        vwap: null,
        trade_count: 3,
      },
      {
        ...row,
        timestamp: new Date(START + 60 * MINUTE_MS),
        open: 12,
        high: 13,
        low: 6,
        close: 12,
        vwap: null,
        trade_count: null,
      },
    ]);
  });

  it('does not touch a minute that is stored with the same values', async () => {
    const rows = [
      { minute: 0, close: 10, vwap: 10.5 },
      { minute: 1, close: 10, quiet: true, trades: NaN },
    ];
    await write(rows);
    const places = () =>
      client.query('SELECT ctid, xmin FROM market_data WHERE cryptocurrency_id = $1 ORDER BY timestamp', [id]);
    const before = await places();
    expect(await write([...rows, { minute: 2, close: 11 }])).to.deep.equal({ inserted: 1, revised: 0, unchanged: 2 });
    expect((await places()).rows.slice(0, 2)).to.deep.equal(before.rows);
  });

  it('keeps the values as first seen beside revised ones', async () => {
    await write([{ minute: 0, close: 10 }]);
    expect(await write([{ minute: 0, close: 11 }])).to.deep.equal({ inserted: 0, revised: 1, unchanged: 0 });
    expect(await write([{ minute: 0, close: 12 }])).to.deep.equal({ inserted: 0, revised: 1, unchanged: 0 });
    const { rows } = await client.query<{ close: number; first_seen: { close: number; received_at: string } }>(
      'SELECT close, first_seen FROM market_data WHERE cryptocurrency_id = $1',
      [id],
    );
    expect(rows).to.have.length(1);
    expect(rows[0]!.close).to.equal(12);
    expect(rows[0]!.first_seen).to.include({ close: 10, open: 10, volume: 2, quiet: false, source: 'ohlc' });
    expect(await stored(client, id)).to.equal("0:12'");
  });

  it('never replaces what is known by what is not: a file has no vwap', async () => {
    await write([{ minute: 0, close: 10, vwap: 10.5 }]);
    const counts = await write([{ minute: 0, close: 10, trades: NaN }], 'import');
    expect(counts).to.deep.equal({ inserted: 0, revised: 0, unchanged: 1 });
    await write([{ minute: 0, close: 11, trades: NaN }], 'import');
    const { rows } = await client.query(
      'SELECT close, vwap, trade_count, source FROM market_data WHERE cryptocurrency_id = $1',
      [id],
    );
    expect(rows).to.deep.equal([{ close: 11, vwap: 10.5, trade_count: 3, source: 'import' }]);
  });

  it('stores nothing of a portion with a row that the table refuses', async () => {
    const bad = write([
      { minute: 0, close: 10 },
      { minute: 1, close: -1 },
    ]);
    expect(await bad.catch((error: unknown) => (error as { constraint?: string }).constraint)).to.equal(
      'market_data_prices',
    );
    expect(await stored(client, id)).to.equal('');
  });

  it('can tell how much of each market is stored', async () => {
    await write([
      { minute: 0, close: 10 },
      { minute: 1, close: 10, quiet: true },
      { minute: 5, close: 90, suspect: true },
    ]);
    const symbol = `COIN${market}/USD`;
    const at = (minute: number) => START + minute * MINUTE_MS;
    expect(await coverage(client, { symbols: [symbol] })).to.deep.equal([
      { symbol, first: at(0), last: at(5), minutes: 3, quiet: 1, suspect: 1, missing: 3 }, // minutes 2, 3 and 4
    ]);
    expect(await coverage(client, { symbols: [symbol], from: at(1), to: at(5) })).to.deep.equal([
      { symbol, first: at(1), last: at(1), minutes: 1, quiet: 1, suspect: 0, missing: 0 },
    ]);
    expect(await coverage(client, { symbols: [symbol], from: at(6) })).to.deep.equal([
      { symbol, first: null, last: null, minutes: 0, quiet: 0, suspect: 0, missing: 0 },
    ]);
    expect((await coverage(client)).map(row => row.symbol)).to.include(symbol);
  });
});
