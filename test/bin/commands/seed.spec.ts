import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeedSummary } from '../../../lib/reference/summary.js';
import { lockMarket } from '../../../lib/world/store/candles/market.js';
import { connectForBulk } from '../../../lib/world/database/index.js';
import { openStore } from '../../../lib/world/store/index.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { jsonHere, runHere } from '../../support/here.js';
import { urlOf } from '../child.js';

describe('bin/bot seed', function () {
  this.timeout(60_000);
  let database: FreshDatabase;
  let folder: string;
  let server: Server;
  let status: number;
  let env: Record<string, string>;
  beforeEach(async () => {
    database = await migratedDatabase();
    folder = mkdtempSync(join(tmpdir(), 'crypto-bot-seed-'));
    status = 200;
    const coins = [
      { id: 'bitcoin', symbol: 'btc', name: 'Bitcoin Renamed', current_price: 60_000, market_cap: 1.2e12 },
    ];
    server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(coins)));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    env = {
      DATABASE_URL: urlOf(database.connection),
      BOT_MARKET_CAP_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
    };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (text: string): string => {
    const path = join(folder, 'my-coins.yaml');
    writeFileSync(path, text);
    return path;
  };
  const stored = () =>
    query(
      database.connection,
      'select symbol, name, sector, market_cap from cryptocurrency order by symbol collate "C"',
    );
  const enter = async (...symbols: string[]) => {
    const store = await openStore(database.connection, { poolSize: 1 });
    const markets = await store.ensureMarkets(symbols);
    await store.close();
    return markets;
  };
  /** As markets were stored before there were reference data. */
  const forget = () => query(database.connection, 'update cryptocurrency set name = base, sector = null');
  const seed = (...args: string[]) => jsonHere<SeedSummary>(['seed', ...args], { env });

  it('names and sorts what is stored, asks what it is worth, and changes nothing the second time', async () => {
    await enter('BTC/USD', 'ETH/BTC', 'FOO/USD');
    await forget();
    const first = await seed();
    expect(first.markets).to.deep.equal({ stored: 3, matched: 2, changed: 2 });
    expect(first.marketCaps).to.deep.equal({ coins: 3, known: 1, reason: null });
    expect(first.unknown).to.deep.equal(['FOO/USD']);
    expect(first.sectors.find(({ sector }) => sector === 'layer-1')).to.include({ markets: 2 });
    const rows = [
      { symbol: 'BTC/USD', name: 'Bitcoin Renamed', sector: 'layer-1', market_cap: 1.2e12 },
      { symbol: 'ETH/BTC', name: 'Ethereum', sector: 'layer-1', market_cap: null },
      { symbol: 'FOO/USD', name: 'FOO', sector: null, market_cap: null },
    ];
    expect(await stored()).to.deep.equal(rows);
    status = 404;
    const second = await seed();
    expect(second.markets.changed).to.equal(0);
    expect(await stored()).to.deep.equal(rows);
  });

  it('reports in a line that market caps are unavailable, and does the rest', async () => {
    await enter('BTC/USD');
    await forget();
    status = 503;
    const { code, stdout, stderr } = await runHere(['seed'], { env });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.contain('Market caps  unchanged: the source did not answer (HTTP 503)');
    expect(stdout).to.match(/^sector +coins +markets +content$/m);
    expect(stdout).to.match(/^layer-1 +\d+ +1 +independent blockchains/m);
    expect((await stored())[0]).to.include({ name: 'Bitcoin', sector: 'layer-1', market_cap: null });
  });

  it('needs no stored market: each gets the user’s name and sector when it is stored', async () => {
    const path = file('coins:\n  BTC: { name: Digital Gold, sector: payment }\n  FOO: { sector: meme }\n');
    const { coins, markets } = await seed('--file', path);
    expect(coins).to.include({ own: 2, inPlace: 1 });
    expect(markets.stored).to.equal(0);
    const [btc, foo] = await enter('BTC/USD', 'FOO/USD'); // as a run does
    expect([btc!.sector, foo!.sector]).to.deep.equal(['payment', 'meme']);
    const client = await connectForBulk(database.connection);
    await lockMarket(client, 'BTC/EUR'); // as an import does
    await client.end();
    expect((await stored()).map(({ name, sector }) => [name, sector])).to.deep.equal([
      ['Digital Gold', 'payment'],
      ['Digital Gold', 'payment'],
      ['FOO', 'meme'],
    ]);
  });

  it('remembers the user’s data until they are removed', async () => {
    await enter('BTC/USD', 'FOO/USD');
    await seed('--file', file('coins:\n  BTC: { name: Digital Gold }\n  FOO: { sector: meme, name: Foo }\n'));
    await seed('--file', file('coins:\n  FOO: { sector: ai }\n'));
    await seed();
    expect((await stored()).map(({ name, sector }) => [name, sector])).to.deep.equal([
      ['Digital Gold', 'layer-1'],
      ['FOO', 'ai'],
    ]);
    status = 404;
    await seed('--file', file('coins: { BTC: , FOO: }\n'));
    expect((await stored()).map(({ name, sector }) => [name, sector])).to.deep.equal([
      ['Bitcoin', 'layer-1'],
      ['FOO', null],
    ]);
  });

  it('takes nothing of a file with a mistake, which it names', async () => {
    const path = file('coins:\n  FOO: { sector: meme }\n  BTC: { sector: layer1 }\n');
    const { code, stderr } = await runHere(['seed', '--file', path], { env });
    expect(code).to.equal(2);
    expect(stderr).to.match(/my-coins\.yaml:3 coins\.BTC\.sector: found "layer1", expected one of .* mean layer-1\?/);
    expect(await query(database.connection, 'select from coin_reference')).to.deep.equal([]);
    const none = await runHere(['seed', '--file', join(folder, 'none.yaml')], { env });
    expect(none.code).to.equal(2);
    expect(none.stderr).to.contain('none.yaml: found no such file, expected reference data of coins in YAML');
  });

  it('requests no market caps of simulated coins from a real source', async () => {
    await enter('BTC/USD');
    await query(
      database.connection,
      `insert into configuration_history (configuration, hash) values ('{}', repeat('a', 64))`,
      `insert into run (mode, market_source, code_version, status, symbols, configuration_id, initial_balance, ended_at)
       values ('simulated', 'simulator', 'test', 'completed', '[]', 1, 100, now())`,
    );
    const { marketCaps } = await seed();
    expect(marketCaps).to.include({ known: null, reason: 'simulated coins use those of their exchange' });
  });
});
