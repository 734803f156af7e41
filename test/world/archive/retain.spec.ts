import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { Aborted } from '../../../lib/errors.js';
import { ArchiveFault } from '../../../lib/world/archive/file.js';
import { retain, type RetainOrder } from '../../../lib/world/archive/retain.js';
import { isoTime } from '../../../lib/report/time.js';
import { DAY_MS } from '../../../lib/units.js';
import { connectForBulk } from '../../../lib/world/database/index.js';
import { coverage } from '../../../lib/world/store/candles/coverage.js';
import { readGaps } from '../../../lib/world/store/candles/gaps.js';
import { LOCKS } from '../../../lib/world/store/locks.js';
import { duckdb } from '../../support/duckdb.js';
import { until } from '../../bin/child.js';
import { MINUTES_A_MONTH, NOW, openArchiveScene } from './scene.js';

const RETAINER = fileURLToPath(new URL('retainer.ts', import.meta.url));

describe('months that are too old', () => {
  let scene: Awaited<ReturnType<typeof openArchiveScene>>;
  let folder: string;
  beforeEach(async () => {
    scene = await openArchiveScene();
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-archive-'));
  });
  afterEach(async () => {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const order = (over: Partial<RetainOrder> = {}): RetainOrder => ({
    days: 30,
    archiveDir: folder,
    now: NOW,
    imported: false,
    ...over,
  });
  const round = (over: Partial<RetainOrder> = {}) => retain(scene.connection, order(over));
  const outcomes = async (over: Partial<RetainOrder> = {}) =>
    (await round(over)).months.map(({ month, outcome }) => [month, outcome]);
  const countOf = async (relation: string): Promise<number> =>
    Number((await scene.sql(`select count(*) as n from ${relation}`))[0]!['n']);
  const partitions = async () =>
    (
      await scene.sql(
        `select relname from pg_class where relname ~ '^market_data_....._..$|^market_data_\\d{4}_\\d\\d$' and relkind = 'r' order by 1`,
      )
    ).map(({ relname }) => relname);
  const files = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => name.includes('.'))
      .sort();
  const fileOfBitcoin = () => join(folder, 'market_data', '2026-01', 'BTC-USD.parquet');

  /** Somebody who reads and does not stop. */
  const reading = async (): Promise<Client> => {
    const client = new Client({ ...scene.connection, ssl: false });
    await client.connect();
    await client.query('begin');
    await client.query('select count(*) from market_data');
    return client;
  };

  it('leave the database with all that belongs to them, and the others stay', async () => {
    const { cutoff, months } = await round();
    expect(cutoff).to.equal(Date.UTC(2026, 2, 16));
    expect(months.map(({ month, outcome, rows, reason }) => [month, outcome, rows, reason])).to.deep.equal([
      ['2026-01', 'dropped', 2 * MINUTES_A_MONTH, null],
      ['2026-02', 'dropped', 2 * MINUTES_A_MONTH, null],
    ]);
    expect(await partitions()).to.deep.equal(['market_data_2026_03', 'market_data_2026_04']);
    for (const table of ['market_data', 'market_snapshot', 'universe_verdict'])
      expect(await scene.sql(`select min("timestamp") >= '2026-03-01Z' as kept from ${table}`)).to.deep.equal([
        { kept: true },
      ]);
    expect(await round()).to.deep.include({ months: [] });
  });

  it('are in files that another reader finds equal to the rows, to the last bit', async () => {
    const select = (relation: string) =>
      `select symbol, market_data.* from ${relation} as market_data join cryptocurrency on cryptocurrency.id = cryptocurrency_id
       order by symbol, "timestamp"`;
    // as texts that both databases write alike, but for the floats: those as their bits
    const rows =
      await scene.sql(`select symbol, "timestamp"::text as at, close, vwap, volume, trade_count, quiet, suspect, source,
        extract(epoch from received_at) * 1000000 as received, extract(epoch from revised_at) * 1000000 as revised,
        extract(epoch from decided_at) * 1000000 as decided, first_seen::text as seen, indicators::text as indicators, decision, run_id
      from (${select('market_data_2026_01')}) as rows`);
    await round();
    const found =
      await duckdb(`select symbol, strftime("timestamp" at time zone 'UTC', '%Y-%m-%d %H:%M:%S+00') as at, close, vwap, volume,
        trade_count, quiet, suspect, source, epoch_us(received_at)::varchar as received, epoch_us(revised_at)::varchar as revised,
        epoch_us(decided_at)::varchar as decided, first_seen as seen, indicators, decision, run_id
      from '${folder}/market_data/2026-01/*.parquet' order by symbol, "timestamp"`);
    const plain = rows.map(row => ({
      ...row,
      ...Object.fromEntries(
        ['received', 'revised', 'decided'].map(name => [
          name,
          (row[name] as string | null)?.replace(/\.0+$/, '') ?? null,
        ]),
      ),
    }));
    expect(found).to.deep.equal(plain);
    const [column] = await duckdb(`select count(*)::int as n from (describe select * from '${fileOfBitcoin()}')`);
    const [stored] = await scene.sql(
      `select count(*)::int + 1 as n from pg_attribute where attrelid = 'market_data'::regclass and attnum > 0 and not attisdropped`,
    );
    expect(column!['n']).to.equal(stored!['n']); // every column, and the symbol
    const others =
      await duckdb(`select (select count(*)::int from '${folder}/market_snapshot/2026-01/*.parquet') as snapshots,
      (select count(*)::int from '${folder}/universe_verdict/2026-0*/ETH-USD.parquet') as verdicts`);
    expect(others).to.deep.equal([{ snapshots: 10, verdicts: 20 }]); // 5 hours: 5 · 2 markets; 5 · 2 rules · 2 months
  });

  it('leave behind how good their days were', async () => {
    await round();
    const rows = await scene.sql(
      `select symbol, day::text, first_at::text, present, quiet, suspect, revised, filled, late, decided, lag_median_ms, lag_p99_ms
       from market_quality join cryptocurrency on cryptocurrency.id = cryptocurrency_id order by symbol, day`,
    );
    // of 1…300: 42 are divisible by 7, 15 by 20, 100 by 3; 6 leave 1 when divided by 50, 4 leave 3
    // when divided by 90
    const counts = { present: 300, quiet: 42, suspect: 6, revised: 15, filled: 4, late: 0, decided: 100 };
    expect(rows.map(({ symbol, day }) => [symbol, day])).to.deep.equal(
      ['BTC/USD', 'ETH/USD'].flatMap(symbol => ['2026-01-01', '2026-02-01'].map(day => [symbol, `${day} 00:00:00+00`])),
    );
    expect(rows[0]).to.include({ ...counts, first_at: '2026-01-01 00:01:00+00', lag_median_ms: 800, lag_p99_ms: 800 });
  });

  it('go without a trace where no archive is configured', async () => {
    expect(await outcomes({ archiveDir: null })).to.deep.equal([
      ['2026-01', 'dropped'],
      ['2026-02', 'dropped'],
    ]);
    expect(files()).to.deep.equal([]);
    expect(await countOf('market_quality')).to.equal(4);
  });

  it('are listed by a dry run although another process drops months at the time, which excludes all others', async () => {
    const client = await connectForBulk(scene.connection);
    try {
      await client.query(`select pg_advisory_lock(${LOCKS.retention})`);
      expect(await outcomes({ dryRun: true })).to.deep.equal([
        ['2026-01', 'due'],
        ['2026-02', 'due'],
      ]);
      const refused = await outcomes().catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(ArchiveFault);
    } finally {
      await client.end();
    }
  });

  it('are only listed by a dry run, and are none where everything is kept', async () => {
    expect(await outcomes({ dryRun: true })).to.deep.equal([
      ['2026-01', 'due'],
      ['2026-02', 'due'],
    ]);
    expect(await outcomes({ days: null })).to.deep.equal([]);
    expect(await outcomes({ except: new Set(['2026-01']), dryRun: true })).to.deep.equal([['2026-02', 'due']]);
    expect([await partitions(), files()]).to.deep.equal([
      ['01', '02', '03', '04'].map(n => `market_data_2026_${n}`),
      [],
    ]);
  });

  it('stay where somebody imported or downloaded them, unless that is to go as well', async () => {
    await scene.sql(
      `update market_data set source = 'import' where "timestamp" = '2026-01-01 00:01Z'`,
      `insert into market_data (cryptocurrency_id, "timestamp", open, high, low, close, volume, source)
        select 1, at, 1, 1, 1, 1, 1, 'trades' from generate_series('2026-02-10Z'::timestamptz, '2026-02-10 23:59Z', '1 minute') as at`,
    );
    expect(await outcomes()).to.deep.equal([
      ['2026-01', 'imported'],
      ['2026-02', 'imported'],
    ]);
    expect(await outcomes({ imported: true })).to.deep.equal([
      ['2026-01', 'dropped'],
      ['2026-02', 'dropped'],
    ]);
  });

  it('are no gap afterwards, that a repair would have to fill', async () => {
    const look = async () => {
      const client = await connectForBulk(scene.connection);
      try {
        const gaps = (await readGaps(scene.connection, client, ['BTC/USD'])).map(gap =>
          [gap.from, gap.to].map(isoTime),
        );
        return { gaps, missing: (await coverage(client))[0]!.missing };
      } finally {
        await client.end();
      }
    };
    await scene.sql(`update market_data set source = 'import' where "timestamp" < '2026-02-01Z'`);
    const before = await look();
    await round();
    const after = await look();
    expect(before.gaps.slice(0, 2)).to.deep.equal([
      ['2026-01-01T05:01:00Z', '2026-02-01T00:01:00Z'],
      ['2026-02-01T05:01:00Z', '2026-03-01T00:01:00Z'],
    ]);
    // 1 February is gone, whatever of it was there
    expect(after.gaps).to.deep.equal([
      ['2026-01-01T05:01:00Z', '2026-02-01T00:00:00Z'],
      ['2026-02-02T00:00:00Z', '2026-03-01T00:01:00Z'],
      before.gaps[2],
    ]);
    expect(after.missing).to.equal(before.missing);
  });

  it('stay while an open trade or a replay needs them', async () => {
    await scene.sql(
      `insert into portfolio_state (run_id, strategy, version, writer, settled_until, state)
        values (1, 'momentum', 1, 'w', '2026-02-01Z', '{}'), (1, 'given_up', 1, 'w', '2026-01-02Z', '{}')`,
    );
    expect(await outcomes({ dryRun: true })).to.deep.equal([['2026-01', 'due']]);
    await scene.sql(
      `insert into opportunity (run_id, cryptocurrency_id, "timestamp", strategy, close, score, "values", configuration_id, status, decided_at)
        values (1, 1, '2026-01-31 10:00Z', 'momentum', 1, 1, '{}', 1, 'taken', now())`,
      `insert into simulated_trade (run_id, trade_number, cryptocurrency_id, opportunity_id, configuration_id, entry_timestamp, entry_price,
          size, stop_loss_price, status, strategy_used, entry_fee, entry_half_spread, entry_slippage, entry_quote_rate, remaining_size)
        values (1, 1, 1, 1, 1, '2026-01-31 10:01Z', 1, 1, 0.5, 'open', 'momentum', 0, 0, 0, 1, 1)`,
    );
    expect(await outcomes({ dryRun: true })).to.deep.equal([]);
  });

  it('stay if the archive cannot be written, and the reason is reported with the path', async () => {
    writeFileSync(join(folder, 'market_snapshot'), 'no folder');
    const { months } = await round();
    expect(months.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal(
      ['2026-01', '2026-02'].map(month => [
        'kept',
        `${folder}/market_snapshot/${month}/BTC-USD.parquet: a part of that path is a file, not a folder (ENOTDIR)`,
      ]),
    );
    expect(await countOf('market_data_2026_01')).to.equal(2 * MINUTES_A_MONTH);
    rmSync(join(folder, 'market_snapshot'));
    expect(await outcomes()).to.deep.equal([
      ['2026-01', 'dropped'],
      ['2026-02', 'dropped'],
    ]);
  });

  it('are dropped by the next round where one was killed between archive and drop', async () => {
    const reader = await reading();
    const child = spawn(
      process.execPath,
      ['--import', 'tsx/esm', RETAINER, JSON.stringify(scene.connection), JSON.stringify(order())],
      { stdio: 'ignore' },
    );
    try {
      const last = join(folder, 'universe_verdict', '2026-01', 'ETH-USD.parquet');
      await until('everything of January is archived', () => Promise.resolve(existsSync(last)));
      child.kill('SIGKILL');
      await once(child, 'exit');
    } finally {
      await reader.end();
    }
    expect(await partitions()).to.have.length(4);
    expect(await countOf('market_quality')).to.equal(0);
    const { mtimeMs } = statSync(fileOfBitcoin());
    await until('PostgreSQL has noticed', async () => (await round({ dryRun: true }).catch(() => null)) !== null);
    expect(await outcomes()).to.deep.equal([
      ['2026-01', 'dropped'],
      ['2026-02', 'dropped'],
    ]);
    expect(statSync(fileOfBitcoin()).mtimeMs).to.equal(mtimeMs); // compared, not written again
    expect(files().filter(name => name.includes('tmp'))).to.deep.equal([]);
  }).timeout(60_000);

  for (const [name, at] of [
    ['in the middle of its values', (bytes: number) => bytes >> 1],
    ['in its last byte', (bytes: number) => bytes - 1],
  ] as const)
    it(`stay where their file is corrupt ${name}`, async () => {
      await round({ days: 60 }); // January alone
      const content = readFileSync(fileOfBitcoin());
      await scene.close();
      scene = await openArchiveScene();
      content[at(content.length)]! ^= 0xff;
      writeFileSync(fileOfBitcoin(), content);
      const { months } = await round({ days: 60 });
      expect(months).to.have.length(1);
      expect(months[0]!.outcome).to.equal('kept');
      expect(months[0]!.reason).to.match(/BTC-USD\.parquet is there already,? and .*: move it away$/);
      expect(await countOf('market_data_2026_01')).to.equal(2 * MINUTES_A_MONTH);
      expect(readFileSync(fileOfBitcoin()).equals(content)).to.equal(true);
    });

  it('never overwrite a file that holds other rows', async () => {
    await round({ days: 60 });
    const content = readFileSync(fileOfBitcoin());
    await scene.close();
    scene = await openArchiveScene();
    await scene.sql(`update market_data set close = close * (1 + 1e-15) where "timestamp" = '2026-01-01 03:00Z'`);
    const { months } = await round({ days: 60 });
    expect(months[0]!.reason).to.equal(
      `${fileOfBitcoin()} is there already and holds other rows than the database (close): move it away`,
    );
    expect(readFileSync(fileOfBitcoin()).equals(content)).to.equal(true);
    await scene.sql(`delete from market_data where "timestamp" = '2026-01-01 03:00Z'`);
    const { months: fewer } = await round({ days: 60 });
    expect(fewer[0]!.reason).to.contain('other rows than the database (300 rows there, 299 here): move it away');
  });

  it('are dropped once more where they have come back, and only when they came is another time', async () => {
    const first = `update market_data set first_seen = first_seen || jsonb_build_object('received_at', "timestamp")`;
    await scene.sql(first);
    await round({ days: 60 });
    const content = readFileSync(fileOfBitcoin());
    await scene.close();
    scene = await openArchiveScene();
    await scene.sql(
      `${first.replace(', "timestamp")', `, "timestamp" + interval '1 year')`)}, received_at = received_at + interval '1 year',
        revised_at = revised_at + interval '1 year'`,
    );
    expect(await outcomes({ days: 60 })).to.deep.equal([['2026-01', 'dropped']]);
    expect(readFileSync(fileOfBitcoin()).equals(content)).to.equal(true);
  });

  it('hold readers up for less than a second, even where one of them does not stop', async () => {
    const reader = await reading();
    const kept = round({ days: 60 });
    let [slowest, asked] = [0, 0];
    const under = { way: true };
    void kept.finally(() => (under.way = false));
    while (under.way) {
      const began = performance.now();
      await scene.sql('select count(*) from market_data');
      slowest = Math.max(slowest, performance.now() - began);
      asked++;
    }
    const { months } = await kept;
    await reader.end();
    expect(months.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ['kept', 'market_data is in constant use'],
    ]);
    expect(slowest).to.be.below(5_000); // 800 ms, a connection of its own, and other specs beside
    expect(asked).to.be.above(5);
  }).timeout(60_000);

  it('are left to the process that is at it, and given back when it is stopped', async () => {
    const stop = new AbortController();
    const reader = await reading();
    const first = round({ signal: stop.signal }).catch((error: unknown) => error);
    await until('the first has archived', () => Promise.resolve(existsSync(fileOfBitcoin())));
    expect(await round().catch((error: unknown) => error)).to.be.an.instanceOf(ArchiveFault);
    stop.abort();
    expect(await first).to.be.an.instanceOf(Aborted);
    await reader.end();
    expect(await partitions()).to.have.length(4);
  });

  it('are kept apart where a simulator made them', async () => {
    await scene.close();
    scene = await openArchiveScene('simulated');
    const { folder: chosen } = await round({ days: 60, now: NOW + 365 * DAY_MS });
    expect(chosen).to.equal(join(folder, 'simulated'));
    expect(existsSync(join(folder, 'simulated', 'market_data', '2026-01', 'ETH-USD.parquet'))).to.equal(true);
  });
});
