import type { JS } from '@duckdb/node-api';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../../../lib/training/manifest.js';
import { duckdb } from '../../support/duckdb.js';
import { jsonHere, runHere } from '../../support/here.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { BOT, startBot, urlOf, type ChildOptions } from '../child.js';
import { EAGER, krakenCsv } from '../market-files.js';

const SEED = 5;
const FILES = { XBTUSD: 'BTC/USD', ETHUSD: 'ETH/USD', MINAUSD: 'MINA/USD' }; // three in ten minutes of MINA are quiet
const PERIOD = ['--from', '2026-02-01', '--to', '2026-02-04'];
const DAYS = 3;
/** Two days of stored candles follow the period, so that labels may look there. */
const [STORED_FROM, STORED_TO] = [Date.UTC(2026, 0, 24), Date.UTC(2026, 1, 6)];

const filesOf = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter(path => /\.\w+$/.test(path)).sort();
const hashes = (folder: string) =>
  Object.fromEntries(
    filesOf(folder).map(path => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  );
const POLARS = fileURLToPath(new URL('../../support/polars.mjs', import.meta.url));

describe('bot export', function () {
  this.timeout(120_000);
  let folder: string;
  let config: string;
  let database: FreshDatabase;
  let world: ChildOptions;
  let dataset: string;

  const sql = <T>(text: string) => query(database.connection, text) as Promise<T[]>;
  const run = (...args: string[]) => runHere(['export', ...args], world);
  const exported = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stderr } = await run(...PERIOD, '-c', config, '--out', name, ...args);
    expect(code, stderr).to.equal(0);
    return join(folder, name);
  };
  const manifestOf = (path: string) => JSON.parse(readFileSync(join(path, '_manifest.json'), 'utf8')) as Manifest;
  const from = (path: string) => `read_parquet('${path}/data/*/*/*.parquet', hive_partitioning = true)`;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-export-'));
    config = join(folder, 'eager.yaml');
    // Positions of the bot have no time limit: with one as long as this labels and trades can be
    // compared.
    writeFileSync(config, `${EAGER}labels: { max_holding_minutes: 2000 }\n`);
    const files = Object.entries(FILES).map(([pair, symbol]) => {
      const path = join(folder, `${pair}_1.csv`);
      writeFileSync(path, krakenCsv(symbol, SEED, STORED_FROM, STORED_TO));
      return path;
    });
    database = await migratedDatabase();
    world = { env: { DATABASE_URL: urlOf(database.connection) }, cwd: folder };
    await jsonHere(['import', ...files], world);
    // A gap of ten minutes.
    await sql(`delete from market_data where "timestamp" >= '2026-02-02T06:00Z' and "timestamp" < '2026-02-02T06:10Z'
      and cryptocurrency_id = (select id from cryptocurrency where symbol = 'ETH/USD')`);
    dataset = await exported('dataset');
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes what is stored, which another reader finds in it', async () => {
    const stored = await sql(`
      select symbol as market, "timestamp" as open_time, open, high, low, close, volume, coalesce(trade_count, case when quiet then 0 end) as trade_count, quiet, suspect, source
      from market_data join cryptocurrency on id = cryptocurrency_id
      where "timestamp" >= '2026-02-01T00:00Z' and "timestamp" < '2026-02-04T00:00Z' order by 1, 2`);
    const read = await duckdb(`
      select market, open_time, settled_open as open, settled_high as high, settled_low as low, settled_close as close,
        settled_volume as volume, settled_trade_count as trade_count, quiet, suspect, source
      from ${from(dataset)} order by 1, 2`);
    expect(stored).to.have.length(DAYS * 1440 * 3 - 10);
    expect(read).to.deep.equal(stored);
    const first = await duckdb(`select count(*)::int as other from ${from(dataset)}
      where (open, high, low, close, volume) is distinct from (settled_open, settled_high, settled_low, settled_close, settled_volume)`);
    expect(first).to.deep.equal([{ other: 0 }]); // nothing was revised
  });

  it('opens by the name of its folder alone, in DuckDB and in Polars, with the rows that are stored', async () => {
    const [stored] = await sql<{ rows: number; close: number; volume: number }>(`
      select count(*)::int as rows, sum(close) as close, sum(volume) as volume from market_data
      where "timestamp" >= '2026-02-01T00:00Z' and "timestamp" < '2026-02-04T00:00Z'`);
    const near = (a: number, b: number) => expect(a / b).to.be.closeTo(1, 1e-12); // sums of doubles, in any order
    const [duck] = await duckdb(`
      select count(*)::int as rows, sum(settled_close) as close, sum(settled_volume) as volume, count(distinct market)::int as markets
      from read_parquet('${dataset}/data')`);
    expect([duck!.rows, duck!.markets]).to.deep.equal([stored!.rows, 3]);
    near(duck!.close as number, stored!.close);
    near(duck!.volume as number, stored!.volume);
    for (const path of [join(dataset, 'data'), join(dataset, 'data', 'symbol=BTC-USD')]) {
      const asked = [POLARS, path, 'settled_close', 'settled_volume'];
      const { stdout, stderr } = spawnSync(process.execPath, asked, { encoding: 'utf8' });
      expect(stderr).to.equal('');
      const polars = JSON.parse(stdout) as { rows: number; columns: string[]; sums: Record<string, number> };
      expect(polars.columns).to.include.members(['market', 'open_time', 'rsi_14', 'year']);
      if (path.endsWith('data')) {
        expect(polars.rows).to.equal(stored!.rows);
        near(polars.sums.settled_close!, stored!.close);
        near(polars.sums.settled_volume!, stored!.volume);
      } else expect(polars.rows).to.equal(DAYS * 1440);
    }
  });

  it('takes a later file for a correction of history, and the exchange’s first values for what was known', async () => {
    const at = Date.UTC(2026, 1, 5);
    const line = (minute: number, close: number) =>
      `${at / 1_000 + 60 * minute},${close},${close},${close},${close},2,1\n`;
    const file = join(folder, 'BNBUSD_1.csv');
    writeFileSync(file, Array.from({ length: 30 }, (_, n) => line(n, 615.45)).join(''));
    await jsonHere(['import', file], world);
    writeFileSync(file, line(1, 616.5681));
    await jsonHere(['import', file], world);
    // Minute 10 was first seen at the exchange, and settled on 617 four hours after its close.
    await sql(`update market_data set source = 'ohlc', open = 617, high = 617, low = 617, close = 617, revised_at = '2026-02-05T04:11Z',
      first_seen = jsonb_build_object('open', 615.45, 'high', 615.45, 'low', 615.45, 'close', 615.45, 'volume', 2, 'vwap', null,
        'trade_count', 1, 'quiet', false, 'suspect', false, 'source', 'ohlc')
      where "timestamp" = '2026-02-05T00:10Z' and cryptocurrency_id = (select id from cryptocurrency where symbol = 'BNB/USD')`);
    const asked = [
      'export',
      '--from',
      '2026-02-05',
      '--to',
      '2026-02-05T00:30',
      '--symbols',
      'BNB/USD',
      '--labels',
      '5',
      '--folds',
      '2',
    ];
    await jsonHere([...asked, '-c', config, '--out', 'corrected'], world);
    const rows = await duckdb(`select close, settled_close, revised, weight, settled_at = decided_at as at_once,
        label_available_at >= '2026-02-05 04:11:00+00' as waits, round(forward_return_5, 4) as earned
      from ${from(join(folder, 'corrected'))} where minute(open_time) in (1, 4, 5, 10, 11) order by open_time`);
    const known = { revised: false, weight: 1, at_once: true };
    const earned = (now: number, later: number) => Number((100 * (later / now - 1)).toFixed(4));
    expect(rows).to.deep.equal([
      { ...known, close: 616.5681, settled_close: 616.5681, waits: false, earned: earned(616.5681, 615.45) },
      { ...known, close: 615.45, settled_close: 615.45, waits: false, earned: 0 },
      { ...known, close: 615.45, settled_close: 615.45, waits: true, earned: earned(615.45, 617) },
      {
        close: 615.45,
        settled_close: 617,
        revised: true,
        weight: 0.5,
        at_once: false,
        waits: true,
        earned: earned(617, 615.45),
      },
      { ...known, close: 615.45, settled_close: 615.45, waits: false, earned: 0 },
    ]);
    expect(await jsonHere(['export', 'verify', 'corrected'], world)).to.deep.include({ problems: [] });
    await sql(
      `delete from market_data where cryptocurrency_id = (select id from cryptocurrency where symbol = 'BNB/USD')`,
    );
  });

  it('holds the same rows whatever a file holds', async () => {
    const asked = [
      '--from',
      '2026-01-30',
      '--to',
      '2026-02-02',
      '--columns',
      'close,rsi_*,decision',
      '--symbols',
      'BTC/USD,MINA/USD',
    ];
    const spans = [
      { span: 'year', count: 2, column: 'year', first: 'year=2026' },
      { span: 'month', count: 4, column: 'month', first: 'month=2026-01' },
      { span: 'day', count: 6, column: 'date', first: 'date=2026-01-30' },
    ];
    for (const { span, count, column, first } of spans) {
      const out = join(folder, `per-${span}`);
      const { stdout, stderr, code } = await run(...asked, '-c', config, '--out', out, '--file-per', span);
      expect(code, stderr).to.equal(0);
      expect(stdout).to.contain(`8,640 rows of 2 markets in ${count} files`);
      if (span === 'day') expect(await jsonHere(['export', 'verify', out], world)).to.deep.include({ problems: [] });
      expect(manifestOf(out).files[0]!.path).to.equal(`data/symbol=BTC-USD/${first}/part-0.parquet`);
      const differing = await duckdb(`select count(*)::int as n from (
        select * exclude (${column}) from ${from(out)} except select * exclude (year) from ${from(join(folder, 'per-year'))})`);
      expect(differing, span).to.deep.equal([{ n: 0 }]);
    }
    const groups = await duckdb(`select row_group_num_rows::int as rows, stats_min_value as first
      from parquet_metadata('${folder}/per-year/data/symbol=BTC-USD/year=2026/part-0.parquet')
      where path_in_schema = 'open_time' order by row_group_id`);
    expect(groups.map(({ rows }) => rows)).to.deep.equal([2 * 1440, 1440]); // a row group a month
    expect(groups.map(({ first }) => (first as string).slice(0, 10))).to.deep.equal(['2026-01-30', '2026-02-01']);
  });

  it('gives times a zone, text a dictionary, and partitions that readers take apart', async () => {
    const types =
      await duckdb(`select distinct typeof(open_time) as time, typeof(decision) as text, typeof(quiet) as flag,
      typeof(rsi_14) as number, typeof(fold) as integer, typeof(year) as year from ${from(dataset)}`);
    expect(types).to.deep.equal([
      {
        time: 'TIMESTAMP WITH TIME ZONE',
        text: 'VARCHAR',
        flag: 'BOOLEAN',
        number: 'DOUBLE',
        integer: 'INTEGER',
        year: 'BIGINT',
      },
    ]);
    const stored = await duckdb(`select distinct path_in_schema as name, encodings, compression
      from parquet_metadata('${dataset}/data/symbol=BTC-USD/year=2026/part-0.parquet') where path_in_schema = 'decision'`);
    expect(stored).to.deep.equal([{ name: 'decision', encodings: 'PLAIN, RLE_DICTIONARY', compression: 'SNAPPY' }]);
    const partitions = await duckdb(`select distinct symbol, market from ${from(dataset)} order by 1`);
    expect(partitions.map(({ symbol, market }) => [symbol, market])).to.deep.equal([
      ['BTC-USD', 'BTC/USD'],
      ['ETH-USD', 'ETH/USD'],
      ['MINA-USD', 'MINA/USD'],
    ]);
  });

  it('decides as a backtest of the same candles, and labels its trades with what they earned', async () => {
    const { run: id } = await jsonHere<{ run: number }>(['backtest', ...PERIOD, '-c', config], world);
    type Found = { market: string; at: Date; score: number; values: Record<string, number> };
    const opportunities = await sql<Found>(`
      select symbol as market, "timestamp" as at, score, "values" from opportunity
      join cryptocurrency on cryptocurrency.id = cryptocurrency_id where run_id = ${id} order by 1, 2`);
    const rows = await duckdb(
      `select * from ${from(dataset)} where decision = 'opportunity' order by market, open_time`,
    );
    expect(opportunities.length).to.be.greaterThan(20);
    expect(
      rows.map(row => [row.market, row.open_time, row.score, row.rsi_14, row.macd_histogram, row.roc_15]),
    ).to.deep.equal(
      opportunities.map(({ market, at, score, values }) => [
        market,
        at,
        score,
        values.rsi_14,
        values.macd_histogram,
        values.roc_15,
      ]),
    );

    type Traded = { market: string; at: Date; earned: number; reason: string; minutes: number };
    const trades = await sql<Traded>(`
      select symbol as market, opportunity."timestamp" as at, profit_loss_percentage::float8 as earned,
        extract(epoch from exit_timestamp - entry_timestamp)::float8 / 60 as minutes,
        (select reason from partial_exit where trade_id = trade.id order by sequence desc limit 1) as reason
      from simulated_trade as trade join opportunity on opportunity.id = opportunity_id
      join cryptocurrency on cryptocurrency.id = trade.cryptocurrency_id where trade.run_id = ${id}`);
    const ended = trades.filter(({ reason, minutes }) => reason !== 'end_of_data' && minutes <= 2000);
    expect(ended.length).to.be.greaterThan(10);
    for (const { market, at, earned, reason, minutes } of ended) {
      const row = rows.find(each => each.market === market && (each.open_time as Date).getTime() === at.getTime())!;
      // Sizes are rounded down to 1e-8 of a coin: some 1e-6 of a position of this size, times a
      // move of some percent.
      expect(row.barrier_return).to.be.closeTo(earned, 1e-4);
      expect([row.barrier_exit, row.barrier_minutes]).to.deep.equal([reason, minutes]);
    }
  });

  it('says why a label is missing, and looks past the end where candles are stored', async () => {
    const rows = await duckdb(`
      select forward_return_60_missing as why, count(*)::int as n from ${from(dataset)} where market = 'ETH/USD' group by 1 order by 1`);
    // Of the 60 minutes before the gap each one's hour reaches into it.
    expect(rows).to.deep.equal([
      { why: 'gap', n: 60 },
      { why: null, n: DAYS * 1440 - 10 - 60 },
    ]);
    const after = await duckdb(`
      select open_time, gap_before, weight from ${from(dataset)} where market = 'ETH/USD' and gap_before order by 1`);
    expect(after).to.deep.equal([{ open_time: new Date('2026-02-02T06:10Z'), gap_before: true, weight: 0.5 }]);
    const end = await jsonHere<{ barrier: Manifest['barrier'] }>(
      [
        'export',
        '--from',
        '2026-02-05',
        '--to',
        '2026-02-05T06:00',
        '--symbols',
        'BTC/USD',
        '-c',
        config,
        '--out',
        'end',
      ],
      world,
    );
    expect(end.barrier.by_end.end_of_data).to.be.greaterThan(0);
  });

  it('purges and embargoes: no fold is trained with what was not known well before its test', async () => {
    const { folds, embargo_minutes, rows } = manifestOf(dataset);
    expect(embargo_minutes).to.equal(2000);
    expect(folds).to.have.length(5);
    for (const { fold, test_from, test_to, train_rows, test_rows, purged_rows } of folds) {
      const [found] = await duckdb(`
        select count(*) filter (where fold_trains_from <= ${fold})::int as train, count(*) filter (where fold = ${fold})::int as test,
          count(*) filter (where open_time < '${test_from}')::int as before,
          count(*) filter (where fold_trains_from <= ${fold} and label_available_at + interval 2000 minute > '${test_from}')::int as leaking,
          count(*) filter (where fold = ${fold} and (open_time < '${test_from}' or open_time >= '${test_to}'))::int as stray
        from ${from(dataset)}`);
      expect(found).to.deep.equal({
        train: train_rows,
        test: test_rows,
        before: train_rows + purged_rows,
        leaking: 0,
        stray: 0,
      });
    }
    expect(folds.at(-1)!.train_rows).to.be.greaterThan(0);
    expect(rows).to.equal(DAYS * 1440 * 3 - 10);
  });

  for (const [span, lines] of [
    ['year', DAYS],
    ['day', 2 * DAYS],
  ] as const)
    it(`gives the same bytes again, also when it was killed on the way, with a file per ${span}`, async function () {
      this.timeout(120_000);
      const asked = [...PERIOD, '-c', config, '--file-per', span];
      const wanted = hashes(span === 'year' ? dataset : await exported('days', '--file-per', span));
      expect(Object.keys(wanted)).to.have.length((span === 'year' ? 1 : DAYS) * 3 + 2);
      const name = `killed-${span}`;
      const out = join(folder, name);
      const journal = join(out, '.export.jsonl');
      const noted = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0);
      for (let tries = 0; tries < 60; tries++) {
        rmSync(out, { recursive: true, force: true });
        const child = startBot(['export', ...asked, '--out', name], world);
        while (child.process.exitCode === null && noted() < lines) await new Promise(resolve => setTimeout(resolve, 1));
        child.process.kill('SIGKILL');
        await child.ended;
        if (existsSync(journal)) break;
      }
      expect(noted(), 'days and files that were whole').to.be.at.least(lines); // and the head
      if (span === 'day') {
        const refused = await run(...asked, '--out', name);
        expect([refused.code, refused.stderr]).to.deep.equal([
          2,
          `error: --out ${name}: found an export there that was not finished.\nerror: Go on with it: --resume. Or name another folder.\n`,
        ]);
        const other = await run(...asked, '--out', name, '--resume', '--folds', '4');
        expect(other.code).to.equal(2);
        expect(other.stderr).to.contain('asked for something else: --folds differ');
        const unfinished = await run('verify', name);
        expect(unfinished.stderr).to.contain('not finished');
      }
      // What the disk lost of what was whole is written again.
      const whole = (readdirSync(out, { recursive: true }) as string[])
        .filter(path => /\d-\d\d(\/part-0\.parquet)?$/.test(path) && statSync(join(out, path)).isFile())
        .sort();
      for (const path of [whole[0]!, whole.at(-1)!]) writeFileSync(join(out, path), '');
      appendFileSync(journal, '{"date":"2026-02-0');
      await exported(name, '--file-per', span, '--resume');
      expect(hashes(out)).to.deep.equal(wanted);
      expect(readdirSync(out).sort()).to.deep.equal(['_README.md', '_manifest.json', 'data']);
    });

  it('stops on request, and keeps what is complete', async () => {
    const child = startBot(['export', ...PERIOD, '-c', config, '--out', 'stopped'], world);
    while (!existsSync(join(folder, 'stopped', '.export.jsonl'))) await new Promise(resolve => setTimeout(resolve, 1));
    child.process.kill('SIGTERM');
    const { code, stderr } = await child.ended;
    expect([code, stderr]).to.deep.equal([
      143,
      'Stopped. Finished days are kept in stopped: continue with --resume.\n',
    ]);
    expect(existsSync(join(folder, 'stopped', '_manifest.json'))).to.equal(false);
  });

  // A disk of our own needs a user namespace or root
  if (spawnSync('unshare', ['-rm', 'true']).status === 0)
    it('says that the disk is full, leaves nothing that looks whole, and goes on once there is room', () => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      const script = `mount -t tmpfs -o size=$2,mode=755 small "$1" && shift 2
        "$@"; echo "exit $?"
        find ${disk} -type f | sort | sed s,${disk}/out/,,
        mount -o remount,size=64m ${disk} && "$@" --resume > /dev/null && (cd ${disk}/out && sha256sum $(find * -type f))`;
      const { PATH, HOME } = process.env;
      const bytes = filesOf(dataset).map(path => readFileSync(join(dataset, path)).length);
      const half = Math.round(bytes.reduce((sum, size) => sum + size, 0) / 2 / 1024);
      const { stdout, stderr } = spawnSync(
        'unshare',
        [
          '-rm',
          'sh',
          '-c',
          script,
          'sh',
          disk,
          `${half}k`,
          BOT,
          'export',
          ...PERIOD,
          '-c',
          config,
          '--out',
          `${disk}/out`,
        ],
        { cwd: folder, env: { PATH, HOME, ...world.env }, encoding: 'utf8' },
      );
      expect(stderr).to.contain('the disk is full').and.contain('go on with --resume').and.not.contain(' at ');
      const [code, ...rest] = stdout.trim().split('\n');
      expect(code).to.equal('exit 1');
      const left = rest.filter(line => !/^[0-9a-f]{64} /.test(line));
      expect(left).to.include('.export.jsonl').and.not.include('_manifest.json');
      expect(left.filter(path => path.endsWith('.tmp'))).to.deep.equal([]);
      expect(left.filter(path => path.startsWith('.pieces/'))).to.have.length.within(1, 3 * DAYS - 1);
      expect(left.filter(path => path.startsWith('data/'))).to.deep.equal([]);
      const finished = rest.filter(line => !left.includes(line)).map(line => line.split('  ').reverse());
      expect(Object.fromEntries(finished)).to.deep.equal(hashes(dataset));
    });

  it('writes the same values as CSV, on which the toy model of the docs runs as it is written', async () => {
    const csv = await exported(
      'csv',
      '--format',
      'csv',
      '--labels',
      '30,5',
      '--folds',
      '2',
      '--symbols',
      'eth/usd,BTC/USD',
    );
    const manifest = manifestOf(csv);
    expect(manifest.labels.horizons_minutes).to.deep.equal([5, 30]);
    expect(manifest.symbols).to.deep.equal(['BTC/USD', 'ETH/USD']);
    const path = 'data/symbol=ETH-USD/year=2026/part-0';
    const text = parse<Record<string, string>>(readFileSync(join(csv, `${path}.csv`)), { columns: true });
    const names = ['open_time', 'rsi_14', 'macd_5m', 'decision', 'quiet', 'forward_return_5', 'barrier_return'];
    const read = await duckdb(`select ${names.join(', ')} from read_parquet('${dataset}/${path}.parquet')`);
    expect(text).to.have.length(DAYS * 1440 - 10);
    const plain = (value: JS | undefined) =>
      value === null
        ? ''
        : value instanceof Date
          ? `${value.toISOString().slice(0, 19)}Z`
          : `${value as string | number | boolean}`;
    expect(text.map(row => names.map(name => row[name]))).to.deep.equal(
      read.map(row => names.map(name => plain(row[name]))),
    );

    const docs = readFileSync(new URL('../../../docs/training.md', import.meta.url), 'utf8');
    const [, script] = /^```js\n(.*?)^```/ms.exec(docs)!;
    writeFileSync(join(folder, 'toy.mjs'), script!);
    // A holding time of 2,000 minutes purges a day and a half: a shorter one leaves something to be
    // trained with.
    writeFileSync(join(folder, 'short.yaml'), EAGER);
    const short = ['export', ...PERIOD, '-c', 'short.yaml', '--format', 'csv', '--folds', '2', '--out', 'short'];
    expect((await runHere(short, world)).code).to.equal(0);
    const toy = spawnSync(process.execPath, ['toy.mjs', 'short'], { cwd: folder, encoding: 'utf8' });
    expect(toy.stderr).to.equal('');
    const said = toy.stdout.trim().split('\n');
    expect(said).to.have.length(2);
    for (const line of said)
      expect(line).to.match(/^fold \d: trained on \d{3,}, tested on \d{4}, [\d.]+ % profitable, AUC 0\.\d{3}$/);

    // Where a fold cannot be tested, or not be trained, the toy says why.
    const { columns, folds } = manifestOf(join(folder, 'short'));
    const head = columns.map(({ name }) => name);
    const rows = [
      { fold: 0, fold_trains_from: 1, barrier_return: 1 },
      { fold: 0, fold_trains_from: 1, barrier_return: -1 },
      { fold: 1, fold_trains_from: '', barrier_return: -1 },
      { fold: 1, fold_trains_from: '', barrier_return: -2 },
    ].map(row => head.map(name => (({ ...row, weight: 1 }) as Record<string, number | string>)[name] ?? 3));
    mkdirSync(join(folder, 'poor'));
    writeFileSync(join(folder, 'poor', 'rows.csv'), [head, ...rows].map(row => `${row.join(',')}\n`).join(''));
    writeFileSync(
      join(folder, 'poor', '_manifest.json'),
      JSON.stringify({ columns, folds, files: [{ path: 'rows.csv' }] }),
    );
    const poor = spawnSync(process.execPath, ['toy.mjs', 'poor'], { cwd: folder, encoding: 'utf8' });
    expect(poor.stderr).to.equal('');
    expect(poor.stdout.trim().split('\n')).to.deep.equal([
      'fold 1: all 2 rows to test are unprofitable: with one class there is nothing to tell apart',
      'fold 2: no row to test: features or outcomes are not known, or all rows are purged',
    ]);
  });

  it('has the columns and decisions of a strategy file, and names the file', async () => {
    expect((await runHere(['strategy', 'new', 'breakout'], world)).code).to.equal(0);
    const strategy = ['--strategy', 'strategies/breakout.ts', '--set', 'period=20'];
    const path = await exported('own', ...strategy, '--symbols', 'BTC/USD');
    const [checked] = await duckdb(`
      select count(*)::int as rows, count(*) filter (where decision = 'opportunity')::int as opportunities,
        count(*) filter (where (decision in ('volume', 'not_overbought', 'opportunity') and not close > before)
          or (decision = 'breakout' and close > before))::int as wrong
      from (select *, lag(max_20_high) over (order by open_time) as before from ${from(path)}) as row`);
    expect(checked).to.include({ rows: DAYS * 1440, wrong: 0 });
    expect(checked!['opportunities']).to.be.above(5);
    const [top] = await duckdb(`
      select count(*) filter (where max_20_high is distinct from top and number >= 20)::int as other from (
        select max_20_high, max(high) over (order by open_time rows between 19 preceding and current row) as top,
          row_number() over (order by open_time) as number from ${from(path)}) as row`);
    expect(top).to.deep.equal({ other: 0 });
    const { strategy: named, columns } = manifestOf(path);
    expect(named).to.deep.include({ name: 'breakout', parameters: { period: 20, volume_factor: 2, overbought: 75 } });
    expect(columns.map(({ name }) => name)).to.include.members(['max_20_high', 'volume_sma_30']);
    expect(columns.find(({ name }) => name === 'decision')!.values).to.include.members(['breakout', 'not_overbought']);
    expect((await run('verify', 'own')).code).to.equal(0);
    const [sold] = await duckdb(
      `select count(*)::int as rows from ${from(path)} where barrier_exit = 'exit_signal' and barrier_minutes > 0`,
    );
    expect(sold!['rows']).to.be.above(100);
  });

  it('has the labels of a configured strategy by its own risk', async () => {
    const entries =
      'strategies: [{name: momentum, use: momentum}, {name: tight, use: momentum, wallet: shadow, risk: {stop_loss_percentage: 0.2}}]';
    writeFileSync(join(folder, 'several.yaml'), `${readFileSync(config, 'utf8')}\n${entries}\n`);
    const { code, stderr } = await run(...PERIOD, '-c', 'several.yaml', '--out', 'tight', '--strategy', 'tight');
    expect(code, stderr).to.equal(0);
    const path = join(folder, 'tight');
    expect(manifestOf(path).strategy).to.include({ name: 'tight', use: 'momentum' });
    const stops = async (at: string) =>
      (await duckdb(`select count(*)::int as rows from ${from(at)} where barrier_exit = 'stop_loss'`))[0]!['rows'];
    expect(await stops(path)).to.be.above((await stops(dataset)) as number);
  });

  it('writes only the columns that are asked for, with the same values, and goes on only with the same ones', async () => {
    const some = await exported('some', '--columns', 'rsi_*,forward_return_60,volume_24h_usd');
    const { columns, files, column_coverage: coverage, ...figures } = manifestOf(some);
    const whole = manifestOf(dataset);
    const names = columns.map(({ name }) => name);
    expect(names).to.include.members(['rsi_14', 'rsi_14_15m', 'forward_return_60', 'snapshot_at', 'settled_close']);
    expect(names).to.have.length(17 + 5 + 1); // what every dataset has, what was asked for, snapshot_at
    expect(columns).to.deep.equal(whole.columns.filter(({ name }) => names.includes(name)));
    expect({ ...whole, ...figures }).to.deep.equal(whole);
    expect({ ...whole.column_coverage, ...coverage }).to.deep.equal(whole.column_coverage);
    const differing = await duckdb(`select count(*)::int as n from
      (select ${names.join()} from ${from(dataset)} except select ${names.join()} from ${from(some)})`);
    expect(differing).to.deep.equal([{ n: 0 }]);
    expect(files.map(({ rows }) => rows)).to.deep.equal(whole.files.map(({ rows }) => rows));
    expect(await jsonHere(['export', 'verify', some], world)).to.deep.include({ rows: whole.rows, problems: [] });

    const out = join(folder, 'fewer');
    cpSync(some, out, { recursive: true });
    rmSync(join(out, '_manifest.json'));
    rmSync(join(out, '_README.md'));
    const request = { layout: 2, request: { columns: names } };
    writeFileSync(join(out, '.export.jsonl'), `${JSON.stringify(request)}\n`);
    const other = await run(...PERIOD, '-c', config, '--out', 'fewer', '--resume', '--columns', 'rsi_*');
    expect(other.code).to.equal(2);
    expect(other.stderr).to.match(/asked for something else: .*--columns.* differ/);
  });

  describe('verify', () => {
    const tampered = async (change: (path: string) => void) => {
      const path = join(folder, 'tampered');
      rmSync(path, { recursive: true, force: true });
      cpSync(dataset, path, { recursive: true });
      change(path);
      return run('verify', 'tampered');
    };
    const part = 'data/symbol=BTC-USD/year=2026/part-0.parquet';
    const ethereum = part.replace('BTC', 'ETH');

    it('finds nothing wrong with what was exported', async () => {
      const found = await jsonHere<{ rows: number; files: number; problems: string[] }>(
        ['export', 'verify', dataset],
        world,
      );
      expect(found).to.deep.include({ rows: DAYS * 1440 * 3 - 10, files: 3, problems: [] });
    });

    it('finds a changed byte, a missing file and one too many', async () => {
      const { code, stderr } = await tampered(path => {
        const bytes = readFileSync(join(path, part));
        bytes[1000]! ^= 1;
        writeFileSync(join(path, part), bytes);
        rmSync(join(path, ethereum));
        writeFileSync(join(path, 'notes.txt'), '');
      });
      expect(code).to.equal(1);
      expect(stderr).to.contain(`${part}: its content has changed`);
      expect(stderr).to.contain(`${ethereum}: cannot be read (ENOENT`);
      expect(stderr).to.contain('notes.txt: not in the manifest');
    });

    it('finds rows that are not those of their place, and a manifest that flatters', async () => {
      const swapped = await tampered(path => {
        const text = readFileSync(join(path, '_manifest.json'), 'utf8');
        const manifest = JSON.parse(text) as Manifest;
        cpSync(join(path, ethereum), join(path, part));
        const { bytes, sha256: hash } = manifest.files.find(file => file.path === ethereum)!;
        writeFileSync(
          join(path, '_manifest.json'),
          JSON.stringify({
            ...manifest,
            files: manifest.files.map(file => (file.path === part ? { ...file, bytes, sha256: hash } : file)),
          }),
        );
      });
      expect(swapped.stderr).to.contain(`${part}: the row of 2026-02-01T00:00:00Z is not of BTC/USD`);
      const flattering = await tampered(path => {
        const manifest = manifestOf(path);
        const barrier = { ...manifest.barrier, profitable: manifest.barrier.outcomes };
        writeFileSync(join(path, '_manifest.json'), JSON.stringify({ ...manifest, barrier }));
      });
      expect(flattering.stderr).to.contain('_manifest.json: barrier does not match the files');
    });

    it('says what is no dataset', async () => {
      mkdirSync(join(folder, 'nothing'));
      const none = await run('verify', 'nothing');
      expect(none.code).to.equal(2);
      expect(none.stderr).to.contain('found no _manifest.json there');
      const broken = await tampered(path => writeFileSync(join(path, '_manifest.json'), '{'));
      expect([broken.code, broken.stderr]).to.deep.equal([
        1,
        'error: tampered/_manifest.json: expected the manifest of a dataset in layout 2\n',
      ]);
    });
  });

  describe('refuses, with what to do,', () => {
    const refused = async (args: readonly string[], code: number, says: string) => {
      const ended = await run(...args);
      expect(ended.stderr).to.contain(says);
      expect(ended.code).to.equal(code);
    };

    afterEach('and makes no folder', () => expect(existsSync(join(folder, 'x'))).to.equal(false));

    it('a period without candles', () =>
      refused(['--from', '2020-01-01', '--to', '2020-01-02', '--out', 'x'], 2, 'No candle is stored in the period'));
    it('a market of which nothing is stored', () =>
      refused([...PERIOD, '--symbols', 'DOGE/USD', '--out', 'x/y'], 2, 'nothing is stored of DOGE/USD'));
    it('a folder that holds something', () =>
      refused([...PERIOD, '--out', '.'], 2, 'expected an empty folder or none: nothing is overwritten'));
    it('a finished dataset', () =>
      refused([...PERIOD, '--out', 'dataset', '--resume'], 2, 'found a finished dataset there'));
    it('a file in place of the folder', () =>
      refused([...PERIOD, '--out', 'eager.yaml'], 2, 'found a file, expected a folder'));
    it('a folder that cannot be made', () =>
      refused([...PERIOD, '--out', '/proc/dataset'], 2, 'cannot write there (ENOENT: no folder can be made there)'));
    it('a link that leads nowhere', async () => {
      symlinkSync('/nowhere/at/all', join(folder, 'link'));
      await refused([...PERIOD, '--out', 'link/x'], 2, `${join(folder, 'link')} is a link to what does not exist`);
    });
    it('more folds than minutes', () =>
      refused(['--from', '2026-02-01', '--to', '2026-02-01T00:05', '--out', 'x'], 2, 'the period has 5 minutes'));
    it('a missing folder', () => refused(['--to', '2026-02-01'], 2, '--out missing'));
    it('another word than verify', () => refused(['check', 'dataset'], 2, 'expected bot export verify FOLDER'));
    it('a column that there is not', () =>
      refused([...PERIOD, '--columns', 'rsi_15,close', '--out', 'x'], 2, '--columns rsi_15: names no column'));
    it('horizons that are none', () =>
      refused([...PERIOD, '--labels', '5,x', '--out', 'x'], 2, 'expected a whole number'));
  });
});
