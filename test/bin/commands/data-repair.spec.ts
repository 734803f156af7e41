import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import { HOUR_MS } from '../../../lib/units.js';
import { serveExchange, type ExchangeServer } from '../../../lib/world/simulator/server.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf, type ChildOptions } from '../child.js';
import { krakenCsv } from '../market-files.js';

const SEED = 5;
const FROM = Date.UTC(2026, 0, 30, 20);
/**
 * A gap over the end of a month; all but its last minutes are too far back for the exchange's
 * candles.
 */
const [LOST, FOUND] = [Date.UTC(2026, 0, 31, 22), Date.UTC(2026, 1, 1, 3)];
const TO = Date.UTC(2026, 1, 1, 6);
const NOW = Date.UTC(2026, 1, 1, 6, 30, 20);

describe('bin/bot data repair', () => {
  let folder: string;
  let server: ExchangeServer;
  let database: FreshDatabase;
  let world: ChildOptions;
  const sql = (text: string) => query(database.connection, text);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-repair-'));
    const exchange = simulatedExchange({
      seed: SEED,
      symbols: ['ANKR/USD', 'MINA/USD'],
      clock: () => NOW,
      isLimited: false,
    });
    server = await serveExchange(exchange, 0);
    database = await migratedDatabase();
    const env = { DATABASE_URL: urlOf(database.connection), BOT_EXCHANGE_URL: server.url, BOT_CLOCK_SPEED: '100000' };
    world = { env, cwd: folder };
    const write = (symbol: string, name: string, from: number, to: number) => {
      const path = join(folder, `${name}_1.csv`);
      writeFileSync(path, krakenCsv(symbol, SEED, from, to));
      return path;
    };
    // AVAX is stored but not listed on this exchange; ANKR is whole
    for (const [from, to] of [
      [FROM, LOST],
      [FOUND, TO],
    ] as const)
      await jsonHere(['import', write('MINA/USD', 'MINAUSD', from, to), write('AVAX/USD', 'AVAXUSD', from, to)], world);
    await jsonHere(['import', write('ANKR/USD', 'ANKRUSD', FROM, FROM + HOUR_MS)], world);
  });
  after(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fills what the exchange can still give, and says what it cannot and why', async () => {
    const { code, stdout, stderr } = await runHere(['data', 'repair'], world);
    expect(code, stderr).to.equal(0);
    const hours =
      (await sql(`select symbol, count(*)::int as minutes from market_data join cryptocurrency on id = cryptocurrency_id
      where "timestamp" >= '2026-01-31 22:00Z' and "timestamp" < '2026-02-01 03:00Z' group by 1`)) as unknown;
    expect(hours).to.deep.equal([{ symbol: 'MINA/USD', minutes: 300 }]); // five hours
    const lines = stdout.split('\n').map(line => line.trim().split(/ {2,}/));
    const [, gaps, missing, filled, left] = lines.find(([market]) => market === 'MINA/USD')!;
    expect([gaps, Number(missing) >= 300, filled, left]).to.deep.equal(['1', true, missing, '0']); // quiet minutes at the edges are missing too
    expect(stdout).to.match(
      /^ {2}AVAX\/USD 2026-01-31 2\d:\d\d to 2026-02-01 03:\d\d: the exchange no longer lists it$/m,
    );
    expect(stdout).not.to.contain('ANKR');
  }).timeout(60_000);

  it('leaves the same prices and volumes as an import of the whole would have', async () => {
    const other = await migratedDatabase();
    try {
      const path = join(folder, 'MINAUSD_1.csv');
      writeFileSync(path, krakenCsv('MINA/USD', SEED, FROM, TO));
      await jsonHere(['import', path], { env: { DATABASE_URL: urlOf(other.connection) }, cwd: folder });
      const rows = `select "timestamp", open, high, low, close, volume, quiet, suspect from market_data
        join cryptocurrency on id = cryptocurrency_id where symbol = 'MINA/USD' order by 1`;
      const found = await sql(rows);
      expect(found.length).to.be.above(2_000); // 34 hours
      expect(found).to.deep.equal(await query(other.connection, rows));
    } finally {
      await other.drop();
    }
  }).timeout(60_000);

  it('finds nothing to do the second time, and does not touch other markets', async () => {
    const { stdout } = await runHere(['data', 'repair', '--symbols', 'MINA/USD'], world);
    expect(stdout).to.equal('There are no gaps between stored minutes.\n');
    const { markets } = await jsonHere<{ markets: Record<string, unknown>[] }>(['data', 'repair'], world);
    expect(markets).to.have.length(1);
    expect(markets[0]).to.include({ symbol: 'AVAX/USD', gaps: 1, filled: 0 });
  }).timeout(60_000);

  it('refuses a market of which nothing is stored', async () => {
    const { code, stderr } = await runHere(['data', 'repair', '--symbols', 'BTC/USD'], world);
    expect([code, stderr]).to.deep.equal([
      2,
      'error: BTC/USD is not stored: "bot status" lists the markets that are\n',
    ]);
  });
});
