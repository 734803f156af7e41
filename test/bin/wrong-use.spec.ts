import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { csvRow, zipOf } from '../world/import/files.js';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';
import { jsonHere, runHere } from '../support/here.js';
import { runBot, urlOf, type ChildOptions, type Ended } from './child.js';

/** Arguments as they would be typed, the message that is expected, and what is special about it. */
interface Mistake {
  readonly typed: string;
  readonly says: RegExp;
  readonly code?: 1 | 2;
  readonly url?: (url: string) => string;
  /** What is wrong with that URL. */
  readonly wrong?: string;
}

const DAY = '--from 2026-02-01 --to 2026-02-02';
const TIME = 'expected a UTC time as 2026-04-01 or 2026-04-01T12:30';
const PASSWORD = 'Canary-7f3a!';

const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  'a file that cannot be imported': [
    { typed: 'import missing/XBTUSD_1.csv', says: /missing\/XBTUSD_1\.csv: there is no such file/ },
    { typed: 'import folder/XBTUSD_1.csv', says: /folder\/XBTUSD_1\.csv: is not a file/ },
    { typed: 'import cut/XBTUSD_1.csv.gz', says: /cut\/XBTUSD_1\.csv\.gz: it is truncated/ },
    { typed: 'import cut/Kraken.zip', says: /cut\/Kraken\.zip: cannot be read as a zip archive .*download it again/is },
    { typed: 'import header/XBTUSD_1.csv', says: /line 1: the first column is not a time \(is this a header\?\)/ },
    { typed: 'import columns/XBTUSD_1.csv', says: /line 1: 5 columns instead of 7.*Expected Kraken’s 7 columns/s },
    { typed: 'import half/XBTUSD_1.csv', says: /line 2: 2 columns instead of 7; the file may be truncated/ },
    { typed: 'import good/XBTUSD_1.csv half/XBTUSD_1.csv', says: /half\/XBTUSD_1\.csv, line 2.*Nothing was imported/s },
    { typed: 'import good/FOO_1.csv', says: /unknown pair "FOO"/ },
    { typed: 'import good/XBTUSD_5.csv', says: /holds candles of 5 minutes; only those of one minute are imported/ },
    { typed: 'import good/notes.txt', says: /not a Kraken candle file name/ },
    { typed: 'import good/empty_1.zip', says: /no PAIR_1\.csv among its 1 files/ },
    { typed: 'import', says: /found no FILES, expected <files\.\.\.> \(one or more.*For example: bin\/bot import /s },
  ],
  'a period that is none': [
    { typed: 'backtest --from 2026-02-02 --to 2026-02-01', says: /--to 2026-02-01 is not after --from 2026-02-02/ },
    { typed: 'backtest --from 2026-02-01 --to 2026-02-01', says: /--to 2026-02-01 is not after --from 2026-02-01/ },
    { typed: 'backtest --from 01.04.2026 --to 2026-05-01', says: new RegExp(`--from: found "01.04.2026", ${TIME}`) },
    { typed: 'backtest --from 2026-13-01 --to 2027-01-01', says: new RegExp(`--from: found "2026-13-01", ${TIME}`) },
    { typed: 'backtest --from 2026-02-01 --to 2026-02-30', says: new RegExp(`--to: found "2026-02-30", ${TIME}`) },
    { typed: 'backtest --from tomorrow --to 2026-02-01', says: new RegExp(`--from: found "tomorrow", ${TIME}`) },
    {
      typed: 'backtest --last 30',
      says: /--last: found "30", expected minutes, hours, days or weeks as 90m, 36h, 30d/,
    },
    { typed: 'backtest --last 1d --from 2026-02-01', says: /--last 1d and --from 2026-02-01 both say where/ },
    {
      typed: `backtest --synthetic ${DAY} --set risk_management.stop_loss_percent=1`,
      says: /--set risk_management.stop_loss_percent: unknown key \(found 1\), did you mean stop_loss_percentage\?/,
    },
    {
      typed: `backtest --synthetic ${DAY} --set risk_management.stop_loss_percentage=no`,
      says: /--set risk_management.stop_loss_percentage: found "no", expected a number/,
    },
    {
      typed: `backtest --synthetic ${DAY} --set risk_management.trailing_stop=5`,
      says: /--set risk_management.trailing_stop: found 5, expected a mapping/,
    },
    {
      typed: `backtest --synthetic ${DAY} --set costs.taker_fee_percentage=[1`,
      says: /--set costs.taker_fee_percentage:1: found .*, expected YAML/,
    },
    {
      typed: `backtest --synthetic ${DAY} --set period=5`,
      says: /expected --set momentum_strategy.roc.thresholds=\[0.3,0.6,1\]/,
    },
    { typed: `backtest --synthetic ${DAY} --label a --dry-run`, says: /--label names a stored run/ },
    { typed: 'backtest --synthetic', says: /--synthetic generates any period: expected one, as --last 30d/ },
    { typed: 'backtest --from 0100-01-01 --to 9999-01-02', says: /expected a period of at most 25 years/ },
    {
      typed: 'backtest --synthetic --from 1900-01-01 --to 1900-02-01',
      says: /No market is listed before 1900-02-01T00:00:00Z/,
    },
    { typed: 'backtest --from 0026-02-01 --to 0026-02-02', says: new RegExp(`--from: found "0026-02-01", ${TIME}`) },
    { typed: 'backtest --from 2026-02-01T24:00 --to 2026-03-01', says: new RegExp(`"2026-02-01T24:00", ${TIME}`) },
    {
      typed: 'backtest --from 2019-02-01 --to 2019-02-02',
      says: /No candle is stored in the period 2019-02-01T00:00:00Z to 2019-02-02T00:00:00Z.*market +first +last +missing minutes.*BTC\/USD +2024-01-31T23:00:00Z +2024-01-31T23:02:00Z +0\b/s,
    },
  ],
  'options that make no sense': [
    {
      typed: `backtest ${DAY} --bogus`,
      says: /"bot backtest" has no option --bogus: expected one of --from, .*"bot backtest --help" explains/s,
    },
    {
      typed: 'frobnicate',
      says: /no command "bot frobnicate": expected one of import, .*"bot --help" lists the commands/s,
    },
    {
      typed: `backtest ${DAY} --symbols FOO/USD`,
      says: /--symbols: nothing is stored of FOO\/USD.*There is: BTC\/USD/s,
    },
    { typed: `backtest ${DAY} --symbols dollars`, says: /--symbols: "dollars" is no market: expected BASE\/QUOTE/ },
    { typed: `backtest ${DAY} --symbols ,`, says: /--symbols names no market/ },
    { typed: `backtest ${DAY} --seed 3`, says: /--seed .* goes with --synthetic/ },
    {
      typed: `backtest ${DAY} --synthetic --seed -1`,
      says: /--seed: found "-1", expected a whole number from 0 to 4294967295\./,
    },
    {
      typed: `backtest ${DAY} --tape-minutes 0`,
      says: /--tape-minutes: found "0", expected a whole number from 1 to 100000\./,
    },
    { typed: `backtest ${DAY} --synthetic --export good/notes.txt`, says: /--export good\/notes\.txt: found a file/ },
    { typed: 'migrate --down nonsense', says: /There is no migration nonsense.*Known are: Migration/s },
  ],
  'a configuration that is wrong': [
    { typed: `backtest ${DAY} -c nope.yaml`, says: /nope\.yaml: found no such file, expected a configuration file/ },
    {
      typed: `backtest ${DAY} -c never.yaml`,
      says: /never\.yaml:1 momentum_strategy\.rsi\.oversold: found 80, expected less than overbought \(70\).*nothing would ever be traded/,
    },
    { typed: 'config check -c typo.yaml', says: /typo\.yaml:1 risk_managment\b/ },
  ],
  'a database that cannot be used': [
    {
      typed: 'status',
      url: () => `postgresql://bot:${encodeURIComponent(PASSWORD)}@127.0.0.1:1/x`,
      wrong: 'a port where nobody listens',
      code: 1,
      says: /The database at 127\.0\.0\.1:1 cannot be reached: ECONNREFUSED/,
    },
    {
      typed: `backtest ${DAY} --synthetic`,
      url: url => url.replace(/:[^:@]+@/, `:${encodeURIComponent(PASSWORD)}@`),
      wrong: 'a wrong password',
      says: /refuses: the user or the password is wrong/,
    },
    {
      typed: 'status',
      url: url => url.replace(/\/\w+$/, '/nowhere'),
      wrong: 'a database that is not there',
      says: /refuses: there is no such database/,
    },
    {
      typed: 'migrate',
      url: () => `postgresql://bot:${PASSWORD}#1@localhost/x`,
      wrong: 'a bare # in the password',
      says: /DATABASE_URL.*expected embedded or/,
    },
    {
      typed: 'status',
      url: () => `mysql://bot:${PASSWORD}@localhost/x`,
      wrong: 'another database system',
      says: /DATABASE_URL.*expected embedded or/,
    },
  ],
};

