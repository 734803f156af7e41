import { from, of } from 'rxjs';
import { contextOf } from '../lib/cross-market/context.js';
import { marketOf } from '../lib/market.js';
import { emptyPortfolio } from '../lib/portfolio/portfolio.js';
import { CandleBroker } from '../lib/portfolio/settle.js';
import { IndicatorSet } from '../lib/indicators/set.js';
import type { InForce } from '../lib/settings/settings.js';
import { defaultSettings, settingsOf } from '../test/support/settings.js';
import { syntheticTapes } from '../lib/simulator/market/market.js';
import { StrategyEvaluator } from '../lib/strategy/evaluator.js';
import { MOMENTUM } from '../lib/strategy/momentum.js';
import { MOMENTUM_SETUP } from '../lib/strategy/setup.js';
import { fittingMinutes, type Tape } from '../lib/tape.js';
import { DAY_MS, type EpochMs } from '../lib/units.js';
import { Universe, type Listing } from '../lib/universe/universe.js';
import { backtest } from '../streams/backtest.js';
import { scanner } from '../streams/bot.js';
import { median, millions } from './figures.js';

/**
 * How fast candles go through indicators, universe, strategy and broker on one core, from memory.
 */
export interface GraphFigures {
  readonly candles: number;
  /** 5 markets, a year of minutes. */
  readonly candlesPerSecond: number;
  /** The same kernels called in a loop, without RxJS. */
  readonly bareCandlesPerSecond: number;
  /** Time through RxJS over the time of the bare loop. */
  readonly ratioToBareLoop: number;
  /** With the context columns, which a backtest does without and an export asks for. */
  readonly withContextPerSecond: number;
  /** Its time over the time without them. */
  readonly ratioWithContext: number;
  /** Ten variants of momentum over the graph without brokers: their time over that of one. */
  readonly ratioOfTenVariants: number;
  /** Time of the ninth part of nine more variants for a candle of a live tape of one minute. */
  readonly liveNanosecondsPerVariant: number;
  /** Candles a second by number of markets, each over about a million candles. */
  readonly byMarkets: Readonly<Record<string, number>>;
}

const START = Date.UTC(2025, 0, 1);
const COINS = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD', 'ADA/USD'];
const symbolsFor = (markets: number): readonly string[] =>
  [...COINS, ...Array.from({ length: Math.max(0, markets - COINS.length) }, (_, i) => `COIN${i}/USD`)].slice(
    0,
    markets,
  );

interface Past {
  readonly tapes: readonly Tape[];
  readonly listings: readonly Listing[];
  readonly period: { readonly from: EpochMs; readonly to: EpochMs };
  readonly candles: number;
}

const pastOf = (markets: number, days: number, minutesPerTape = fittingMinutes(markets)): Past => {
  const symbols = symbolsFor(markets);
  const period = { from: START, to: START + days * DAY_MS };
  const tapes = [...syntheticTapes(symbols, 1, period.from, period.to, minutesPerTape)];
  const listings = symbols.map(symbol => ({ market: marketOf(symbol), firstCandleAt: START, sector: 'layer-1' }));
  return { tapes, listings, period, candles: days * 1440 * markets };
};

const throughGraph = ({ tapes, listings, period }: Past, hasContext = false): number => {
  let trades = 0;
  const context = hasContext ? contextOf(listings, defaultSettings.portfolio.currency) : undefined;
  backtest({ tape$: from(tapes), listings, period, context, settings: defaultSettings }).subscribe(step => {
    const { events } = step.kind === 'settled' ? step.change : step;
    for (const event of events) if (event.kind === 'opened') trades++;
  });
  return trades;
};

const bareLoop = ({ tapes, listings, period }: Past): number => {
  const { indicators, filtering, portfolio } = defaultSettings;
  const set = new IndicatorSet(indicators, listings.length);
  const universe = new Universe(listings, filtering.refreshMs, portfolio.currency);
  const strategy = new StrategyEvaluator(MOMENTUM, listings);
  const broker = new CandleBroker(
    emptyPortfolio(
      listings.map(({ market }) => market),
      portfolio.initialBalance,
    ),
    portfolio.currency,
  );
  let trades = 0;
  for (const tape of tapes) {
    const { columns, candles } = set.advance(tape);
    const judged = { ...tape, indicators: columns, candles, verdict: universe.advance(tape, filtering) };
    const decided = strategy.evaluate(judged, defaultSettings, period.from, period.to);
    for (const event of broker.settle({ ...tape, ...decided }, period.from, period.to, defaultSettings).events)
      if (event.kind === 'opened') trades++;
  }
  return trades;
};

