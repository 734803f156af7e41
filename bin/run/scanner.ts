import type { Observable } from 'rxjs';
import { adapterOf } from '../../lib/exchange/adapters.js';
import type { ScannerPorts } from '../../lib/live/ports.js';
import { CAP_MARGIN, type MarketCap } from '../../lib/market-caps/market-caps.js';
import { MINUTE_MS } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { roomOf } from '../../lib/world/disk.js';
import { fetchListings } from '../../lib/world/listings.js';
import { fetchCoins } from '../../lib/world/market-caps.js';
import { randomFraction } from '../../lib/world/random.js';
import { guarded } from '../../lib/world/store/errors.js';
import { openRecovery } from '../../lib/world/store/live/recovery.js';
import { verifyMarkets } from '../../lib/world/verify-markets.js';
import { asked } from '../../streams/asked.js';
import { liveScanner } from '../../streams/live/scanner.js';
import { HEALTHY, isScannerNews, scannerCounters, scannerHealth } from '../../streams/live/scanner-health.js';
import { log } from '../../streams/sinks/log.js';
import { CONTACT_MS } from './contact.js';
import { reportHealth } from './health.js';
import { openRetention } from './retention.js';
import { scannerLog } from './scanner-log.js';
import type { RunWorld } from './world.js';

/** What the scanner of a live run works with: the exchange, other sources, and the store, which is tried until it answers. */
const portsOf = (world: RunWorld): ScannerPorts => {
  const { exchange, live, store, database, now, run, stored, mode, configuration } = world;
  const { name, clockSpeed } = configuration.settings.exchange;
  const { history, limits } = adapterOf(name);
  const { connection } = database;
  const retain = openRetention(connection);
  const storedCaps = async (): Promise<ReadonlyMap<string, MarketCap>> => {
    const markets = await stored('reading the markets', () => store.markets());
    const coins = await stored('reading coins', () => live.readCoins(markets.map(({ id }) => id)));
    const caps = new Map<string, MarketCap>();
    for (const { base, cap } of coins) if (cap && !(cap.at < (caps.get(base)?.at ?? -Infinity))) caps.set(base, cap);
    return caps;
  };
  return {
    clock: { now, speed: clockSpeed, elapsed },
    settings$: world.settings$,
    isSimulated: mode === 'simulated',
    perMinute: world.isUnlimited ? Infinity : limits.candlesPerMinute,
    random: randomFraction,
    contact: () =>
      asked(async signal => {
        await exchange.serverTime({ withinMs: CONTACT_MS * clockSpeed, signal });
        return { markets: await exchange.markets({ signal }), tickers: await exchange.tickers({ signal }) };
      }),
    exchange: {
      name,
      history,
      markets: () => asked(signal => exchange.markets({ signal })),
      tickers: () => asked(signal => exchange.tickers({ signal })),
      candles: (symbol, minutes, since, rank) =>
        asked(signal =>
          exchange.ohlc(symbol, minutes, since, {
            signal,
            ...(rank && { rank }),
            ...(rank === 'warm_up' && { withinMs: 2 * MINUTE_MS }),
          }),
        ),
      trades: (symbol, sinceNs) => asked(signal => exchange.trades(symbol, sinceNs, { signal })),
      book: (symbol, depth, rank) => asked(signal => exchange.book(symbol, depth, { rank, signal })),
    },
    coins: {
      caps: ({ marketCapUrl, minMarketCap }) =>
        asked(signal => fetchCoins({ url: marketCapUrl, leastCap: CAP_MARGIN * minMarketCap, signal, now })),
      listings: exchanges => asked(signal => fetchListings({ exchanges, signal, now })),
    },
    markets: {
      markets: () => stored('reading the markets', () => store.markets()),
      caps: storedCaps,
      ownCoins: () => stored('reading reference data', () => store.coinReference()),
      saveCoins: changes => stored('saving coins', () => live.saveCoins(changes)),
      held: () => stored('reading what is held', () => live.heldSymbols(run.id)),
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
      save: async ({ configurationId, ids, scans, verdicts }) => {
        // Hundreds of markets have thousands of verdicts: they and the decisions that go by them are stored side by side.
        const judged =
          verdicts.length > 0
            ? stored('saving verdicts', () => live.saveVerdicts(run.id, ids, verdicts))
            : Promise.resolve();
        const save = async () => {
          for (const scan of scans)
            await stored('saving a scan', () => live.saveScan({ runId: run.id, configurationId, ids }, scan, judged));
        };
        await Promise.all([judged, save()]);
      },
      saveConfirmed: (marketId, from, to) =>
        stored('saving what is confirmed', () => live.saveConfirmed(marketId, from, to)),
      saveSnapshots: snapshots => stored('saving snapshots', () => live.saveSnapshots(snapshots)),
      verify: ({ ids, traded }, indicators, at) =>
        asked(signal =>
          stored('comparing indicators with the reference', () =>
            guarded('reading candles', () =>
              verifyMarkets(connection, { ids: ids.slice(0, traded.length), indicators, now: at, signal }),
            ),
          ),
        ),
    },
    maintenance: {
      makePartitions: at => stored('making partitions', () => live.ensurePartitions(at, at)),
      retain: (at, inForce) => asked(signal => retain(at, inForce, signal)),
      disk: () => roomOf(database),
    },
  };
};

/** The scanner of a live run, for as long as it is listened to. */
export const scanning = (world: RunWorld): Observable<unknown> => {
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
