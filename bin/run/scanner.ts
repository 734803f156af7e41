import {
  concatMap,
  connect,
  defer,
  distinctUntilChanged,
  from,
  map,
  merge,
  startWith,
  switchMap,
  take,
  timer,
  type Observable,
} from 'rxjs';
import { contextOf } from '../../lib/context/context.js';
import type { MarketsAnswer, TickersAnswer } from '../../lib/exchange/ports.js';
import { resumedBy } from '../../lib/universe/recorded.js';
import { trackedMarkets, type Tracked } from '../../lib/universe/tracked.js';
import type { EpochMs } from '../../lib/units.js';
import { asked } from '../../streams/asked.js';
import { candles } from '../../streams/sources/candles.js';
import { scan } from '../../streams/scan.js';
import { whileStored } from './backlog.js';
import { CONTACT_MS, firstContact } from './contact.js';
import { learnCoins } from './coins.js';
import { openFollowing } from './following.js';
import { openJournal } from './journal.js';
import { LANE_RULES } from '../../lib/live/lane.js';
import { openFacts } from './facts.js';
import { refreshes } from './refresh.js';
import type { RunWorld } from './world.js';

const sameMarkets = (a: Tracked, b: Tracked): boolean =>
  a.traded.join() === b.traded.join() && a.auxiliary.join() === b.auxiliary.join();

/** The first answer about coins is waited for so long. */
const COINS_MS = 20_000;

/** The scanner: candles in, decisions and opportunities out, for as long as it is listened to. */
export const scanning = (world: RunWorld): Observable<unknown> => {
  const { exchange, live, now, settings$, stored } = world;
  const { clockSpeed } = world.settings().exchange;
  const clock = { now, speed: clockSpeed };
  const facts = openFacts();
  const journal = openJournal(world, facts);

  let kept: readonly string[] = [];

  const choose = (): Tracked => {
    const { filtering, portfolio } = world.settings();
    const tracked = trackedMarkets({ ...facts.listed(), filtering, currency: portfolio.currency, kept });
    kept = tracked.traded;
    return tracked;
  };

  const follow = ({ traded, auxiliary }: Tracked): Observable<unknown> =>
    defer(() =>
      from(openFollowing(world, facts, traded, auxiliary)).pipe(
        switchMap(following => {
          const { symbols, listings, starts, period, primes } = following;
          const event$ = candles({
            ...clock,
            starts,
            rules: { ...LANE_RULES, maxJump: world.settings().data.maxJump },
            stored: following.stored,
            ...(world.isUnlimited && { perMinute: Infinity }),
            rankOf: market => (following.isHeld(market) ? 0 : market < traded.length ? 1 : 2),
            candles: whileStored(
              () => journal.backlog(),
              (market: number, since: EpochMs) =>
                asked(async signal => {
                  const rank = following.isHeld(market) && { rank: 'held' as const };
                  const answer = await exchange.ohlc(symbols[market]!, 1, since, { signal, ...rank });
                  journal.answered(market);
                  return answer;
                }),
            ),
            trades: (market, sinceNs) => asked(signal => exchange.trades(symbols[market]!, sinceNs, { signal })),
          });
          const step$ = scan(event$, {
            settings$,
            listings,
            period,
            primes,
            context: contextOf(listings, world.settings().portfolio.currency),
            ...resumedBy(following.said, (market, refreshAt) => facts.known(listings[market]!.market, refreshAt)),
          });
          return journal.keep(step$, following);
        }),
      ),
    );

  const refreshMs = world.settings().filtering.refreshMs;
  return defer(() =>
    from(
      firstContact(world, async (): Promise<readonly [MarketsAnswer, TickersAnswer]> => {
        await exchange.serverTime({ withinMs: CONTACT_MS * clockSpeed });
        return [await exchange.markets(), await exchange.tickers()];
      }),
    ),
  ).pipe(
    concatMap(async ([markets, tickers]) => {
      facts.takeTickers(tickers);
      facts.takeMarkets(markets);
      kept = await stored('reading what is held', () => live.heldSymbols(world.run.id));
      facts.begin(Math.floor(now() / refreshMs) * refreshMs);
    }),
    switchMap(() =>
      learnCoins(world, facts).pipe(
        connect(coin$ =>
          merge(
            coin$,
            // The first verdicts wait for what the coins are worth, but not for ever.
            merge(coin$, timer(COINS_MS)).pipe(
              take(1),
              switchMap(() =>
                refreshes(world, facts).pipe(startWith(null), map(choose), distinctUntilChanged(sameMarkets)),
              ),
              switchMap(follow),
            ),
          ),
        ),
      ),
    ),
  );
};
