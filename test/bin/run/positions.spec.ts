import { expect } from 'chai';
import { of, type Subscription } from 'rxjs';
import { positions } from '../../../bin/run/positions.js';
import type { RunWorld } from '../../../bin/run/world.js';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import { marketClock } from '../../../lib/simulator/exchange/clock.js';
import { simulatedExchange, type SimulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import type { HeldTrade } from '../../../lib/position/restore.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { elapsed } from '../../../lib/world/clock.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { serveExchange, type ExchangeServer } from '../../../lib/world/simulator/server.js';
import { openLive, type LiveStore } from '../../../lib/world/store/live/index.js';
import { openStore, type Store } from '../../../lib/world/store/index.js';
import { settingsOf } from '../../support/settings.js';
import { until } from '../child.js';
import { configuration, migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';

const SPEED = 240;
const START = Date.UTC(2026, 3, 12, 12, 0, 30);
const SYMBOLS = ['DOGE/USD', 'ETH/USD', 'SOL/USD'];
// Nothing but what the exchange does to a market ends a trade.
const SETTINGS = `
exchange: { url: URL, clock_speed: ${SPEED} }
risk_management:
  stop_loss_percentage: 90
  take_profit_levels: [{ percentage: 900, position_percentage: 100 }]
  trailing_stop: { activation_percentage: 900, offset_percentage: 50 }
  max_opportunity_age_seconds: 3600
`;

describe('the position manager, on an exchange that takes a market away', function () {
  this.timeout(90_000);
  let database: FreshDatabase;
  let store: Store;
  let live: LiveStore;
  let simulated: SimulatedExchange;
  let server: ExchangeServer;
  let exchange: Exchange;
  let running: Subscription;
  let failure: unknown = null;
  const said: string[] = [];
  const rows = (sql: string) => query(database.connection, sql);

  before(async () => {
    database = await migratedDatabase();
    store = await openStore(database.connection, { poolSize: 3 });
    live = openLive(store, database.connection, 'momentum');
    simulated = simulatedExchange({
      seed: 7,
      symbols: SYMBOLS,
      clock: marketClock(START, SPEED, elapsed),
      isLimited: false,
    });
    simulated.warmUp();
    server = await serveExchange(simulated, 0);
    const settings = settingsOf(SETTINGS.replace('URL', server.url));
    exchange = openExchange(settings.exchange, {
      budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
      breaker: { ...BREAKER_RULES, failures: Infinity },
    });
    const markets = await store.ensureMarkets(SYMBOLS);
    const start = { mode: 'simulated' as const, codeVersion: 'test', symbols: SYMBOLS };
    const run = await live.openRun({ ...start, configuration: configuration('a'), initialBalance: 10_000 });
    const { configurationId } = run;
    await exchange.serverTime();
    const at = Math.floor(simulated.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
    const ids = markets.map(({ id }) => id);
    await live.ensurePartitions(at, at);
    const opportunities = markets.map((_, market) => ({ market, at, close: 1, score: 0.5, values: {} }));
    await live.saveScan(
      { runId: run.id, configurationId, ids },
      { candles: [], source: 'ohlc', decisions: [], opportunities },
    );
    const tell = (first: unknown, second?: string) => void said.push(second ?? String(first));
    const world = {
      ...{
        role: 'positions',
        mode: 'simulated',
        codeVersion: 'test',
        isUnlimited: true,
        run: { ...run, resumed: false },
      },
      ...{ database, store, live, exchange, settings$: of(settings), settings: () => settings },
      log: { info: tell, warn: tell, error: tell },
      link: { beat: () => undefined, signal: new AbortController().signal },
      versionOf: () => configurationId,
      now: () => exchange.now()!,
      stored: <T>(_: string, act: () => Promise<T>) => act(),
    } as unknown as RunWorld;
    running = positions(world).subscribe({ error: (error: unknown) => (failure = error) });
  });
  after(async () => {
    running.unsubscribe();
    exchange.close();
    await server.close();
    await store.close();
    await database.drop();
  });

  const waitUntil = (what: string, is: () => boolean | Promise<boolean>) =>
    until(what, async () => {
      if (failure) throw failure instanceof Error ? failure : new Error('failed');
      return is();
    });
  const held = async (): Promise<readonly HeldTrade[]> =>
    ((await rows('select state from portfolio_state'))[0]!['state'] as { held: HeldTrade[] }).held;
  const exits = () =>
    rows(
      'select symbol, reason, e.exit_price::float8 as price from partial_exit e join simulated_trade t on t.id = e.trade_id join cryptocurrency c on c.id = cryptocurrency_id',
    );
  const order = (fault: { kind: string; pair: string; status?: string }) =>
    simulated.faults.add(fault, simulated.now());

  it('buys at the books and stores those that it walked', async () => {
    await waitUntil('three trades are open', async () => (await rows('select id from simulated_trade')).length === 3);
    const fills = (await rows(
      `select entry_price::float8 as price, size::float8 as size, kind, order_book as book from simulated_trade t
       join fill_book b on b.run_id = t.run_id and b.cryptocurrency_id = t.cryptocurrency_id and b.timestamp = t.entry_timestamp`,
    )) as unknown as { price: number; size: number; kind: string; book: { asks: [number, number][] } }[];
    expect(fills).to.have.length(3);
    for (const { price, size, kind, book } of fills) {
      let [left, paid] = [size, 0];
      for (const [level, there] of book.asks) {
        const part = Math.min(left, there);
        paid += part * level;
        left -= part;
      }
      expect([kind, price]).to.deep.equal(['entry', price]);
      expect(paid / size).to.be.closeTo(price, 1e-9 * price);
    }
  });

  it('sells nothing for a pause of some minutes, and says so in the state', async () => {
    const fault = order({ kind: 'pair_status', pair: 'ETHUSD', status: 'cancel_only' });
    await waitUntil('it is suspended', async () =>
      (await held()).some(({ suspendedSince }) => suspendedSince !== undefined),
    );
    const suspended = (await held()).filter(({ suspendedSince }) => suspendedSince !== undefined);
    expect(suspended.map(({ symbol }) => symbol)).to.deep.equal(['ETH/USD']);
    simulated.faults.remove(fault);
    await waitUntil('it goes on', () => said.includes('can be traded again'));
    await waitUntil('the state says so', async () =>
      (await held()).every(({ suspendedSince }) => suspendedSince === undefined),
    );
    expect(await exits()).to.deep.equal([]);
  });

  it('sells what is held of a market that stays away at its last book, and nothing else', async () => {
    const before = (await held()).find(({ symbol }) => symbol === 'DOGE/USD')!;
    order({ kind: 'delisted', pair: 'XDGUSD' });
    await waitUntil('it has left', async () => (await exits()).length > 0);
    const [exit, ...more] = (await exits()) as { symbol: string; reason: string; price: number }[];
    expect(more).to.deep.equal([]);
    expect(exit).to.include({ symbol: 'DOGE/USD', reason: 'delisted' });
    expect(exit!.price).to.be.within(before.lastPrice! * 0.9, before.lastPrice! * 1.1);
    expect((await held()).map(({ symbol }) => symbol)).to.deep.equal(['ETH/USD', 'SOL/USD']);
    const [trade] = await rows(`select status, exit_timestamp - entry_timestamp > interval '15 minutes' as late
      from simulated_trade t join cryptocurrency c on c.id = cryptocurrency_id where symbol = 'DOGE/USD'`);
    expect(trade).to.deep.equal({ status: 'closed', late: true });
    expect(said.some(line => /^sold .* DOGE at .*delisted/.test(line))).to.equal(true);
  });
});