describe('bin/bot, used wrongly, says what it found and expected and does nothing:', () => {
  let cwd: string;
  let database: FreshDatabase;
  let url: string;
  let world: ChildOptions;
  let ended: ReadonlyMap<Mistake, Ended>;
  let stored: unknown;

  const write = (name: string, bytes: string | Buffer) => {
    mkdirSync(join(cwd, name, '..'), { recursive: true });
    writeFileSync(join(cwd, name), bytes);
  };
  const everyTable = async () => {
    const tables = await query(
      database.connection,
      `select relname as name, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', relname), false, true, '')))[1]::text as rows
       from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
    );
    return tables;
  };

  before(async function () {
    this.timeout(120_000);
    cwd = mkdtempSync(join(tmpdir(), 'crypto-bot-wrong-'));
    const good = csvRow(0, 10) + csvRow(1, 10) + csvRow(2, 11);
    write('good/XBTUSD_1.csv', good);
    for (const name of ['FOO_1.csv', 'XBTUSD_5.csv', 'notes.txt']) write(`good/${name}`, good);
    write('good/empty_1.zip', zipOf({ 'XBTUSD_60.csv': good }));
    mkdirSync(join(cwd, 'folder', 'XBTUSD_1.csv'), { recursive: true });
    write('cut/XBTUSD_1.csv.gz', gzipSync(good.repeat(100)).subarray(0, -12));
    write('cut/Kraken.zip', zipOf({ 'XBTUSD_1.csv': good }).subarray(0, -10));
    write('header/XBTUSD_1.csv', `time,open,high,low,close,volume,trades\n${good}`);
    write('columns/XBTUSD_1.csv', '1706742000,10,11,9,10\n');
    write('half/XBTUSD_1.csv', `${csvRow(0, 10)}1706742060,10`);
    write('never.yaml', 'momentum_strategy: { rsi: { oversold: 80 } }\n');
    write('typo.yaml', 'risk_managment: { stop_loss_percentage: 3 }\n');
    database = await migratedDatabase();
    url = urlOf(database.connection);
    world = { env: { DATABASE_URL: url }, cwd };
    await jsonHere(['import', 'good/XBTUSD_1.csv'], world);
    stored = await everyTable();
    // The first one of each kind is made as a user makes it.
    const found = Object.values(mistakes).flatMap(those =>
      those.map(async (mistake, n): Promise<[Mistake, Ended]> => {
        const run = n === 0 ? runBot : runHere;
        return [
          mistake,
          await run(mistake.typed.split(' '), { cwd, env: { DATABASE_URL: mistake.url?.(url) ?? url } }),
        ];
      }),
    );
    ended = new Map(await Promise.all(found));
  });
  after(async () => {
    await database.drop();
    rmSync(cwd, { recursive: true, force: true });
  });

  for (const [kind, those] of Object.entries(mistakes))
    describe(kind, () => {
      for (const mistake of those)
        it(`bot ${mistake.typed}${mistake.wrong ? `, with ${mistake.wrong} in DATABASE_URL` : ''}`, () => {
          const { code, stdout, stderr } = ended.get(mistake)!;
          expect({ code, stdout }, stderr).to.deep.equal({ code: mistake.code ?? 2, stdout: '' });
          expect(stderr)
            .to.match(/^error: /)
            .and.match(mistake.says);
          expect(stderr).to.not.match(/\n\s+at |file:|node:internal|internal error|\u001b/);
          expect(stderr).to.not.include('Canary').and.not.include(database.connection.password);
        });
    });

  it('nothing is written by any of them', async () => {
    expect(await everyTable()).to.deep.equal(stored);
  });

  it('a schema that a newer version has migrated is left alone', async () => {
    const newer = await migratedDatabase();
    try {
      await query(newer.connection, `insert into mikro_orm_migrations (name) values ('Migration29990101000000')`);
      for (const typed of [['status'], ['migrate'], ['migrate', '--status'], ['import', 'good/XBTUSD_1.csv']]) {
        const { code, stdout, stderr } = await runHere(typed, { cwd, env: { DATABASE_URL: urlOf(newer.connection) } });
        expect({ code, stdout }, typed.join(' ')).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr).to.match(
          /^error: The database was migrated by a newer version: it knows Migration29990101000000/,
        );
      }
      const [candles] = await query(newer.connection, 'select count(*)::int from market_data');
      expect(candles).to.deep.equal({ count: 0 });
    } finally {
      await newer.drop();
    }
  }).timeout(20_000);
});
