import type { PublicTrade, UsableBook } from '../../lib/exchange/ports.js';
import { AbsenceBroker, type Left } from '../../lib/portfolio/absence.js';
import { minutesAfter } from '../../lib/portfolio/missed-minutes.js';
import type { Exit, PositionEvent, Trade } from '../../lib/portfolio/events.js';
import { BookBroker } from '../../lib/portfolio/book-broker.js';
import { noteExitSignal, type ExitSignals } from '../../lib/portfolio/exit-signals.js';
import type { TradeStretch } from '../../lib/portfolio/missed-trades.js';
import { emptyPortfolio, openValue } from '../../lib/portfolio/portfolio.js';
import { restorePortfolio, stateOf, type PortfolioState } from '../../lib/portfolio/restore.js';
import { marketOf } from '../../lib/market.js';
import type { RiskSettings, Settings } from '../../lib/settings/settings.js';
import { Cell, emptyTape, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS, wholeMinute, type EpochMs, type Price } from '../../lib/units.js';
import { START, risk } from '../support/broker.js';
import { settingsOf } from '../support/settings.js';

const SECOND_MS = 1_000;
export const MARKETS = ['AAA/USD', 'BBB/USD', 'CCC/USD'].map(marketOf);
export const MINUTES = 14;
export const END = START + MINUTES * MINUTE_MS;

/** A past of three markets, a price a second; what is traded is all that moves a price. */
export interface World {
  readonly seed: number;
  readonly settings: Settings;
  readonly checkEveryMs: number;
  /** By lane, ascending. */
  readonly trades: readonly (readonly PublicTrade[])[];
  readonly tape: Tape;
  /** Exit signals of the strategy. */
  readonly exits: ExitSignals;
}

/** Numbers from 0 to 1 that depend on the seed alone. */
export const randomOf = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const tradesOfMarket = (random: () => number, prints: number): PublicTrade[] => {
  const [busy, wild] = [0.05 + 0.9 * random(), 0.01 * random()];
  const swing = 0.0005 + 0.003 * random();
  const trades: PublicTrade[] = [];
  let price = 100;
  let back: number | null = null;
  for (let at = START; at <= END; at += SECOND_MS) {
    if (at > START && random() > busy) continue;
    // A spike or a fall, of which most are over within seconds.
    if (back !== null && random() < 0.4) [price, back] = [back, null];
    else if (random() < wild) [back, price] = [price, price * (1 + (random() - 0.55) * 0.12)];
    price *= 1 + (random() - 0.5) * swing;
    // Between two seconds, so that no trade and check fall on the same moment; there is one to buy
    // at.
    const printed = at > START && random() < prints ? price * (random() < 0.5 ? 0.3 : 2) : price;
    trades.push({ id: null, at: at === START ? at : at - SECOND_MS / 2, price: printed, size: 1, side: 'buy' });
  }
  return trades;
};

const tapeOfTrades = (trades: World['trades'], holes: () => boolean): Tape => {
  const tape = emptyTape(START, MINUTES, MARKETS.length);
  for (const [market, all] of trades.entries())
    for (let row = 0; row < MINUTES; row++) {
      const at = START + row * MINUTE_MS;
      const within = all.filter(trade => trade.at >= at && trade.at < at + MINUTE_MS).map(({ price }) => price);
      const before = all.findLast(trade => trade.at < at)?.price;
      const cell = market * MINUTES + row;
      if (holes() || (within.length === 0 && before === undefined)) continue;
      const prices = within.length > 0 ? within : [before!];
      tape.cell[cell] = within.length > 0 ? Cell.traded : Cell.quiet;
      tape.open[cell] = prices[0]!;
      tape.high[cell] = Math.max(...prices);
      tape.low[cell] = Math.min(...prices);
      tape.close[cell] = prices.at(-1)!;
      tape.volume[cell] = within.length;
    }
  return tape;
};

/** Exits that are off by default. */
const moreExits = (random: () => number): Partial<RiskSettings> => {
  const activation = 0.001 + 0.005 * random();
  return {
    breakEven: { activation, offset: activation * random() },
    maxHoldingMs: (2 + Math.floor(20 * random())) * MINUTE_MS,
  };
};

