import { concat, defer, map, of, type Observable } from 'rxjs';
import type { PositionEvent } from '../lib/portfolio/events.js';
import { emptyPortfolio } from '../lib/portfolio/portfolio.js';
import { CandleBroker } from '../lib/portfolio/settle.js';
import type { StoredBooks } from '../lib/portfolio/stored-books.js';
import { unversioned, type Settings } from '../lib/settings/settings.js';
import { settingsFor } from '../lib/settings/settings-for.js';
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
 * The end of the data for the wallet of a strategy: open trades are closed at their last close,
 * waiting opportunities have expired.
 */
export interface Ended {
  readonly kind: 'ended';
  /** The name of the strategy. */
  readonly strategy: string;
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
  /** Each has a wallet of its own, with the whole initial balance; default momentum alone. */
  readonly strategies?: readonly StrategySetup[];
  /** The stored order books that fills walk. Those of a tape are loaded when it is settled. */
  readonly books?: StoredBooks | null;
}

/**
 * Replays tapes through the bot: no clock, no network, no database. Each tape makes a step of each
 * strategy, in their order; its tape is good until the first step of the next one.
 *
 *     tape   a----b----|
 *     step   (mn)-(mn)-(MN|)    m, n settled for two strategies   M, N ended
 */
export const backtest = ({
  tape$,
  settings,
  listings,
  period,
  timeframeHistory,
  context,
  recorded,
  strategies = [MOMENTUM_SETUP],
  books = null,
}: StoredPast): Observable<BacktestStep> =>
  defer(() => {
    const markets = listings.map(({ market }) => market);
    const { initialBalance, currency } = settings.portfolio;
    const brokers = new Map(
      strategies.map(({ name }) => [name, new CandleBroker(emptyPortfolio(markets, initialBalance), currency, books)]),
    );
    const settled$ = bot({
      tape$,
      settings$: of({ ...unversioned(settings), strategies }),
      listings,
      period,
      timeframeHistory,
      context,
      recorded,
      passing: true,
      opening: name => brokers.get(name)!,
    });
    return concat(
      settled$.pipe(map((change): BacktestStep => ({ kind: 'settled', change }))),
      defer(() =>
        Array.from(brokers, ([strategy, broker]): BacktestStep => {
          const ended = broker.finish(period.to, settingsFor(settings, strategy));
          return { kind: 'ended', strategy, at: period.to, ...ended };
        }),
      ),
    );
  });
