import type { Observable } from 'rxjs';
import type { PositionsPorts } from '../../lib/market-data/ports.js';
import { marketOf } from '../../lib/market.js';
import type { Settings } from '../../lib/settings/settings.js';
import { openSinks } from '../../lib/sinks/catalogue.js';
import type { Outlets } from '../../lib/sinks/sink.js';
import { appendLines } from '../../lib/world/append.js';
import { elapsed } from '../../lib/world/clock.js';
import { catchUp } from '../../lib/world/live/catch-up.js';
import { randomFraction, randomHex } from '../../lib/world/random.js';
import { hasMissedCandles } from '../../lib/world/store/live/missed-candles.js';
import { readRates } from '../../lib/world/store/live/rates.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import { MINUTE_MS } from '../../lib/units.js';
import { fromAbortable, emitting } from '../../streams/from-abortable.js';
import { CONTACT_MS } from '../../streams/live/contact.js';
import { livePositions } from '../../streams/run.js';
import { isPositionsNews, positionsHealth, WELL } from '../../streams/live/positions-health.js';
import { react } from '../../streams/sinks/react.js';
import { reportHealth } from './health.js';
import { positionsLog } from './positions-log.js';
import type { RunContext } from './world.js';

/**
 * Timeout of a request for an order book or the list of markets; the next round requests it again.
 */
const WITHIN_MS = 20_000;

/** What a position manager uses of a live run's world. */
export interface PositionsWorld extends Pick<
  RunContext,
  'role' | 'exchange' | 'live' | 'store' | 'now' | 'stored' | 'settings$' | 'mode' | 'codeVersion'
> {
  readonly run: { readonly id: number };
  readonly database: Pick<RunContext['database'], 'connection'>;
  readonly configuration: {
    readonly settings: Pick<Settings, 'application' | 'exchange' | 'portfolio'>;
  };
  readonly log: Pick<RunContext['log'], 'info' | 'warn'>;
  readonly link: Pick<RunContext['link'], 'beat'>;
}

/** The stored side of the wallets. Each operation is retried until it succeeds. */
const portfolioOf = (world: PositionsWorld): PositionsPorts['portfolio'] => {
  const { exchange, live, store, database, now, run, stored, configuration } = world;
  const { connection } = database;
  const { currency } = configuration.settings.portfolio;
  const writer = `positions ${randomHex(8)}`;
  const allMarkets = () => stored('reading the markets', () => store.markets());
  const rates = (markets: readonly Pick<StoredMarket, 'id' | 'symbol' | 'quote'>[]) =>
    stored('reading rates', () => readRates(connection, markets, currency, now()));
  return {
    open: ({ isListed, missedAfterMs, ...inForce }) =>
      emitting(async (emit, signal) => {
        const markets = await allMarkets();
        const ids = markets.map(({ id }) => id);
        await stored('expiring opportunities without a market', () => live.expireStrays(run.id, ids, now()));
        const rateOf = await rates(markets);
        const { settings, configurationId } = inForce;
        const listed = settings.strategies.map(({ name }) => name);
        const holders = await stored('reading held markets', () => live.holders(run.id));
        const wallets = await catchUp({
          live,
          connection,
          exchange,
          now,
          runId: run.id,
          strategies: [...new Set([...listed, ...holders])],
          markets,
          persistent: stored,
          inForce: { settings, configurationId },
          writer,
          rateOf,
          isListed,
          missedAfterMs,
          emit,
          signal,
        });
        const symbols = markets.map(({ symbol }) => symbol);
        emit({ kind: 'opened', opened: { wallets, symbols, ids, rates: rateOf } });
      }),
    pending: ids => stored('reading opportunities', () => live.pending(run.id, ids)),
    exitSignals: async (ids, open) => {
      const wanted = open.map(({ market, ...trade }) => ({ ...trade, marketId: ids[market]! }));
      const found = await stored('reading exit signals', () => live.exitSignals(run.id, wanted));
      return found.map(({ marketId, ...signal }) => ({ ...signal, market: ids.indexOf(marketId) }));
    },
    expire: (strategies, { settings: { risk } }) =>
      stored('expiring opportunities without a wallet', () => {
        const at = now();
        return live.expireStrange(run.id, strategies, at - risk.maxOpportunityAgeMs - MINUTE_MS, at);
      }),
    rates: ({ symbols, ids }) => rates(symbols.map((symbol, lane) => ({ ...marketOf(symbol), id: ids[lane]! }))),
    save: ({ configurationId, ids, version, change, state }) => {
      const { at, events, marks, walkedBooks: walked } = change;
      const next = { version, writer, settledUntil: Math.floor(at), state };
      const origin = { runId: run.id, strategy: change.strategy, configurationId, ids };
      return stored('saving positions', () =>
        live.savePositions(origin, { events, equity: marks, walked, offline: false, next }),
      );
    },
    isOutdated: async ({ ids }, open) =>
      (await allMarkets()).length !== ids.length ||
      (await stored('looking for missed candles', () => hasMissedCandles(connection, ids, open))),
    measure: (strategy, at, configurationId) =>
      stored('saving metrics', () => live.saveMetrics({ runId: run.id, strategy }, at, configurationId)),
  };
};

/**
 * The ports of a live position manager: the exchange, and the store, each of whose operations is
 * retried until it succeeds.
 */
const portsOf = (world: PositionsWorld): PositionsPorts => {
  const { exchange, live, now, configuration } = world;
  const { clockSpeed } = configuration.settings.exchange;
  return {
    clock: { now, speed: clockSpeed, elapsed },
    settings$: world.settings$,
    random: randomFraction,
    contact: () =>
      fromAbortable(async signal => {
        await exchange.serverTime({ withinMs: CONTACT_MS * clockSpeed, signal });
        return exchange.markets({ rank: 'held', signal });
      }),
    exchange: {
      markets: () => fromAbortable(signal => exchange.markets({ rank: 'held', signal, withinMs: WITHIN_MS })),
      book: (symbol, depth, rank) =>
        fromAbortable(signal => exchange.book(symbol, depth, { rank, signal, withinMs: WITHIN_MS })),
    },
    nudge$: live.nudges(),
    portfolio: portfolioOf(world),
  };
};

/** The position manager of a live run; runs while it is subscribed to. */
export const positions = (world: PositionsWorld): Observable<unknown> => {
  const { log, link, mode, configuration } = world;
  const { application, portfolio } = configuration.settings;
  const ports = portsOf(world);
  const outlets: Outlets = {
    log,
    describe: positionsLog(log, mode, portfolio),
    beat: () => link.beat(),
    measure: (strategy, at, configurationId) => ports.portfolio.measure(strategy, at, configurationId),
    append: (file, lines) => appendLines(file, lines, log),
  };
  return livePositions(ports).pipe(
    react(() => openSinks(outlets, application)),
    reportHealth(world, {
      start: WELL,
      after: positionsHealth,
      isNews: isPositionsNews,
      describe: (health, inForce) => ({
        lagMs: 0,
        counters: { ...health.counters, configuration: health.configurationId ?? inForce },
      }),
    }),
  );
};
