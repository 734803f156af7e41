import { Subject, defer, startWith, type Subscription } from 'rxjs';
import { positions, type PositionsWorld } from '../../../bin/run/positions.js';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { HeldTrade } from '../../../lib/portfolio/restore.js';
import type { InForce, Settings } from '../../../lib/settings/settings.js';
import { marketClock } from '../../../lib/simulator/exchange/clock.js';
import { simulatedExchange, type SimulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import { MINUTE_MS, wholeMinute, type EpochMs } from '../../../lib/units.js';
import { elapsed } from '../../../lib/world/clock.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { serveExchange } from '../../../lib/world/simulator/server.js';
import type { LiveCandle } from '../../../lib/market-data/scans.js';
import { openLive } from '../../../lib/world/store/live/index.js';
import { openStore } from '../../../lib/world/store/index.js';
import { fallenExchange, type Fall } from '../../support/fallen-exchange.js';
import { settingsOf } from '../../support/settings.js';
import { until } from '../child.js';
import { configuration, migratedDatabase, query } from '../../world/store/fixtures.js';

export interface DeskOptions {
  readonly symbols: readonly string[];
  readonly start: EpochMs;
  readonly speed: number;
  /**
   * Of each configuration, the first one in force first; `URL` stands for the exchange's address.
   */
  readonly configurations: readonly string[];
  /** Of a copy of the project; default: of this one. */
  readonly project?: { readonly positions: typeof positions; readonly settingsOf: typeof settingsOf };
}

/**
 * A position manager in this process on a real database and a simulated exchange, with an
 * opportunity on each market of the minute before the one under way. It runs once it has been
 * started.
 */
export const openPositionDesk = async ({
  symbols,
  start,
  speed,
  configurations,
  project = { positions, settingsOf },
}: DeskOptions) => {
  const database = await migratedDatabase();
  const store = await openStore(database.connection, { poolSize: 3 });
  const live = openLive(store, database.connection);
  const clock = marketClock(start, speed, elapsed);
  const simulated: SimulatedExchange = simulatedExchange({ seed: 7, symbols, clock, isLimited: false });
  simulated.warmUp();
  let fall: Fall | null = null;
  const server = await serveExchange(
    fallenExchange(simulated, () => fall),
    0,
  );
  const settingsOfAll = configurations.map(text => project.settingsOf(text.replace('URL', server.url)));
  const exchange = openExchange(settingsOfAll[0]!.exchange, {
    budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
    breaker: { ...BREAKER_RULES, failures: Infinity },
  });
  const markets = await store.ensureMarkets(symbols);
  const ids = markets.map(({ id }) => id);
  const opened = { mode: 'simulated' as const, codeVersion: 'test', symbols };
  const run = await live.openRun({ ...opened, configuration: configuration('a'), initialBalance: 10_000 });
  const versions: { readonly settings: Settings; readonly id: number }[] = [];
  for (const [n, settings] of settingsOfAll.entries()) {
    const edit = { kind: 'accepted' as const, configuration: configuration('abcdef'[n]!), changes: [] };
    versions.push({ settings, id: n === 0 ? run.configurationId : await store.saveConfigurationEvent(edit, run.id) });
  }
  let current = versions[0]!;
  const edits = new Subject<InForce>();
  const inForce = (): InForce => ({ settings: current.settings, configurationId: current.id });
  await exchange.serverTime();
  const at = wholeMinute(simulated.now()) - MINUTE_MS;
  await live.ensurePartitions(at, at);
  const opportunities = markets.map((_, market) => ({ market, at, close: 1, score: 0.5, values: {} }));
  await live.saveScan(
    { runId: run.id, strategy: 'momentum', configurationId: current.id, ids },
    { candles: [], source: 'ohlc', decisions: [], opportunities },
  );
  const said: string[] = [];
  const tell = (first: unknown, second?: string) => void said.push(second ?? String(first));
  const world: PositionsWorld = {
    role: 'positions',
    mode: 'simulated',
    codeVersion: 'test',
    run,
    database,
    store,
    live,
    exchange,
    settings$: defer(() => edits.pipe(startWith(inForce()))),
    configuration: { settings: versions[0]!.settings },
    log: { info: tell, warn: tell },
    link: { beat: () => undefined },
    now: () => exchange.now()!,
    stored: <T>(_: string, act: () => Promise<T>) => act(),
  };
  let running: Subscription | null = null;
  let failure: unknown = null;
  const rows = <Row extends object = Record<string, unknown>>(sql: string) => query<Row>(database.connection, sql);
  return {
    connection: database.connection,
    url: server.url,
    simulated,
    said,
    rows,
    /** The ids of the configurations. */
    configurationIds: versions.map(({ id }) => id),
    /** Puts the n-th configuration in force. */
    edit: (n: number) => {
      current = versions[n]!;
      edits.next(inForce());
    },
    /** Stores an opportunity of a strategy on the last closed minute of the first market. */
    find: (strategy: string) =>
      live.saveScan(
        { runId: run.id, strategy, configurationId: current.id, ids },
        {
          candles: [],
          source: 'ohlc',
          decisions: [],
          opportunities: [
            { market: 0, at: wholeMinute(simulated.now()) - MINUTE_MS, close: 1, score: 0.5, values: {} },
          ],
        },
      ),
    /** Stores candles as the scanner does. */
    storeCandles: (candles: readonly (Omit<LiveCandle, 'marketId'> & { readonly market: number })[]) =>
      live.saveScan(
        { runId: run.id, strategy: 'momentum', configurationId: current.id, ids },
        {
          candles: candles.map(({ market, ...candle }) => ({ ...candle, marketId: ids[market]! })),
          source: 'ohlc',
          decisions: [],
          opportunities: [],
        },
      ),
    /** All prices are `factor` times what they were, for as long as it says. */
    fall: (now: Fall) => void (fall = now),
    /** As SIGTERM does. */
    stop: () => running?.unsubscribe(),
    start: () => void (running = project.positions(world).subscribe({ error: (error: unknown) => (failure = error) })),
    waitUntil: (what: string, is: () => boolean | Promise<boolean>) =>
      until(what, async () => {
        if (failure) throw failure instanceof Error ? failure : new Error('failed');
        return is();
      }),
    held: async (): Promise<readonly HeldTrade[]> =>
      ((await rows('select state from portfolio_state'))[0]!['state'] as { held: HeldTrade[] }).held,
    close: async () => {
      running?.unsubscribe();
      exchange.close();
      await server.close();
      await store.close();
      await database.drop();
    },
  };
};

export type PositionDesk = Awaited<ReturnType<typeof openPositionDesk>>;
