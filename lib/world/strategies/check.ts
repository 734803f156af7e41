import { contextOf } from '../../cross-market/context.js';
import { marketOf } from '../../market.js';
import type { Settings } from '../../settings/settings.js';
import { syntheticTapes } from '../../simulator/market/market.js';
import { drawsOf, uniform } from '../../simulator/market/random.js';
import { failureText } from '../../strategy/condition.js';
import { decisionsOf } from '../../strategy/decisions.js';
import type { Failure } from '../../strategy/evaluator.js';
import { LawCheck, type LawResult } from '../../strategy/laws.js';
import { trialOf } from '../../strategy/trial.js';
import { DAY_MS, MINUTE_MS, type EpochMs } from '../../units.js';
import { WARM_MINUTES, type CheckMarket } from './check-market.js';
import { withoutClockAndDice } from './forbidden.js';
import type { LoadedStrategy } from './load.js';

/** The result of a check on some markets, as plain data. */
export interface CheckedMarket {
  readonly name: CheckMarket['name'];
  readonly symbols: readonly string[];
  /** Open time of the first candle, which begins the warm-up. */
  readonly start: EpochMs;
  /** Open time of the first candle after the warm-up. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  /** Those from `start` to `to`. */
  readonly minutes: number;
  /** Minutes with an opportunity. */
  readonly opportunities: number;
  /** Candles with an exit signal; null for a strategy without exits. */
  readonly exitSignals: number | null;
  readonly laws: readonly LawResult[];
  /** The first failure of the strategy's own code: where, and what it says. */
  readonly failure: { readonly at: EpochMs; readonly market: number; readonly message: string } | null;
}

const JUDGED_MINUTES = (2 * DAY_MS) / MINUTE_MS;
const CASES = 8;
const START = Date.UTC(2026, 0, 5, 7, 30);
const MARKETS = [
  ['BTC/USD', 1],
  ['DOGE/USD', 2],
  ['MINA/USD', 3],
] as const;

/** The generated markets of a check: a calm one, a lively one and a thin one, together. */
export const generatedMarkets = (): CheckMarket => {
  const minutes = WARM_MINUTES + JUDGED_MINUTES;
  const symbols = MARKETS.map(([symbol]) => symbol);
  const [tape] = syntheticTapes(symbols, MARKETS[0][1], START, START + minutes * MINUTE_MS, minutes);
  return { name: 'generated', symbols, sectors: symbols.map(() => null), tape: tape! };
};

/**
 * Checks a strategy on some markets, law by law, without clock and dice; `cases` of each law that
 * has some.
 */
export const checkOn = (
  { setup }: LoadedStrategy,
  settings: Settings,
  { name, symbols, sectors, tape }: CheckMarket,
  seed: number,
  onProgress: (done: number) => void,
  cases = CASES,
): CheckedMarket => {
  const failures: Failure[] = [];
  const draw = drawsOf(seed, 'strategy check', 0);
  const listings = (markets: number) =>
    Array.from({ length: markets }, (_, lane) => ({
      market: marketOf(symbols[lane]!),
      sector: sectors[lane]!,
      firstCandleAt: NaN,
    }));
  const run = trialOf({
    setup,
    settings,
    listings,
    context: markets => contextOf(listings(markets), settings.portfolio.currency),
    onFailure: failure => failures.push(failure),
  });
  const { start, minutes } = tape;
  const period = { start, from: start + WARM_MINUTES * MINUTE_MS, to: start + minutes * MINUTE_MS, minutes };
  const what = { name, symbols, ...period };
  return withoutClockAndDice(() => {
    const check = new LawCheck(tape, run, {
      random: () => uniform(draw),
      warmUp: WARM_MINUTES,
      cases,
      opportunity: decisionsOf(setup.strategy).indexOf('opportunity'),
      readsOthers: setup.readsContext,
      onProgress,
    });
    const [failure] = failures;
    if (failure) {
      const { at, market } = failure;
      const message = failureText(setup.strategy, failure.error);
      return { ...what, opportunities: 0, exitSignals: null, laws: [], failure: { at, market, message } };
    }
    const laws = check.check();
    const { opportunities } = check;
    const exitSignals = setup.strategy.exits ? check.exitSignals : null;
    return { ...what, opportunities, exitSignals, laws, failure: null };
  });
};
