import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as pause } from 'node:timers/promises';
import { of, takeWhile } from 'rxjs';
import { unversioned } from '../../lib/settings/settings.js';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import { BREAKER_RULES } from '../../lib/exchange/breaker.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { OrderBook } from '../../lib/exchange/ports.js';
import { marketOf } from '../../lib/market.js';
import type { PositionEvent } from '../../lib/portfolio/events.js';
import { BookBroker } from '../../lib/portfolio/book-broker.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import { EMPTY_SERIES } from '../../lib/market-data/series.js';
import type { OrderedFault } from '../../lib/simulator/exchange/faults/active.js';
import { FAULT_KINDS } from '../../lib/simulator/exchange/faults/catalogue.js';
import type { Fault } from '../../lib/simulator/exchange/faults/fault.js';
import { Cell } from '../../lib/tape.js';
import { HOUR_MS, MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { NOTHING_KNOWN } from '../../lib/universe/rule.js';
import { openExchange } from '../../lib/world/exchange/index.js';
import { fromAbortable } from '../../streams/from-abortable.js';
import { scan, type ScanStep } from '../../streams/scan.js';
import { candles } from '../../streams/sources/candles.js';
import { startBot } from '../bin/child.js';
import { LIVELY } from '../bin/live-run.js';
import { RULES } from '../market-data/played.js';
import { settingsOf } from '../support/settings.js';
import { truthOf } from './truth.js';

/** What came of it. */
export interface FaultyAnswers {
  /** Answers that a fault has spoiled, by its kind. */
  readonly struck: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<Count, number>>;
  /**
   * Rows that should not have been let through, and opportunities and fills at what is no market
   * price.
   */
  readonly wrong: readonly string[];
  /** Megabytes in use, garbage left out, after so many answers; the exchange is another process. */
  readonly heap: readonly (readonly [answers: number, megabytes: number])[];
}

type Count =
  | ('minutes' | 'opportunities' | 'entries' | 'exits' | 'troubles' | 'refusals' | 'revised' | 'gaps')
  | ('books' | 'unusable_books');

export interface FaultyOptions {
  readonly answers: number;
  readonly seed: number;
  /** Memory is looked at each time so many more have been spoiled. */
  readonly every: number;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const SYMBOLS = ['ADA/USD', 'BTC/USD', 'DOGE/USD', 'ETH/USD', 'LINK/USD', 'LTC/USD', 'MINA/USD', 'SOL/USD'];
const BEGIN = Date.UTC(2026, 2, 14, 14);
/** A minute takes 40 ms. */
const SPEED = 1_500;
const DEPTH = 50;
const PROBABILITY = 0.015;
/**
 * These take everybody's time, or keep a question waiting until it is given up: some of them are
 * enough.
 */
const SLOW: Readonly<Record<string, number>> = {
  huge_body: 0.001,
  hang: 0.004,
  stall: 0.004,
  drip: 0.004,
  late: 0.004,
};
/** An answer after which nothing is asked any more, as is right. */
const STOPPING = ['unknown_method'];
/** What a row says may be believed: it is no more than half off the market. */
const BELIEVABLE = 0.5;
/**
 * What a fill may be off the prices of the minutes since its book was made: that is a spread wide.
 */
const FILL = 0.02;
/**
 * A book is ten minutes old at most when it comes, and waits a third of a second, which is eight
 * minutes here, for others that come with it.
 */
const BOOK_MINUTES = 40;

/**
 * An exchange that says the same wrong thing twice is believed, as it should be: it says another
 * one each time, so that the same comes twice seldom enough.
 */
const VARIED: Readonly<Record<string, readonly Partial<Fault>[]>> = {
  absurd_price: [
    { endpoint: 'OHLC' },
    { endpoint: 'Ticker' },
    ...[10, 0.1, 30, 0.03, 100, 0.01, 300, 0.003].map(factor => ({ endpoint: 'Depth' as const, factor })),
  ],
  clock_skew: [-26, -13, -7, -3, -1, 1, 3, 7, 13, 26].map(hours => ({ milliseconds: hours * HOUR_MS })),
};

const faultsOf = (kind: string): readonly Fault[] => {
  const probability = SLOW[kind] ?? PROBABILITY;
  const variants = VARIED[kind] ?? [{}];
  return variants.map(variant => {
    const isWhole = variants.length === 1 || variant.endpoint === 'OHLC' || variant.endpoint === 'Ticker';
    return { kind, ...variant, probability: isWhole ? probability : probability / variants.length };
  });
};

const megabytesInUse = (): number => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

/**
 * A simulated exchange in a process of its own that answers wrongly half of the time, once it is
 * told to.
 */
const openFaulty = async (seed: number) => {
  const simulator = startBot([
    'simulate-exchange',
    '--port',
    '0',
    '--seed',
    String(seed),
    '--speed',
    String(SPEED),
    '--no-limits',
    '--start',
    new Date(BEGIN).toISOString().slice(0, 16),
    '--symbols',
    SYMBOLS.join(),
  ]);
  let said = '';
  simulator.process.stdout!.on('data', (part: string) => (said += part));
  let url: string | undefined;
  while ((url = /Kraken on (http:\S+),/.exec(said)?.[1]) === undefined) {
    if (simulator.process.exitCode !== null) throw new Error(`the simulated exchange ended: ${said}`);
    await pause(50);
  }
  const faults = `${url}/simulator/faults`;
  return {
    url,
    spoil: async () => {
      for (const fault of FAULT_KINDS.filter(kind => !STOPPING.includes(kind)).flatMap(faultsOf)) {
        const { status } = await fetch(faults, { method: 'POST', body: JSON.stringify(fault) });
        if (status !== 201) throw new Error(`the fault ${fault.kind} was refused`);
      }
    },
    struck: async (): Promise<Record<string, number>> => {
      const struck: Record<string, number> = {};
      for (const { fault, struck: times } of (await (await fetch(faults)).json()) as OrderedFault[])
        struck[fault.kind] = (struck[fault.kind] ?? 0) + times;
      return struck;
    },
    close: async () => {
      simulator.process.kill('SIGKILL');
      await simulator.ended;
    },
  };
};

/**
 * Lets the candles of a simulated exchange that answers wrongly half of the time flow through the
 * scanner, and its order books to the broker, until so many answers were spoiled; asks for
 * everything else that the bot asks for besides.
 */
export const faultyAnswers = async ({ answers, seed, every, say, signal }: FaultyOptions): Promise<FaultyAnswers> => {
  const faulty = await openFaulty(seed);
  const settings = settingsOf(
    `exchange: {url: '${faulty.url}', rate_limit_retries: 0, timeout_seconds: 0.3, clock_speed: ${SPEED}}${LIVELY}`,
  );
  const exchange = openExchange(settings.exchange, {
    budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
    breaker: { ...BREAKER_RULES, failures: Infinity },
  });
  const truth = truthOf(seed);
  const wrong: string[] = [];
  const counts: Record<Count, number> = {
    minutes: 0,
    opportunities: 0,
    entries: 0,
    exits: 0,
    troubles: 0,
    refusals: 0,
    revised: 0,
    gaps: 0,
    books: 0,
    unusable_books: 0,
  };
  const heap: (readonly [number, number])[] = [];
  let struck: Record<string, number> = {};
  let isOver = false;
  const nameOf = (market: number, at: EpochMs) => `${SYMBOLS[market]} ${new Date(at).toISOString()}`;

  const markets = SYMBOLS.map(marketOf);
  const broker = new BookBroker(emptyPortfolio(markets, 10_000), new Float64Array(SYMBOLS.length).fill(NaN), () => 1);
  const watch = new BookWatch(settings.data.maxJump);

  const judgeFill = (market: number, at: EpochMs, price: number, what: string): void => {
    const minutes = Array.from({ length: BOOK_MINUTES }, (_, n) => truth(SYMBOLS[market]!, at - n * MINUTE_MS));
    const [low, high] = [Math.min(...minutes.map(({ low }) => low)), Math.max(...minutes.map(({ high }) => high))];
    if (!(price >= low * (1 - FILL) && price <= high * (1 + FILL)))
      wrong.push(`${nameOf(market, at)}: ${what} at ${price}, the market was between ${low} and ${high}`);
  };
  const takeEvent = (event: PositionEvent): void => {
    if (event.kind === 'opened') {
      counts.entries++;
      judgeFill(event.trade.market, event.trade.entryAt, event.trade.entryPrice, 'bought');
    } else if (event.kind === 'exited') {
      counts.exits++;
      judgeFill(event.trade.market, event.exit.at, event.exit.price, 'sold');
    }
  };
  const judgeRow = (market: number, at: EpochMs, close: number, what: string): void => {
    const real = truth(SYMBOLS[market]!, at).close;
    if (Math.abs(close / real - 1) > BELIEVABLE)
      wrong.push(`${nameOf(market, at)}: ${what} at ${close}, the market was at ${real}`);
  };

  const next = SYMBOLS.map(() => NaN);
  const take = (step: ScanStep): void => {
    switch (step.kind) {
      case 'trouble':
        counts.troubles++;
        return;
      case 'gap':
        counts.gaps++;
        next[step.market] = NaN;
        return;
      case 'revised':
        counts.revised += step.candles.length;
        return;
      case 'recovered':
      case 'confirmed':
        return;
      case 'scanned':
    }
    for (const { market, candles: rows } of step.event.rows)
      for (let i = 0; i < rows.length; i++) {
        const at = rows.at[i]!;
        const [open, high, low, close, volume] = [rows.open, rows.high, rows.low, rows.close, rows.volume].map(
          column => column[i]!,
        ) as [number, number, number, number, number];
        const isSound = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && high < Infinity;
        if (!isSound || !(volume >= 0 && volume < Infinity))
          wrong.push(`${nameOf(market, at)}: ${open} ${high} ${low} ${close} ${volume}`);
        if (at % MINUTE_MS !== 0 || at + MINUTE_MS > exchange.now()!)
          wrong.push(`${nameOf(market, at)} is no minute that is over`);
        if (!Number.isNaN(next[market]) && at !== next[market]) wrong.push(`${nameOf(market, at)} does not follow`);
        next[market] = at + MINUTE_MS;
        counts.minutes++;
        if (rows.suspect[i] === 0) judgeRow(market, at, close, 'row');
      }
    for (const { market, at, close } of step.signal.opportunities) {
      counts.opportunities++;
      const { start, minutes, cell } = step.signal;
      if (cell[market * minutes + (at - start) / MINUTE_MS] !== Cell.traded)
        wrong.push(`${nameOf(market, at)}: an opportunity on no traded candle`);
      judgeRow(market, at, close, 'opportunity');
    }
    broker.found(step.signal.opportunities, exchange.now()!);
  };

  /** What a question came to; null where the exchange has failed it. */
  const answerOf = async <T>(question: Promise<T>): Promise<T | null> => {
    try {
      return await question;
    } catch (error) {
      if (!(error instanceof ExchangeFailure) || error.next === 'stop') throw error;
      counts.refusals++;
      return null;
    }
  };
  const look = async (): Promise<void> => {
    const asks = SYMBOLS.map(async (symbol, market): Promise<readonly (readonly [number, OrderBook])[]> => {
      const came = await answerOf(exchange.book(symbol, DEPTH, { rank: 'held' }));
      if (!came) return [];
      counts.books++;
      const book = watch.judge(symbol, came, exchange.now()!, broker.portfolio.lastPrice[market]);
      if (!book.usable) counts.unusable_books++;
      return [[market, book]];
    });
    const besides = [exchange.tickers(), exchange.markets(), exchange.serverTime(), exchange.status()].map(
      (question: Promise<unknown>) => answerOf(question),
    );
    const books = new Map((await Promise.all(asks)).flat());
    broker.look(books, exchange.now()!, settings).forEach(takeEvent);
    await Promise.all(besides);
  };
  /** Looks at what was spoiled, and at memory each time that it is due. */
  const count = async (): Promise<void> => {
    signal?.throwIfAborted();
    struck = await faulty.struck();
    const total = Object.values(struck).reduce((sum, times) => sum + times, 0);
    if (total >= every * (heap.length + 1)) {
      heap.push([total, megabytesInUse()]);
      say?.(`${total} faulty answers, ${heap.at(-1)![1].toFixed(1)} MB in use, ${wrong.length} wrong`);
    }
    isOver = total >= answers;
  };

  try {
    // A busy machine may be too slow for the short deadline; nothing is spoiled yet.
    for (const begin of [() => exchange.markets(), () => exchange.serverTime()])
      for (let tries = 1; (await answerOf<unknown>(begin())) === null; tries++)
        if (tries === 20) throw new Error('the simulated exchange does not answer');
    await faulty.spoil();
    const from = BEGIN - 700 * MINUTE_MS;
    const facts = {
      ...NOTHING_KNOWN,
      active: true,
      marketCap: 1e12,
      marketCapAt: Infinity,
      volume24hUsd: 1e12,
      spread: 0,
      listings: 9,
    };
    const event$ = candles({
      now: () => exchange.now()!,
      speed: SPEED,
      rules: RULES,
      stored: () => [],
      starts: SYMBOLS.map(() => ({ series: EMPTY_SERIES, from })),
      candles: (market, since) => fromAbortable(inner => exchange.ohlc(SYMBOLS[market]!, 1, since, { signal: inner })),
      trades: (market, sinceNs) =>
        fromAbortable(inner => exchange.trades(SYMBOLS[market]!, sinceNs, { signal: inner })),
    });
    const step$ = scan(event$, {
      settings$: of(unversioned(settings)),
      listings: markets.map(market => ({ market, firstCandleAt: 0 })),
      period: { from, to: Infinity },
      known$: of(() => facts),
    });
    const again = async (act: () => Promise<void>, waitMs: number) => {
      while (!isOver) {
        await act();
        await pause(waitMs);
      }
    };
    const scanned = new Promise<void>((resolve, reject) => {
      step$.pipe(takeWhile(step => (take(step), !isOver))).subscribe({ error: reject, complete: resolve });
    });
    await Promise.all([scanned, again(look, 20), again(count, 100)]);
  } finally {
    isOver = true;
    exchange.close();
    await faulty.close();
  }
  return { struck, counts, wrong, heap };
};
