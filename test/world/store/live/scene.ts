import { hostname } from 'node:os';
import { stateOf } from '../../../../lib/portfolio/restore.js';
import { CandleBroker, type Settlement, type TradableTape } from '../../../../lib/portfolio/settle.js';
import { Cell } from '../../../../lib/tape.js';
import { MINUTE_MS } from '../../../../lib/units.js';
import type { Connection } from '../../../../lib/world/database/index.js';
import { openStore, type Store, type StoredMarket } from '../../../../lib/world/store/index.js';
import type { LiveCandle, Scan } from '../../../../lib/market-data/scans.js';
import { openLive, type LiveStore } from '../../../../lib/world/store/live/index.js';
import { minute } from '../../../support/broker.js';
import { minuteOf, WALK_MARKETS, walkTerms } from '../../../support/walk.js';
import { configuration, migratedDatabase, type FreshDatabase } from '../fixtures.js';

export const HOST = hostname();

/** The store of one process, on a database that others may use as well. */
export interface Desk {
  readonly store: Store;
  readonly live: LiveStore;
  readonly markets: readonly StoredMarket[];
  readonly ids: readonly number[];
  readonly runId: number;
  /** Whose wallet it is. */
  readonly strategy: string;
  readonly configurationId: number;
}

/** Opens a store and the live run, as each process does at its start. */
export const openDesk = async (connection: Connection): Promise<Desk> => {
  const store = await openStore(connection, { poolSize: 3 });
  const live = openLive(store, connection);
  const markets = await store.ensureMarkets(WALK_MARKETS.map(({ symbol }) => symbol));
  const { id, configurationId } = await live.openRun({
    mode: 'simulated',
    codeVersion: 'test',
    symbols: markets.map(({ symbol }) => symbol),
    configuration: configuration('a'),
    initialBalance: 10_000,
  });
  return {
    store,
    live,
    markets,
    ids: markets.map(market => market.id),
    runId: id,
    strategy: 'momentum',
    configurationId,
  };
};

/** A database of its own with a desk on it. */
export const openLiveScene = async (): Promise<Desk & { readonly database: FreshDatabase; close(): Promise<void> }> => {
  const database = await migratedDatabase();
  const desk = await openDesk(database.connection);
  await desk.live.ensurePartitions(minute(0), minute(1));
  return {
    ...desk,
    database,
    close: async () => {
      await desk.store.close();
      await database.drop();
    },
  };
};

/** What the scanner stores of one minute of a tape. */
export const scanOf = (tape: TradableTape, n: number, ids: readonly number[]): Scan => {
  const { minutes, cell } = tape;
  const candles: LiveCandle[] = [];
  for (let lane = 0; lane < tape.markets; lane++) {
    const at = lane * minutes + n;
    if (cell[at] === Cell.absent) continue;
    const quiet = cell[at] === Cell.quiet;
    candles.push({
      marketId: ids[lane]!,
      at: minute(n),
      open: tape.open[at]!,
      high: tape.high[at]!,
      low: tape.low[at]!,
      close: tape.close[at]!,
      volume: tape.volume[at]!,
      vwap: quiet ? null : tape.close[at]!,
      trades: quiet ? 0 : 3,
      quiet,
      suspect: false,
    });
  }
  const { opportunities } = minuteOf(tape, n);
  const decided = (marketId: number) => opportunities.some(({ market }) => ids[market] === marketId);
  return {
    candles,
    source: 'ohlc',
    decisions: candles.map(({ marketId, at }) => ({
      marketId,
      at,
      decision: decided(marketId) ? ('opportunity' as const) : ('rsi' as const),
      indicators: { rsi_14: n % 100, adx_14: NaN },
    })),
    opportunities,
  };
};

/** A position manager in miniature: settles minute after minute and stores each. */
export class Trader {
  readonly desk: Desk;
  readonly broker: CandleBroker;
  readonly writer: string;
  version: number;

  constructor(desk: Desk, broker: CandleBroker, version: number, writer: string) {
    this.desk = desk;
    this.broker = broker;
    this.version = version;
    this.writer = writer;
  }

  /** Begins where the run is, and says which minute is the next. */
  static async start(desk: Desk, writer: string): Promise<{ trader: Trader; next: number }> {
    const { portfolio, version, settledUntil } = await desk.live.opening(desk, desk.markets);
    const next = settledUntil === null ? 0 : (settledUntil - minute(0)) / MINUTE_MS;
    return { trader: new Trader(desk, new CandleBroker(portfolio, 'USD'), version, writer), next };
  }

  /** Settles a minute in memory; `save` stores it. */
  settle(tape: TradableTape, n: number): Settlement & { save: () => Promise<void> } {
    const settlement = this.broker.settle(minuteOf(tape, n), minute(0), Infinity, walkTerms);
    const { events, equity, exposed } = settlement;
    const next = {
      version: ++this.version,
      writer: this.writer,
      settledUntil: minute(n + 1),
      state: stateOf(this.broker.portfolio, () => minute(n + 1)),
    };
    const mark = { at: minute(n + 1), kind: 'minute' as const, cash: equity[0]! - exposed[0]!, openValue: exposed[0]! };
    const { desk } = this;
    const save = () => desk.live.savePositions(desk, { events, equity: [mark], offline: false, next });
    return { ...settlement, save };
  }
}
