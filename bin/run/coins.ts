import { concatMap, filter, map, merge, type Observable } from 'rxjs';
import { listingsOf } from '../../lib/listings/listings.js';
import { CAP_MARGIN, capsOf, storedCaps, type MarketCap } from '../../lib/market-caps/market-caps.js';
import { coinIds, referenceOf, type CoinReference } from '../../lib/seed/coins.js';
import { fetchCoins } from '../../lib/world/market-caps.js';
import { fetchListings } from '../../lib/world/listings.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import type { CoinChange } from '../../lib/world/store/live/index.js';
import { asked } from '../../streams/asked.js';
import { coinFacts, type CoinFact } from '../../streams/sources/coins.js';
import { some } from '../report/format.js';
import type { Facts } from './facts.js';
import type { RunWorld } from './world.js';

/** What an earlier process stored of the coins' market capitalisations, with its age. */
const recallCaps = async ({ store, live, stored }: RunWorld, facts: Facts): Promise<void> => {
  const markets = await stored('reading the markets', () => store.markets());
  const coins = await stored('reading coins', () => live.readCoins(markets.map(({ id }) => id)));
  const caps = new Map<string, MarketCap>();
  for (const { base, cap } of coins) if (cap && !(cap.at < (caps.get(base)?.at ?? -Infinity))) caps.set(base, cap);
  facts.takeCaps(storedCaps(caps));
};

/** What is known of markets now, as it is stored: of coins in `mistaken` no capitalisation is. What the user calls a coin stands. */
export const coinChanges = (
  rows: readonly StoredMarket[],
  facts: Facts,
  own: ReadonlyMap<string, CoinReference>,
  mistaken: ReadonlySet<string> = new Set(),
): readonly CoinChange[] => {
  const listed = new Map(facts.listed().markets.map(market => [market.symbol, market]));
  const caps = facts.caps();
  return rows.map(row => {
    const market = listed.get(row.symbol);
    const cap = caps.get(row.base);
    const volume = facts.volumeInUsd(row);
    const name = own.get(row.base)?.name ?? cap?.name;
    return {
      id: row.id,
      isActive: market?.status === 'online',
      sector: referenceOf(row.base, own).sector,
      ...(name !== undefined && { name }),
      ...(mistaken.has(row.base) && { cap: null }),
      ...(cap && { cap: { marketCap: cap.marketCap, at: cap.at } }),
      ...(!Number.isNaN(volume) && { avgDailyVolume: volume }),
      ...(market && {
        amountStep: market.amountStep,
        minimumAmount: market.minimumAmount,
        minimumCost: market.minimumCost,
      }),
    };
  });
};

/** Stores what is known of every market that has a row, and tells which came and went. */
const saveKnown = async (
  { store, live, stored, log }: RunWorld,
  facts: Facts,
  own: ReadonlyMap<string, CoinReference>,
  mistaken?: ReadonlySet<string>,
): Promise<void> => {
  const rows = await stored('reading the markets', () => store.markets());
  const changes = coinChanges(rows, facts, own, mistaken);
  await stored('saving coins', () => live.saveCoins(changes));
  const turned = (isActive: boolean) =>
    rows.filter((row, i) => row.isActive !== isActive && changes[i]!.isActive === isActive).map(({ symbol }) => symbol);
  const [gone, back] = [turned(false), turned(true)];
  if (gone.length > 0) log.info(`no longer traded on the exchange: ${some(gone)}`);
  if (back.length > 0) log.info(`traded on the exchange again: ${some(back)}`);
};

/** Learns, again and again, what the coins are worth and where they are listed. Gives what it learnt. Each list of markets is stored as well. */
export const learnCoins = (world: RunWorld, facts: Facts): Observable<CoinFact> => {
  const { store, log, now, mode, settings, stored } = world;
  const { clockSpeed: speed } = settings().exchange;
  const { listingExchanges } = settings().filtering;
  // A simulated coin is nowhere else: it counts as listed everywhere, and nobody is asked.
  if (mode === 'simulated') facts.takeListings(() => listingExchanges.length);

  const readOwn = () => stored('reading reference data', () => store.coinReference());
  const take = async (fact: CoinFact | 'markets'): Promise<CoinFact | null> => {
    if (fact === 'markets') {
      await saveKnown(world, facts, await readOwn());
      return null;
    }
    switch (fact.kind) {
      case 'caps': {
        const own = await readOwn();
        const bases = [...new Set(facts.listed().markets.map(({ base }) => base))];
        const caps = capsOf(
          fact.answer,
          bases.map(base => ({ base, price: facts.priceInUsd(base) })),
          coinIds(own),
        );
        facts.takeCaps(caps);
        for (const { base, reason, candidates } of caps.unmatched)
          log.debug(
            { repeatKey: `coin ${base} ${reason}` },
            `no market capitalisation of ${base}: ${reason} (${candidates.join(', ')})`,
          );
        log.info(`market capitalisations: ${caps.caps.size} of ${bases.length} coins known`);
        const mistaken = caps.unmatched.filter(({ reason }) => reason === 'price' || reason === 'ambiguous');
        await saveKnown(world, facts, own, new Set(mistaken.map(({ base }) => base)));
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
        log.warn({ repeatKey: `coins ${fact.reason}` }, `facts about coins: ${fact.reason}`);
        return fact;
    }
  };

  return asked(() => recallCaps(world, facts)).pipe(
    concatMap(() =>
      merge(
        facts.markets$.pipe(map(() => 'markets' as const)),
        coinFacts({
          ...{ now, speed },
          caps: () =>
            asked(signal => {
              const { marketCapUrl: url, minMarketCap } = settings().filtering;
              return fetchCoins({ url, leastCap: CAP_MARGIN * minMarketCap, signal, now });
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
    ),
    concatMap(take),
    filter(fact => fact !== null),
  );
};