/** Momentum, and variants of it with other thresholds, all of which read the same columns. */
const variants = (count: number): InForce => {
  const shadows = Array.from(
    { length: count - 1 },
    (_, n) =>
      `  - {name: v${n}, use: momentum, wallet: shadow, parameters: {rsi: {oversold: ${20 + n}}, volume: {factor: ${1 + n / 10}}}, risk: {stop_loss_percentage: ${1 + n / 10}}}`,
  );
  const settings = settingsOf(['strategies:', '  - {name: momentum, use: momentum}', ...shadows].join('\n'));
  const strategies = settings.strategies.map(({ name, wallet }) => ({ ...MOMENTUM_SETUP, name, wallet }));
  return { settings, configurationId: 0, strategies };
};

const decidedBy = ({ tapes, listings, period }: Past, inForce: InForce): void =>
  void scanner({ tape$: from(tapes), settings$: of(inForce), listings, period, passing: true }).subscribe();

const seconds = (act: () => unknown): number => {
  const began = performance.now();
  act();
  return (performance.now() - began) / 1000;
};

/** Measures the graph; each ratio is of two things measured right after one another. */
export const graphFigures = (tell: (line: string) => void, rounds = 5): GraphFigures => {
  const year = pastOf(5, 365);
  for (let round = 0; round < 3; round++) throughGraph(year); // until the compiler is done with it
  if (throughGraph(year) !== bareLoop(year)) throw new Error('the graph and the bare loop trade differently');
  if (throughGraph(year) !== throughGraph(year, true)) throw new Error('the context changes what is traded');
  const times = Array.from({ length: rounds }, () => ({
    graph: seconds(() => throughGraph(year)),
    bare: seconds(() => bareLoop(year)),
    context: seconds(() => throughGraph(year, true)),
  }));
  const graph = median(times.map(time => time.graph));
  const bare = median(times.map(time => time.bare));
  tell(`graph: ${millions(year.candles / graph)} candles/s, 5 markets × 1 year from memory`);
  const withContext = median(times.map(time => time.context));
  const ratioWithContext = median(times.map(time => time.context / time.graph));
  tell(
    `graph: ${millions(year.candles / withContext)} candles/s with context columns, ${ratioWithContext.toFixed(2)} × the time without`,
  );
  const [one, ten] = [variants(1), variants(10)];
  const live = pastOf(200, 0.25, 1);
  for (const past of [year, live]) for (const each of [one, ten]) decidedBy(past, each);
  const pairs = (past: Past) =>
    Array.from({ length: rounds }, () => ({
      one: seconds(() => decidedBy(past, one)),
      ten: seconds(() => decidedBy(past, ten)),
    }));
  const ratioOfTenVariants = median(pairs(year).map(time => time.ten / time.one));
  tell(`graph: ten variants of momentum decide in ${ratioOfTenVariants.toFixed(2)} × the time of one`);
  const extra = median(pairs(live).map(time => time.ten - time.one));
  const liveNanosecondsPerVariant = (1e9 * extra) / 9 / live.candles;
  tell(`graph: ${Math.round(liveNanosecondsPerVariant)} ns per candle and further variant on live tapes of a minute`);
  const byMarkets: Record<string, number> = {};
  for (const markets of [1, 5, 20, 50]) {
    const past = pastOf(markets, Math.ceil(1_000_000 / 1440 / markets));
    throughGraph(past);
    byMarkets[markets] = past.candles / median(Array.from({ length: rounds }, () => seconds(() => throughGraph(past))));
    tell(`graph: ${millions(byMarkets[markets])} candles/s with ${markets} markets`);
  }
  return {
    candles: year.candles,
    candlesPerSecond: year.candles / graph,
    bareCandlesPerSecond: year.candles / bare,
    withContextPerSecond: year.candles / withContext,
    ratioWithContext,
    ratioOfTenVariants,
    liveNanosecondsPerVariant,
    ratioToBareLoop: median(times.map(time => time.graph / time.bare)),
    byMarkets,
  };
};
