import { expect } from 'chai';
import type { Revisions } from '../../../lib/report/revisions.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf, type ChildOptions } from '../child.js';

interface Document {
  readonly markets: readonly Revisions[];
  readonly all: Revisions | null;
}

describe('bin/bot data revisions', () => {
  let database: FreshDatabase;
  let world: ChildOptions;
  const sql = (...texts: string[]) => query(database.connection, ...texts);
  const document = (...args: string[]) => jsonHere<Document>(['data', 'revisions', ...args], world);

  before(async () => {
    database = await migratedDatabase();
    world = { env: { DATABASE_URL: urlOf(database.connection) } };
    await sql(
      `insert into cryptocurrency (symbol, base, quote, name) values ('BTC/USD', 'BTC', 'USD', 'BTC'), ('ETH/USD', 'ETH', 'USD', 'ETH'), ('OLD/USD', 'OLD', 'USD', 'OLD')`,
      `select ensure_market_data_partitions('2026-04-01Z', '2026-04-02Z')`,
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source, received_at)
        select market, at, 100, 100, 100, 100, 10, 'ohlc', at + interval '61 seconds'
        from unnest(array[1, 2]) as market, generate_series('2026-04-01 00:00Z'::timestamptz, '2026-04-01 03:19Z', '1 minute') as at`,
    );
  });
  after(() => database.drop());

  /** Serves a minute once more, as an answer of the exchange or as a file. */
  const revise = (market: number, time: string, close: number, volume: number, source: string, afterSeconds: number) =>
    sql(
      `update market_data set first_seen = jsonb_build_object('close', close, 'volume', volume, 'quiet', quiet, 'source', '${source}'),
         open = ${close}, high = ${close}, low = ${close}, close = ${close}, volume = ${volume}, quiet = false,
         revised_at = "timestamp" + interval '1 minute' + interval '${afterSeconds} seconds'
       where cryptocurrency_id = ${market} and "timestamp" = '2026-04-01 ${time}Z'`,
    );

  it('says so where nothing was revised, or nothing was first seen at the exchange', async () => {
    const { stdout } = await runHere(['data', 'revisions'], world);
    expect(stdout).to.match(/^No minute was revised: .* \(400 minutes\)\.$/m);
    expect((await document('--to', '2026-03-01')).all).to.equal(null);
    const none = await runHere(['data', 'revisions', '--to', '2026-03-01'], world);
    expect(none.stdout).to.contain('No stored minute was first seen at the exchange.');
  });

  it('tells how often, how far and how late by market', async () => {
    await revise(1, '00:10', 100, 12.5, 'ohlc', 30); // volume 2.5 / 12.5 = 0.2, close the same
    await revise(1, '00:20', 80, 10, 'trades', 90); // close 20 / 80 = 0.25
    await sql(
      `update market_data set quiet = true, volume = 0 where cryptocurrency_id = 1 and "timestamp" = '2026-04-01 00:30Z'`,
    );
    await revise(1, '00:30', 100, 4, 'ohlc', 60); // appeared: 4 / 4 = 1
    await revise(2, '00:10', 50, 10, 'import', 10); // two files, not the exchange: neither counted nor expected
    const { markets, all } = await document();
    expect(markets).to.deep.equal([
      {
        symbol: 'BTC/USD',
        minutes: 200,
        revised: 3,
        appeared: 1,
        share: 0.015,
        close: { median: 0, p99: 0.245, largest: 0.25 }, // of 0, 0, 0.25: 0.98 · 0.25
        volume: { median: 0.2, p99: 0.984, largest: 1 }, // of 0, 0.2, 1: 0.2 + 0.98 · 0.8
        afterMs: { median: 60_000, p99: 89_400, largest: 90_000 }, // 60 + 0.98 · 30 s
      },
      {
        symbol: 'ETH/USD',
        minutes: 199,
        revised: 0,
        appeared: 0,
        share: 0,
        close: { median: null, p99: null, largest: null },
        volume: { median: null, p99: null, largest: null },
        afterMs: { median: null, p99: null, largest: null },
      },
    ]);
    expect(all).to.deep.include({ symbol: 'all', minutes: 399, revised: 3, close: markets[0]!.close });
    const { markets: cut } = await document('--from', '2026-04-01T00:20', '--symbols', 'BTC/USD');
    expect(cut.map(({ minutes, revised }) => [minutes, revised])).to.deep.equal([[180, 2]]);
  });

  it('shows the revised markets, and names how many were not', async () => {
    const { code, stdout } = await runHere(['data', 'revisions'], world);
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    expect(lines).to.deep.include.members([
      ['BTC/USD', '200', '3', '1.5 %', '1', '60.0 s', '89.4 s'],
      ['BTC/USD', '0 %', '24.5 %', '25 %', '20 %', '98.4 %', '100 %'],
    ]);
    expect(stdout).to.contain('Of 1 more market no minute was revised.').and.not.contain('ETH/USD');
  });

  it('does not say how late it was where a simulated clock timed it', async () => {
    await sql(
      `insert into configuration_history (configuration, hash) values ('{}', repeat('a', 64))`,
      `insert into run (mode, market_source, code_version, status, symbols, configuration_id, initial_balance)
        select 'simulated', 'simulator', 'test', 'running', '[]', id, 1 from configuration_history`,
    );
    expect((await document()).markets.map(({ afterMs }) => afterMs)).to.deep.equal([null, null]);
  });

  it('refuses a market of which nothing is stored', async () => {
    const { code, stderr } = await runHere(['data', 'revisions', '--symbols', 'OLD/USD'], world);
    expect([code, stderr]).to.deep.equal([
      2,
      'error: OLD/USD is not stored: "bot status" lists the markets that are\n',
    ]);
  });
});
