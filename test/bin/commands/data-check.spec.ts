import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf, type ChildOptions } from '../child.js';

interface Document {
  readonly markets: readonly Readonly<Record<string, unknown>>[];
  readonly days: readonly Readonly<Record<string, unknown>>[];
}

describe('bin/bot data check', () => {
  let database: FreshDatabase;
  let world: ChildOptions;
  let folder: string;
  const sql = (...texts: string[]) => query(database.connection, ...texts);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-check-'));
    database = await migratedDatabase();
    world = { env: { DATABASE_URL: urlOf(database.connection) }, cwd: folder };
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('says what to do where nothing is stored', async () => {
    const { code, stdout } = await runHere(['data', 'check'], world);
    expect([code, stdout]).to.deep.equal([
      0,
      'No candle is stored. Get some: bot import XBTUSD_1.csv, or bot download --from … --to …\n',
    ]);
  });

  it('counts every kind of minute by market and day', async () => {
    await sql(
      `insert into cryptocurrency (symbol, base, quote, name) values ('BTC/USD', 'BTC', 'USD', 'BTC'), ('ETH/USD', 'ETH', 'USD', 'ETH'), ('OLD/USD', 'OLD', 'USD', 'OLD')`,
      `select ensure_market_data_partitions('2026-03-31Z', '2026-04-03Z')`,
      // BTC: 31 March whole; 1 April lacks 01:00 to 01:09; quiet 02:00 to 02:04; a suspect, two
      // revised, three late, four from trades
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source, quiet, suspect, revised_at, received_at)
        select 1, at, 1, 1, 1, 1, 0, case when at >= '2026-04-01 06:00Z' and at < '2026-04-01 06:04Z' then 'trades' else 'ohlc' end,
          at >= '2026-04-01 02:00Z' and at < '2026-04-01 02:05Z', at = '2026-04-01 03:00Z',
          case when at >= '2026-04-01 04:00Z' and at < '2026-04-01 04:02Z' then now() end,
          case when at >= '2026-04-01 05:00Z' and at < '2026-04-01 05:03Z' then at + interval '7 minutes' else at + interval '61 seconds' end
        from generate_series('2026-03-31 00:00Z'::timestamptz, '2026-04-01 23:59Z', '1 minute') as at
        where at < '2026-04-01 01:00Z' or at >= '2026-04-01 01:10Z'`,
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source)
        select 2, at, 1, 1, 1, 1, 1, 'import' from generate_series('2026-04-01 23:00Z'::timestamptz, '2026-04-01 23:59Z', '1 minute') as at`,
    );
    // what the exchange reported of BTC is confirmed but for the last hour; what was built from trades
    // and imported need not be
    await sql(
      `insert into confirmed_stretch values (1, '2026-03-31Z', '2026-04-01 06:02Z'), (1, '2026-04-01 06:04Z', '2026-04-01 23:00Z'), (2, '2026-03-31Z', '2026-04-01 06:02Z')`,
    );
    // three decisions, 500, 700 and 900 ms after the close
    await sql(
      `update market_data set decided_at = "timestamp" + interval '60.5 seconds' + interval '0.1 seconds' * extract(minute from "timestamp")
        where cryptocurrency_id = 1 and "timestamp" in ('2026-04-01 10:00Z', '2026-04-01 10:02Z', '2026-04-01 10:04Z')`,
    );
    const april = {
      symbol: 'BTC/USD',
      expected: 1_440,
      present: 1_430,
      gap: 10,
      damaged: 0,
      quiet: 5,
      suspect: 1,
      revised: 2,
      late: 3,
      unconfirmed: 60,
      filled: 4,
      decided: 3,
      lagMedianMs: 700,
      lagP99Ms: 896, // 700 + 0.98 · 200
    };
    const { markets, days } = await jsonHere<Document>(['data', 'check'], world);
    expect(days[1]).to.deep.equal({ ...april, day: '2026-04-01', isGone: false });
    expect(days.map(({ symbol, day, expected }) => [symbol, day, expected])).to.deep.equal([
      ['BTC/USD', '2026-03-31', 1_440],
      ['BTC/USD', '2026-04-01', 1_440],
      ['ETH/USD', '2026-04-01', 60],
    ]);
    expect(markets[0]).to.deep.equal({ ...april, expected: 2_880, present: 2_870 });
  });

  it('shows the worst days first and sums the markets up', async () => {
    const { code, stdout } = await runHere(['data', 'check', '--from', '2026-04-01'], world);
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    const names = [
      'expected',
      'present',
      'quiet',
      'gap',
      'suspect',
      'revised',
      'late',
      'filled',
      'unconfirmed',
      'lag',
      'p99',
    ];
    expect(lines.slice(2, 5)).to.deep.equal([
      ['day', 'market', ...names],
      ['2026-04-01', 'ETH/USD', '1,440', '60', '0', '1,380', '0', '0', '0', '0', '0', '–', '–'],
      ['2026-04-01', 'BTC/USD', '1,440', '1,430', '5', '10', '1', '2', '3', '4', '60', '700 ms', '896 ms'],
    ]);
    expect(lines.slice(8, 12)).to.deep.equal([
      ['market', 'coverage', ...names],
      ['BTC/USD', '99.30 %', '1,440', '1,430', '5', '10', '1', '2', '3', '4', '60', '700 ms', '896 ms'], // 1,430 / 1,440
      ['ETH/USD', '4.16 %', '1,440', '60', '0', '1,380', '0', '0', '0', '0', '0', '–', '–'],
      ['all', '51.73 %', '2,880', '1,490', '5', '1,390', '1', '2', '3', '4', '60', '700 ms', '896 ms'],
    ]);
    expect(stdout).to.contain('bot data repair');
    const whole = await runHere(['data', 'check', '--symbols', 'ethusd'], world);
    expect(whole.stdout).to.match(/^No day has problems/);
  });

  it('writes a heat map that stands alone, and says where it cannot', async () => {
    const file = join(folder, 'map.html');
    const { code } = await runHere(['data', 'check', '--html', file], world);
    expect(code).to.equal(0);
    const html = readFileSync(file, 'utf8');
    expect(html).to.contain('BTC/USD 2026-04-01: 1430 of 1440 minutes, 10 missing').and.not.contain('<script');
    const nowhere = await runHere(['data', 'check', '--html', join(folder, 'none', 'map.html')], world);
    expect([nowhere.code, nowhere.stderr]).to.deep.equal([
      2,
      `error: --html ${join(folder, 'none', 'map.html')}: cannot write there (ENOENT: its folder does not exist)\n`,
    ]);
  });

  it('does not call late what a simulated clock timed', async () => {
    await sql(
      `insert into configuration_history (configuration, hash) values ('{}', repeat('a', 64))`,
      `insert into run (mode, market_source, code_version, status, symbols, configuration_id, initial_balance)
        select 'simulated', 'simulator', 'test', 'running', '[]', id, 1 from configuration_history`,
    );
    const { markets } = await jsonHere<Document>(['data', 'check'], world);
    expect(markets.map(({ late }) => late)).to.deep.equal([null, null]);
    const { stdout } = await runHere(['data', 'check'], world);
    expect(stdout).to.match(/^2026-04-01 +BTC\/USD +1,440 +1,430 +5 +10 +1 +2 +– +4 +60 +700 ms +896 ms$/m);
  });

  it('tells of days whose minutes have left the database what they were, and nothing but what is there where they came back', async () => {
    const kept = `2, '2026-03-%sZ', '2026-03-%s 00:00Z', '2026-03-%s 23:59Z', 1400, 7, 1, 2, 0, null, 1300, 800, 2500, 5`;
    const rows = ['29', '30'].map(day => `(${kept.replaceAll('%s', day)})`);
    await sql(
      `insert into market_quality values ${rows.join()}, (1, '2026-04-01Z', '2026-04-01 00:00Z', '2026-04-01 00:04Z', 5, 0, 0, 0, 0, null, 0, null, null, null)`,
    );
    const { days } = await jsonHere<Document>(['data', 'check', '--to', '2026-04-01'], world);
    expect(days.filter(({ isGone }) => isGone)).to.deep.equal(
      ['2026-03-29', '2026-03-30'].map(day => ({
        symbol: 'ETH/USD',
        expected: 1_440,
        gap: 40,
        present: 1_400,
        quiet: 7,
        suspect: 1,
        revised: 2,
        late: null,
        unconfirmed: 5,
        filled: 0,
        damaged: null,
        decided: 1_300,
        lagMedianMs: 800,
        lagP99Ms: 2_500,
        isGone: true,
        day,
      })),
    );
    const april = await jsonHere<Document>(['data', 'check', '--symbols', 'BTC/USD'], world);
    expect(april.days.at(-1)).to.include({ day: '2026-04-01', present: 1_430, isGone: false });
    const { stdout } = await runHere(['data', 'check', '--symbols', 'ETH/USD'], world);
    expect(stdout).to.contain('The minutes of 2 of these days have left the database');
    await sql('delete from market_data where cryptocurrency_id = 2');
    const { code } = await runHere(['data', 'check', '--symbols', 'ETH/USD'], world);
    expect(code).to.equal(0);
  });

  it('says what is stored where nothing is in the period', async () => {
    const whole = await runHere(['data', 'check', '--from', '2030-01-01'], world);
    expect([whole.code, whole.stdout]).to.deep.equal([
      0,
      'No candle is stored from 2030-01-01 00:00: those of 2 markets are from 2026-03-29 00:00 to 2026-04-01 23:59 (UTC).\n',
    ]);
    const one = await runHere(['data', 'check', '--to', '2020-01-01', '--symbols', 'BTC/USD'], world);
    expect(one.stdout).to.equal(
      'No candle is stored before 2020-01-01 00:00: those of BTC/USD are from 2026-03-31 00:00 to 2026-04-01 23:59 (UTC).\n',
    );
  });

  it('says which gaps are damaged minutes', async () => {
    // 00:58 and 00:59 are there, 01:00 to 01:02 lack; of 05:00 and 05:01 the first lacks nothing
    // either.
    await sql(
      `insert into damaged_minutes values (1, '2026-04-01 00:58Z', '2026-04-01 01:01Z'), (1, '2026-04-01 01:01Z', '2026-04-01 01:02Z'),
        (1, '2026-04-01 05:00Z', '2026-04-01 05:01Z'), (1, '2026-03-30 05:00Z', '2026-03-30 05:01Z'), (1, '2026-04-02 05:00Z', '2026-04-02 05:01Z')`,
    );
    const { markets, days } = await jsonHere<Document>(['data', 'check', '--symbols', 'BTC/USD'], world);
    expect(markets.map(({ gap, damaged }) => [gap, damaged])).to.deep.equal([[10, 3]]);
    expect(days.map(({ day, damaged }) => [day, damaged])).to.deep.equal([
      ['2026-03-31', 0],
      ['2026-04-01', 3],
    ]);
    const { stdout } = await runHere(['data', 'check', '--symbols', 'BTC/USD', '--to', '2026-04-03'], world);
    expect(stdout)
      .to.match(/^2026-04-02 +BTC\/USD +1,440 +0 +0 +1,440 +2 +0 /m)
      .and.contain('Damaged: an imported file');
  });

  it('refuses a market of which nothing is stored', async () => {
    const { code, stderr } = await runHere(['data', 'check', '--symbols', 'OLD/USD'], world);
    expect([code, stderr]).to.deep.equal([
      2,
      'error: OLD/USD is not stored: "bot status" lists the markets that are\n',
    ]);
  });
});
