import { concatMap, type Observable } from 'rxjs';
import { listingsOf } from '../../lib/listings/listings.js';
import { capsOf, storedCaps, type MarketCap } from '../../lib/market-caps/market-caps.js';
import { fetchCoins } from '../../lib/world/market-caps.js';
import { fetchListings } from '../../lib/world/listings.js';
import { asked } from '../../streams/asked.js';
import { coinFacts, type CoinFact } from '../../streams/sources/coins.js';
import type { Facts } from './facts.js';
import type { RunWorld } from './world.js';

/** Nobody asks for the capitalisation of coins much smaller than wanted: pages are dear. */
const MARGIN = 0.5;

/** What an earlier process stored of the coins' market capitalisations, with its age. */
const recallCaps = async ({ store, live, stored }: RunWorld, facts: Facts): Promise<void> => {
  const markets = await stored('reading the markets', () => store.markets());
  const coins = await stored('reading coins', () => live.readCoins(markets.map(({ id }) => id)));
  const caps = new Map<string, MarketCap>();
  for (const { base, cap } of coins) if (cap && !(cap.at < (caps.get(base)?.at ?? -Infinity))) caps.set(base, cap);
  facts.takeCaps(storedCaps(caps));
};

/** Stores what is known of every market that has a row; what was known of mistaken coins is forgotten. */
const saveKnown = async (
  { store, live, stored }: RunWorld,
  facts: Facts,
  mistaken: ReadonlySet<string>,
): Promise<void> => {
  const rows = await stored('reading the markets', () => store.markets());
  const listed = new Map(facts.listed().markets.map(market => [market.symbol, market]));
  const caps = facts.caps();
  const changes = rows.map(row => {
    const market = listed.get(row.symbol);
    const cap = caps.get(row.base);
    const volume = facts.volumeInUsd(row);
    return {
      id: row.id,
      isActive: market?.status === 'online',
      ...(mistaken.has(row.base) && { cap: null }),
      ...(cap && { cap: { marketCap: cap.marketCap, at: cap.at }, name: cap.name }),
      ...(!Number.isNaN(volume) && { avgDailyVolume: volume }),
      ...(market && {
        amountStep: market.amountStep,
        minimumAmount: market.minimumAmount,
        minimumCost: market.minimumCost,
      }),
    };
  });
  await stored('saving coins', () => live.saveCoins(changes));
};

/** Learns, again and again, what the coins are worth and where they are listed. Gives what it learnt. */
export const learnCoins = (world: RunWorld, facts: Facts): Observable<CoinFact> => {
  const { log, now, mode, settings } = world;
  const { clockSpeed: speed } = settings().exchange;
  const { listingExchanges } = settings().filtering;
  // A simulated coin is nowhere else: it counts as listed everywhere, and nobody is asked.
  if (mode === 'simulated') facts.takeListings(() => listingExchanges.length);

  const take = async (fact: CoinFact): Promise<CoinFact> => {
    switch (fact.kind) {
      case 'caps': {
        const bases = [...new Set(facts.listed().markets.map(({ base }) => base))];
        const caps = capsOf(
          fact.answer,
          bases.map(base => ({ base, price: facts.priceInUsd(base) })),
        );
        facts.takeCaps(caps);
        for (const { base, reason, candidates } of caps.unmatched)
          log.debug(
            { cause: `coin ${base} ${reason}` },
            `no market capitalisation of ${base}: ${reason} (${candidates.join(', ')})`,
          );
        log.info(`market capitalisations: ${caps.caps.size} of ${bases.length} coins known`);
        const mistaken = caps.unmatched.filter(({ reason }) => reason === 'price' || reason === 'ambiguous');
        await saveKnown(world, facts, new Set(mistaken.map(({ base }) => base)));
        return fact;
      }
      case 'listings':
        facts.takeListings(base => {
          const { listingExchanges: exchanges, minExchangeListings: least } = settings().filtering;
          return listingsOf(fact.listings, base, { exchanges, least, now: now() });
        });
        log.info(`listings known of ${[...fact.listings.keys()].join(', ')}`);
        return fact;
      case 'trouble':
        log.warn({ cause: `coins ${fact.reason}` }, `facts about coins: ${fact.reason}`);
        return fact;
    }
  };

  return asked(() => recallCaps(world, facts)).pipe(
    concatMap(() =>
      coinFacts({
        ...{ now, speed },
        caps: () =>
          asked(signal => {
            const { marketCapUrl: url, minMarketCap } = settings().filtering;
            return fetchCoins({ url, leastCap: MARGIN * minMarketCap, signal, now });
          }),
        listings: exchanges =>
          asked(async signal => {
            // what our own exchange lists is known already
            const own = exchanges.includes('kraken')
              ? [{ exchange: 'kraken', at: now(), bases: new Set(facts.listed().markets.map(({ base }) => base)) }]
              : [];
            const others = exchanges.filter(exchange => exchange !== 'kraken');
            return [...own, ...(await fetchListings({ exchanges: others, signal, now }))];
          }),
        exchanges: () => (mode === 'simulated' ? [] : settings().filtering.listingExchanges),
      }),
    ),
    concatMap(take),
  );
};