const riskOf = (random: () => number): RiskSettings => {
  const gain = 0.002 + 0.01 * random();
  return risk({
    maxPositionSize: 0.2,
    stopLoss: 0.002 + 0.02 * random(),
    takeProfitLevels: [
      { gain, position: 0.3, sellsRest: false },
      { gain: gain * 2, position: 0.4, sellsRest: false },
      { gain: gain * 4, position: 0.3, sellsRest: true },
    ],
    trailingStop: { activation: 0.003 + 0.01 * random(), offset: 0.001 + 0.01 * random() },
    maxOpportunityAgeMs: 90_000,
  });
};

export interface WorldOptions {
  /** The share of minutes of which no candle is stored. */
  readonly holes?: number;
  /** The share of trades at a price that is that of no other. */
  readonly prints?: number;
  /** Whether the stop rises to break even, and positions have a time limit and exit signals. */
  readonly hasMoreExits?: boolean;
}

/** A world of a seed. */
export const worldOf = (seed: number, { holes = 0, prints = 0, hasMoreExits = false }: WorldOptions = {}): World => {
  const random = randomOf(seed);
  const everySeconds = [1, 1, 1, 2, 2, 5, 7, 10, 15, 30, 60, 90][Math.floor(random() * 12)]!;
  const base = settingsOf('{}');
  const settings: Settings = {
    ...base,
    risk: { ...riskOf(random), ...(hasMoreExits && moreExits(randomOf(seed + 1))) },
    costs: { takerFee: 0.004, spread: 0, slippage: 0 },
    application: { ...base.application, positionCheckIntervalMs: everySeconds * SECOND_MS },
  };
  const trades = MARKETS.map(() => tradesOfMarket(random, prints));
  const tape = tapeOfTrades(trades, () => random() < holes);
  const signals = randomOf(seed + 2);
  const exits = new Map(
    MARKETS.map((_, market) => {
      const minutes = Array.from({ length: MINUTES }, (__, row) => START + row * MINUTE_MS);
      return [market, hasMoreExits ? minutes.filter(() => signals() < 0.1) : []] as const;
    }),
  );
  return { seed, settings, checkEveryMs: everySeconds * SECOND_MS, trades, tape, exits };
};

export const priceAt = ({ trades }: World, market: number, at: EpochMs): Price =>
  trades[market]!.findLast(trade => trade.at <= at)!.price;

const bookAt = (world: World, market: number, at: EpochMs): UsableBook => {
  const price = priceAt(world, market, at);
  const side = (best: Price) => [{ price: best, size: 1e9, at }];
  return { usable: true, bids: side(price), asks: side(price * (1 + 1e-12)), newest: at };
};

/** A time in which a run is away: it is killed at `from` and back at `until`. */
export interface Away {
  readonly from: EpochMs;
  readonly until: EpochMs;
  /**
   * By lane: whether the exchange gives all trades, those of the minutes under way at both ends, or
   * none.
   */
  readonly trades: readonly ('all' | 'ends' | 'none')[];
  /**
   * Whether the start is killed after its first minute has been stored, and another start goes on.
   */
  readonly isKilledAgain?: boolean;
}

export const textOf = ({ at, price, size, reason, level }: Exit): string =>
  `${(at - START) / 1_000} s: ${reason} ${level ?? ''} ${size} at ${price}`;

/** What a run came to. */
export interface Lived {
  /** In the order of entry; those of a killed run as those that replaced them know them. */
  readonly trades: readonly Trade[];
  /** Numbers of the trades of which there was time that was not seen. */
  readonly unseen: ReadonlySet<number>;
  /** Numbers of the trades that something happened to while it was away. */
  readonly offline: ReadonlySet<number>;
  /** What was sold for the time that it was away. */
  readonly sold: ReadonlySet<string>;
  readonly marks: readonly { readonly at: EpochMs; readonly equity: number }[];
  readonly cash: number;
  /**
   * Of each time away: where the portfolio was left, what is known, and what it was when the run
   * was back.
   */
  readonly absences: readonly Absence[];
}

