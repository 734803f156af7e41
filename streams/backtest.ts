import { concat, defer, map, of, type Observable } from 'rxjs';
import type { PositionEvent } from '../lib/portfolio/events.js';
import { emptyPortfolio } from '../lib/portfolio/portfolio.js';
import { CandleBroker } from '../lib/portfolio/settle.js';
import type { StoredBooks } from '../lib/portfolio/stored-books.js';
import { unversioned, type Settings } from '../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../lib/strategy/setup.js';
import type { EpochMs, Money } from '../lib/units.js';
import { bot, type GraphInputs } from './bot.js';
import type { PositionChange } from './positions.js';

/** A settled tape. */
export interface Settled {
  readonly kind: 'settled';
  readonly change: PositionChange;
}

/**
 * The end of the data: open trades are closed at their last close, waiting opportunities have
 * expired.
 */
export interface Ended {
  readonly kind: 'ended';
  readonly at: EpochMs;
  readonly events: readonly PositionEvent[];
  /** Initial balance, all in cash. */
  readonly equity: Money;
}

/** A step of a backtest: a settled tape, or the end of the data. */
export type BacktestStep = Settled | Ended;

/** Inputs of a backtest: those of the bot, without anything that changes by itself. */
export interface StoredPast extends Pick<
  GraphInputs,
  'tape$' | 'listings' | 'period' | 'timeframeHistory' | 'context' | 'recorded'
> {
  readonly settings: Settings;
  /** Default momentum. */
  readonly strategy?: StrategySetup;
  /** The stored order books that fills walk. Those of a tape are loaded when it is settled. */
  readonly books?: StoredBooks | null;
}

/**
 * Replays tapes through the bot: no clock, no network, no database. A step's tape is good until the
 * next step.
 *
 *     tape   a--b--c--|
 *     step   s--s--s--(e|)    s settled   e ended
 */
export const backtest = ({
  tape$,
  settings,
  listings,
  period,
  timeframeHistory,
  context,
  recorded,
  strategy = MOMENTUM_SETUP,
  books = null,
}: StoredPast): Observable<BacktestStep> =>
  defer(() => {
    const markets = listings.map(({ market }) => market);
    const { initialBalance, currency } = settings.portfolio;
    const broker = new CandleBroker(emptyPortfolio(markets, initialBalance), currency, books);
    const settled$ = bot({
      tape$,
      settings$: of({ ...unversioned(settings), strategies: [strategy] }),
      listings,
      period,
      timeframeHistory,
      context,
      recorded,
      passing: true,
      opening: () => broker,
    });
    return concat(
      settled$.pipe(map((change): BacktestStep => ({ kind: 'settled', change }))),
      defer(() => of<BacktestStep>({ kind: 'ended', at: period.to, ...broker.finish(period.to, settings) })),
    );
  });
