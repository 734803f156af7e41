import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BacktestReport } from '../../../lib/report/document.js';
import { simulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { serveExchange, type ExchangeServer } from '../../../lib/world/simulator/server.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { jsonHere, runHere } from '../../support/here.js';
import { startBot, until, urlOf, type ChildOptions } from '../child.js';
import { EAGER, krakenCsv } from '../market-files.js';

const SEED = 5;
const FROM = Date.UTC(2026, 0, 24);
const TO = Date.UTC(2026, 1, 3);
/** Half past noon, well after the period. */
const NOW = Date.UTC(2026, 1, 5, 12, 30, 20);
/** Traded a few times a minute, so that their trades fit into few pages. */
const SYMBOLS = ['ANKR/USD', 'MINA/USD'];
const PERIOD = ['--from', '2026-01-24', '--to', '2026-02-03'];

interface Document {
  readonly markets: readonly Readonly<Record<string, unknown>>[];
}

describe('bin/bot download', function () {
  this.timeout(120_000);
  let folder: string;
  let server: ExchangeServer;
  const databases: FreshDatabase[] = [];
  const newWorld = async (speed = 100_000) => {
    const database = await migratedDatabase();
    databases.push(database);
    const env = {
      DATABASE_URL: urlOf(database.connection),
      BOT_EXCHANGE_URL: server.url,
      BOT_CLOCK_SPEED: String(speed),
    };
    const world: ChildOptions = { env, cwd: folder };
    return { world, sql: (text: string) => query(database.connection, text) };
  };
  type World = Awaited<ReturnType<typeof newWorld>>;
  const rowsOf = ({ sql }: World) =>
    sql(`select symbol, "timestamp", open, high, low, close, volume, vwap, trade_count, quiet, suspect, source, first_seen
      from market_data join cryptocurrency on id = cryptocurrency_id order by 1, 2`);
  let whole: World;
  let document: Document;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-download-'));
    writeFileSync(join(folder, 'eager.yaml'), EAGER);
    const exchange = simulatedExchange({
      seed: SEED,
      symbols: [...SYMBOLS, 'BTC/USD'],
      clock: () => NOW,
      isLimited: false,
    });
    server = await serveExchange(exchange, 0);
    whole = await newWorld();
    document = await jsonHere<Document>(['download', ...PERIOD, '--symbols', SYMBOLS.join()], whole.world);
  });
  after(async () => {
    await server.close();
    for (const database of databases) await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stores every minute of the period, far beyond the 720 candles that the exchange gives, and says what came', async () => {
    const minutes = (TO - FROM) / MINUTE_MS; // 10 days: 14,400
    const counted = await whole.sql(`
      select symbol, count(*)::float8 as minutes, count(*) filter (where quiet)::float8 as quiet,
        sum(trade_count)::float8 as trades, min("timestamp") as first, string_agg(distinct source, ' ') as source
      from market_data join cryptocurrency on id = cryptocurrency_id group by 1 order by 1`);
    for (const [i, { symbol, minutes: stored, quiet, trades, first, source }] of counted.entries()) {
      expect([symbol, source]).to.deep.equal([SYMBOLS[i], 'trades']);
      const begins = (first as Date).getTime();
      expect(stored).to.equal(minutes - (begins - FROM) / MINUTE_MS);
      expect(begins - FROM).to.be.below(30 * MINUTE_MS); // quiet minutes before the first trade have no price
      expect(quiet).to.be.within(2_000, 6_000);
      expect(trades).to.be.above(20_000);
      expect(document.markets[i]).to.deep.include({
        symbol,
        stored,
        quiet,
        trades,
        revised: 0,
        unchanged: 0,
        suspect: 0,
        resumedAt: null,
        first: (first as Date).toISOString().replace('.000', ''),
        leftOut: [],
      });
    }
    expect(await whole.sql(`select name from shared_state where name like 'download %'`)).to.deep.equal([]);
  });

  it('makes the backtest that an import of the same minutes makes', async () => {
    const imported = await newWorld();
    const files = SYMBOLS.map(symbol => {
      const path = join(folder, `${symbol.replace('/', '')}_1.csv`);
      writeFileSync(path, krakenCsv(symbol, SEED, FROM, TO));
      return path;
    });
    await jsonHere(['import', ...files], imported.world);
    const args = ['backtest', '--from', '2026-02-01', '--to', '2026-02-02T23:00', '-c', join(folder, 'eager.yaml')];
    const [one, other] = [await jsonHere(args, whole.world), await jsonHere(args, imported.world)];
    const outcome = (report: BacktestReport) => ({ ...report, run: 0, configuration: 0, configurationHash: '' });
    expect(one.trades.length).to.be.at.least(3);
    expect(outcome(one)).to.deep.equal(outcome(other));

    const values = `select symbol, "timestamp", open, high, low, close, volume, quiet, suspect from market_data
      join cryptocurrency on id = cryptocurrency_id where "timestamp" >= '2026-01-24 01:00Z' and "timestamp" < '2026-02-02 23:00Z' order by 1, 2`;
    expect(await whole.sql(values)).to.deep.equal(await imported.sql(values));

    // and over imported minutes it only adds what a file does not tell: the mean price, and that
    // stored as quiet before
    const over = await jsonHere<Document>(['download', ...PERIOD, '--symbols', 'MINA/USD'], imported.world);
    expect(over.markets[0]).to.include({ unchanged: 0 });
    expect(await imported.sql(values.replace('order', `and symbol = 'MINA/USD' order`))).to.deep.equal(
      await whole.sql(values.replace('order', `and symbol = 'MINA/USD' order`)),
    );
  });

  const LIVES = 3;
  it('ends in the same rows when it is killed again and again on its way', async () => {
    const killed = await newWorld(20); // a page of a market each 150 ms: its lives are too short for all of them
    const reached = async () => {
      const rows = await killed.sql(
        `select sum((state->>'next')::float8) as next from shared_state where name like 'download %'`,
      );
      return Number(rows[0]!['next'] ?? 0);
    };
    const args = ['download', ...PERIOD, '--symbols', SYMBOLS.join(), '--resume'];
    for (let life = 1; life <= LIVES; life++) {
      const { process: child, ended } = startBot(life % 2 === 1 ? args : ['download', '--resume'], killed.world);
      const before = (await reached()) || SYMBOLS.length * FROM;
      await until('it has got on', async () => (await reached()) > before);
      child.kill(life === LIVES ? 'SIGINT' : 'SIGKILL');
      const { stderr, code } = await ended;
      if (life === LIVES) {
        expect(code).to.equal(130);
        expect(stderr).to.contain('Stopped. Downloaded minutes are stored. Continue with: bot download --resume');
      }
      // what was under way when it died may still be stored a moment later
      await until('its connections are closed', async () => {
        const others = await killed.sql(
          `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
        return others.length === 0;
      });
    }
    expect(await reached()).to.be.below(SYMBOLS.length * TO);
    const { markets } = await jsonHere<Document>(['download', '--resume'], killed.world);
    expect(markets.some(({ resumedAt }) => resumedAt !== null)).to.equal(true);
    expect(await rowsOf(killed)).to.deep.equal(await rowsOf(whole));
    const nothing = await runHere(['download', '--resume'], killed.world);
    expect([nothing.code, nothing.stderr]).to.deep.equal([
      2,
      'error: There is no unfinished download to resume.\n' +
        'error: Start one: bot download --from 2026-04-01 --to 2026-04-08 --symbols BTC/USD\n',
    ]);
  });

  it('changes nothing when it is done again', async () => {
    const before = await rowsOf(whole);
    const { code, stdout } = await runHere(['download', ...PERIOD], whole.world); // all that are stored
    expect(code).to.equal(0);
    expect(stdout).to.match(/^market +from +to \(UTC\) +trades +stored +revised +unchanged/);
    expect(stdout).to.match(/^MINA\/USD +2026-01-24 00:\d\d +2026-02-03 00:00 +[\d,]+ +0 +0 +14,\d\d\d /m);
    expect(await rowsOf(whole)).to.deep.equal(before);
  });

  it('begins with the first trade where the market is younger than --from, and says so', async () => {
    const young = await newWorld();
    const args = ['download', '--from', '2021-10-10', '--to', '2021-10-12T06:00', '--symbols', 'minausd'];
    const { code, stdout } = await runHere(args, young.world);
    expect(code).to.equal(0);
    const [row] = await young.sql(`select min("timestamp") as first, count(*)::int as stored from market_data`);
    const first = (row!['first'] as Date).getTime();
    expect(first).to.be.within(Date.UTC(2021, 9, 12), Date.UTC(2021, 9, 12) + 30 * MINUTE_MS);
    expect(row!['stored']).to.equal((Date.UTC(2021, 9, 12, 6) - first) / MINUTE_MS);
    expect(stdout).to.match(
      /MINA\/USD: begins at 2021-10-12 00:\d\d with its first trade; there are no earlier trades/,
    );
  });

  it('says what is not listed with what is near it, and which period cannot be had', async () => {
    const { world } = await newWorld(1);
    const said = async (...args: string[]) => {
      const { code, stderr } = await runHere(['download', ...args], world);
      return [code, stderr];
    };
    expect(await said(...PERIOD, '--symbols', 'BTC/USDD,SHIB/JPY')).to.deep.equal([
      2,
      'error: BTC/USDD is not listed by the exchange; near it: BTC/USD\n' +
        'error: SHIB/JPY is not listed by the exchange\n',
    ]);
    const [code, text] = await said('--from', '2026-02-05', '--to', '2026-02-07', '--symbols', 'BTC/USD');
    expect(code).to.equal(2);
    expect(text).to.match(
      /^error: --to 2026-02-07T00:00:00Z is in the future: by the exchange's clock it is 2026-02-05T1/,
    );
    expect(text).to.match(/error: Expected --to 2026-02-05T1\d:\d\d at the latest\.\n$/);
    expect(await said('--to', '2026-02-05')).to.deep.equal([
      2,
      'error: expected a period: --last 7d, or --from 2026-04-01 --to 2026-04-08 (or --resume alone)\n',
    ]);
    expect(await said(...PERIOD)).to.deep.equal([
      1,
      'error: No market is stored: expected --symbols, as BTC/USD,ETH/USD\n',
    ]);
  });

  it('refuses a database with candles of a real exchange', async () => {
    const { world, sql } = await newWorld();
    await sql(`insert into configuration_history (configuration, hash) values ('{}', repeat('a', 64))`);
    await sql(`insert into run (mode, market_source, code_version, status, symbols, configuration_id, initial_balance)
      values ('live', 'exchange', 'test', 'running', '[]', 1, 10000)`);
    const { code, stderr } = await runHere(['download', ...PERIOD, '--symbols', 'BTC/USD'], world);
    expect(code).to.equal(2);
    expect(stderr).to.contain('This database holds live runs');
  });
});
