import type { Observable } from 'rxjs';
import { adapterOf } from '../../lib/exchange/adapters.js';
import type { ScannerPorts } from '../../lib/market-data/ports.js';
import { CAP_MARGIN, newestCaps } from '../../lib/reference/market-caps.js';
import { decidingStrategy, MOMENTUM_SETUP, strategyOfRun } from '../../lib/strategy/setup.js';
import { MINUTE_MS } from '../../lib/units.js';
import { openRetention } from '../../lib/world/archive/live-retention.js';
import { elapsed } from '../../lib/world/clock.js';
import { roomOf } from '../../lib/world/disk.js';
import { fetchListings } from '../../lib/world/listings.js';
import { fetchCoins } from '../../lib/world/market-caps.js';
import { randomFraction } from '../../lib/world/random.js';
import { guarded } from '../../lib/world/store/errors.js';
import { openRecovery } from '../../lib/world/store/live/recovery.js';
import { verifyMarkets } from '../../lib/world/verify-markets.js';
import { fromAbortable } from '../../streams/from-abortable.js';
import { CONTACT_MS } from '../../streams/live/contact.js';
import { liveScanner } from '../../streams/run.js';
import { HEALTHY, isScannerNews, scannerCounters, scannerHealth } from '../../streams/live/scanner-health.js';
import { log } from '../../streams/sinks/log.js';
import { reportHealth } from './health.js';
import { scannerLog } from './scanner-log.js';
import type { RunContext } from './world.js';

/**
 * The ports of a live scanner: the exchange, other sources, and the store, each of whose operations
 * is retried until it succeeds.
 */
const portsOf = (world: RunContext): ScannerPorts => {
  const { exchange, live, store, database, now, run, stored, mode, configuration } = world;
  const { name, clockSpeed } = configuration.settings.exchange;
  const { history, limits } = adapterOf(name);
  const { connection } = database;
  const retain = openRetention(connection);
  return {
    clock: { now, speed: clockSpeed, elapsed },
    settings$: world.settings$,
    recordStrategies: ({ strategies: deciding = [MOMENTUM_SETUP], configurationId }) =>
      fromAbortable(() =>
        stored('recording the strategies', async () => {
          await live.recordStrategies(run.id, deciding.map(strategyOfRun));
          return live.recordStrategyVersions(run.id, configurationId, now(), deciding.map(decidingStrategy));
        }),
      ),
    isSimulated: mode === 'simulated',
    perMinute: world.isUnlimited ? Infinity : limits.candlesPerMinute,
    random: randomFraction,
    contact: () =>
      fromAbortable(async signal => {
        await exchange.serverTime({ withinMs: CONTACT_MS * clockSpeed, signal });
        return { markets: await exchange.markets({ signal }), tickers: await exchange.tickers({ signal }) };
      }),
    exchange: {
      name,
      history,
      markets: () => fromAbortable(signal => exchange.markets({ signal })),
      tickers: () => fromAbortable(signal => exchange.tickers({ signal })),
      candles: (symbol, minutes, since, rank) =>
        fromAbortable(signal =>
          exchange.ohlc(symbol, minutes, since, {
            signal,
            ...(rank && { rank }),
            ...(rank === 'warm_up' && { withinMs: 2 * MINUTE_MS }),
          }),
        ),
      trades: (symbol, sinceNs) => fromAbortable(signal => exchange.trades(symbol, sinceNs, { signal })),
      book: (symbol, depth, rank) => fromAbortable(signal => exchange.book(symbol, depth, { rank, signal })),
    },
    coins: {
      caps: ({ marketCapUrl, minMarketCap }) =>
        fromAbortable(signal => fetchCoins({ url: marketCapUrl, minCap: CAP_MARGIN * minMarketCap, signal, now })),
      listings: exchanges => fromAbortable(signal => fetchListings({ exchanges, signal, now })),
    },
    markets: {
      markets: () => stored('reading the markets', () => store.markets()),
      caps: async () => {
        const markets = await stored('reading the markets', () => store.markets());
        return newestCaps(await stored('reading coins', () => live.readCoins(markets.map(({ id }) => id))));
      },
      ownCoins: () => stored('reading reference data', () => store.coinReference()),
      saveCoins: changes => stored('saving coins', () => live.saveCoins(changes)),
      held: () => stored('reading held markets', () => live.heldSymbols(run.id)),
    },
    recovery: openRecovery({
      store,
      live,
      connection,
      runId: run.id,
      refreshMs: configuration.settings.filtering.refreshMs,
      history,
      now,
      persistent: stored,
    }),
    scans: {
      save: async ({ ids, scans, verdicts, ...origin }) => {
        // Hundreds of markets have thousands of verdicts, which are stored in parallel with the
        // decisions that use them.
        const judged =
          verdicts.length > 0
            ? stored('saving verdicts', () => live.saveVerdicts(run.id, ids, verdicts))
            : Promise.resolve();
        const save = async () => {
          for (const scan of scans)
            await stored('saving a scan', () => live.saveScan({ ...origin, runId: run.id, ids }, scan, judged));
        };
        await Promise.all([judged, save()]);
      },
      saveConfirmed: (marketId, from, to) =>
        stored('saving confirmed minutes', () => live.saveConfirmed(marketId, from, to)),
      saveSnapshots: snapshots => stored('saving snapshots', () => live.saveSnapshots(snapshots)),
      verify: ({ ids, traded }, indicators, at) =>
        fromAbortable(signal =>
          stored('comparing indicators with the reference', () =>
            guarded('reading candles', () =>
              verifyMarkets(connection, { ids: ids.slice(0, traded.length), indicators, now: at, signal }),
            ),
          ),
        ),
    },
    maintenance: {
      makePartitions: at => stored('making partitions', () => live.ensurePartitions(at, at)),
      retain: (at, inForce) => fromAbortable(signal => retain(at, inForce, signal)),
      disk: () => roomOf(database),
    },
  };
};

/** The scanner of a live run; runs while it is subscribed to. */
export const scanning = (world: RunContext): Observable<unknown> => {
  const { link, now } = world;
  return liveScanner(portsOf(world)).pipe(
    log(scannerLog(world.log, world.mode)),
    log(() => link.beat()),
    reportHealth(world, {
      start: HEALTHY,
      after: scannerHealth,
      isNews: isScannerNews,
      describe: (health, configuration) => ({
        lagMs: Number.isNaN(health.until) ? null : Math.max(0, now() - health.until),
        counters: { ...scannerCounters(health), configuration },
      }),
    }),
  );
};
