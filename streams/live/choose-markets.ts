import {
  combineLatest,
  defer,
  distinctUntilChanged,
  filter,
  merge,
  scan,
  switchMap,
  take,
  timer,
  withLatestFrom,
  type Observable,
} from 'rxjs';
import type { Directory } from '../../lib/market-data/directory.js';
import type { ScannerPorts } from '../../lib/market-data/ports.js';
import type { DurationMs } from '../../lib/units.js';
import { trackedMarkets, type Tracked } from '../../lib/universe/tracked.js';
import type { DirectoryStep } from './directory.js';

/** How long the first answer about coins is awaited, in our own time. */
const COINS_MS: DurationMs = 20_000;

const sameMarkets = (a: Tracked, b: Tracked): boolean =>
  a.traded.join() === b.traded.join() && a.auxiliary.join() === b.auxiliary.join();

/** Whether the first verdicts need not wait any longer for market capitalisations. */
const isOfCoins = ({ event }: DirectoryStep): boolean =>
  event.kind === 'no_answer' ? event.of === 'coins' : event.kind === 'learnt' && event.fact.kind === 'caps';

/** The markets to track, chosen from a directory. */
export interface Choice {
  readonly tracked: Tracked;
  readonly directory: Directory;
}

/**
 * The markets to track, emitted again whenever they change. Held and already tracked markets stay
 * as long as they are listed.
 */
export const chooseMarkets = (
  { markets, settings$ }: Pick<ScannerPorts, 'markets' | 'settings$'>,
  step$: Observable<DirectoryStep>,
): Observable<Choice> =>
  defer(() => markets.held()).pipe(
    switchMap(held => {
      const coinsAreKnown$ = merge(step$.pipe(filter(isOfCoins)), timer(COINS_MS)).pipe(take(1));
      return combineLatest([step$, coinsAreKnown$]).pipe(
        withLatestFrom(settings$),
        scan((before: Choice | null, [[{ directory: known }], { settings }]): Choice => {
          const { filtering, portfolio } = settings;
          const kept = before?.tracked.traded ?? held;
          const tracked = trackedMarkets({ ...known, filtering, currency: portfolio.currency, kept });
          return { tracked, directory: known };
        }, null),
      );
    }),
    filter(choice => choice !== null),
    distinctUntilChanged((a, b) => sameMarkets(a.tracked, b.tracked)),
  );