export interface Absence {
  readonly away: Away;
  readonly before: PortfolioState;
  readonly stretches: ReadonlyMap<number, readonly TradeStretch[]>;
  readonly after: PortfolioState;
  readonly events: readonly PositionEvent[];
}

const stretchesOf = (world: World, market: number, known: Away['trades'][number], from: EpochMs, to: EpochMs) => {
  const all = world.trades[market]!;
  const stretch = (begin: EpochMs, end: EpochMs): TradeStretch => ({
    from: begin,
    to: end,
    trades: all.filter(({ at }) => at > begin && at <= end),
  });
  if (known === 'none') return [];
  const [first, last] = [wholeMinute(from) + MINUTE_MS, wholeMinute(to)];
  if (known === 'all' || first >= last) return [stretch(from, to)];
  return [stretch(from, first), stretch(last, to)];
};

/**
 * Lives through a world: buys everything at its first moment, checks, is away at times, and closes
 * nothing at the end.
 */
export const live = (world: World, absences: readonly Away[] = []): Lived => {
  const { settings, checkEveryMs, tape } = world;
  const rateOf = () => 1;
  const trades = new Map<number, Trade>();
  const offline = new Set<number>();
  const sold = new Set<string>();
  const unseen = new Set<number>();
  const marks = new Map<EpochMs, number>();
  const been: Absence[] = [];
  let broker = new BookBroker(emptyPortfolio(MARKETS, 10_000), new Float64Array(MARKETS.length).fill(NaN), rateOf);
  broker.found(
    MARKETS.map((_, market) => ({ market, at: START - MINUTE_MS, close: 100, score: 1, values: {} })),
    START,
  );
  let saved = '';
  let [settledUntil, markedAt] = [START, START];
  const mark = (at: EpochMs, cash: number, value: number) => {
    if (marks.has(at)) throw new Error(`the minute ${(at - START) / MINUTE_MS} has two marks`);
    marks.set(at, cash + value);
  };
  const know = () => {
    for (const trade of broker.portfolio.open) trades.set(trade.number, trade);
  };
  const save = (at: EpochMs) => {
    saved = JSON.stringify(stateOf(broker.portfolio, market => broker.observed(market)));
    settledUntil = at;
  };
  const check = (at: EpochMs) => {
    const { portfolio } = broker;
    const books = new Map(MARKETS.map((_, market) => [market, bookAt(world, market, at)]));
    const before = openValue(portfolio, rateOf);
    const cashBefore = portfolio.cash;
    const known = new Map(
      [...world.exits].map(([lane, minutes]) => [lane, minutes.filter(on => on + MINUTE_MS <= at)]),
    );
    for (const trade of portfolio.open) noteExitSignal(trade, known);
    broker.look(books, at, settings);
    know();
    const due = minutesAfter(markedAt, at);
    for (const minute of due.slice(0, -1)) mark(minute, cashBefore, before);
    if (due.length > 0) mark(due.at(-1)!, portfolio.cash, openValue(portfolio, rateOf));
    markedAt = due.at(-1) ?? markedAt;
    save(at);
  };
  const restored = () => {
    const state = JSON.parse(saved) as PortfolioState;
    const stoppedAt = new Map<string, number>();
    const portfolio = restorePortfolio(state, MARKETS, { entered: trades.size, stoppedAt, pending: [] });
    const observedAt = new Float64Array(MARKETS.length).fill(NaN);
    for (const { symbol, observedAt: at } of state.held)
      observedAt[MARKETS.findIndex(market => market.symbol === symbol)] = at;
    for (const trade of portfolio.open) trades.set(trade.number, trade);
    return { portfolio, observedAt, settledUntil, waiting: [] };
  };
  const note = (events: readonly PositionEvent[]) => {
    for (const event of events) {
      if ('trade' in event) offline.add(event.trade.number);
      if (event.kind === 'exited') sold.add(textOf(event.exit));
    }
  };
  /** The stored candles at a moment: what is still under way is not stored. */
  const storedBy = (at: EpochMs): Tape => {
    const seen = (wholeMinute(at) - START) / MINUTE_MS;
    const known = emptyTape(START, MINUTES, MARKETS.length);
    for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const)
      for (let market = 0; market < MARKETS.length; market++)
        for (let row = 0; row < seen; row++) known[name][market * MINUTES + row] = tape[name][market * MINUTES + row]!;
    return known;
  };
  /** A start begins with the candles of what was not seen before, which may be there by now. */
  const openAt = (at: EpochMs) => {
    const left: Left = restored();
    if (left.portfolio.open.every(({ unseen }) => !unseen)) return;
    const absence = new AbsenceBroker(left, settings, rateOf);
    note(absence.makeUpUnseen(storedBy(at), at));
    const { portfolio, observedAt } = absence.left;
    saved = JSON.stringify(stateOf(portfolio, market => observedAt[market]!));
    for (const trade of portfolio.open) trades.set(trade.number, trade);
  };
  const comeBack = (away: Away) => {
    openAt(away.until);
    const before = JSON.parse(saved) as PortfolioState;
    const stretches = new Map<number, readonly TradeStretch[]>();
    const events: PositionEvent[] = [];
    const start = (until: EpochMs): AbsenceBroker => {
      const left: Left = restored();
      const absence = new AbsenceBroker(left, settings, rateOf);
      for (const { market } of left.portfolio.open) {
        const known = stretchesOf(world, market, away.trades[market]!, left.observedAt[market]!, away.until);
        if (!stretches.has(market)) stretches.set(market, known);
        for (const stretch of known) absence.know(market, stretch);
      }
      const known = storedBy(away.until);
      absence.knowExits(world.exits);
      const first = Math.min(
        wholeMinute(left.settledUntil),
        ...left.portfolio.open.map(({ market }) => wholeMinute(left.observedAt[market]!)),
      );
      for (let row = (first - START) / MINUTE_MS; row < MINUTES && START + row * MINUTE_MS < until; row++) {
        const made = absence.settle(sliceTape(known, row, row + 1), until);
        note(made.events);
        events.push(...made.events);
        for (const { at, cash, openValue: value } of made.marks) mark(at, cash, value);
      }
      const { portfolio, observedAt } = absence.left;
      saved = JSON.stringify(stateOf(portfolio, market => observedAt[market]!));
      settledUntil = absence.left.settledUntil;
      return absence;
    };
    if (away.isKilledAgain) start(Math.min(away.until, wholeMinute(settledUntil) + MINUTE_MS));
    const absence = start(away.until);
    absence.giveUp(away.until);
    const { portfolio, observedAt } = absence.left;
    for (const trade of portfolio.open) if (trade.unseen) unseen.add(trade.number);
    broker = new BookBroker(portfolio, observedAt, rateOf);
    know();
    markedAt = wholeMinute(away.until);
    save(away.until);
    been.push({ away, before, stretches, after: JSON.parse(saved) as PortfolioState, events });
  };

  check(START);
  let next = 0;
  for (let at = START + checkEveryMs; at <= END; at += checkEveryMs) {
    while (absences[next] && absences[next]!.from < at) {
      const away = absences[next++]!;
      const { until } = away;
      comeBack(away);
      at = Math.max(at, (Math.floor(until / checkEveryMs) + 1) * checkEveryMs);
    }
    if (at > END) break;
    makeUpUnseen(at);
    check(at);
  }

  /** The candles of what was not seen are stored by now. */
  function makeUpUnseen(at: EpochMs): void {
    if (broker.portfolio.open.every(({ unseen }) => !unseen)) return;
    const { portfolio } = broker;
    const observedAt = Float64Array.from(MARKETS, (_, market) => broker.observed(market));
    const absence = new AbsenceBroker({ portfolio, observedAt, settledUntil: at, waiting: [] }, settings, rateOf);
    note(absence.makeUpUnseen(sliceTape(tape, 0, Math.min(MINUTES, (wholeMinute(at) - START) / MINUTE_MS)), at));
    know();
  }

  return {
    trades: [...trades.values()].sort((a, b) => a.number - b.number),
    unseen,
    offline,
    sold,
    marks: [...marks].map(([at, equity]) => ({ at, equity })).sort((a, b) => a.at - b.at),
    cash: broker.portfolio.cash,
    absences: been,
  };
};
