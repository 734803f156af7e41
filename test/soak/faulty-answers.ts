import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { of, takeWhile } from 'rxjs';
import { BREAKER_RULES } from '../../lib/exchange/breaker.js';
import { EMPTY_SERIES } from '../../lib/series/series.js';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { FAULT_KINDS } from '../../lib/simulator/exchange/faults/catalogue.js';
import { syntheticTapes } from '../../lib/simulator/market/market.js';
import { marketOf } from '../../lib/market.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { NOTHING_KNOWN } from '../../lib/universe/rule.js';
import { openExchange } from '../../lib/world/exchange/index.js';
import { serveExchange } from '../../lib/world/simulator/server.js';
import { asked } from '../../streams/asked.js';
import { scan, type ScanStep } from '../../streams/scan.js';
import { candles } from '../../streams/sources/candles.js';
import { LIVELY } from '../bin/live-run.js';
import { RULES } from '../live/played.js';
import { settingsOf } from '../support/settings.js';

/** What came of it. */
export interface FaultyAnswers {
  /** Answers that a fault has spoiled, by its kind. */
  readonly struck: Readonly<Record<string, number>>;
  readonly minutes: number;
  readonly opportunities: number;
  readonly troubles: number;
  readonly revised: number;
  readonly gaps: number;
  /** Rows that should not have been let through, and opportunities on what is no market price. */
  readonly wrong: readonly string[];
  /** Bytes in use after a tenth of the answers and at the end. */
  readonly heap: readonly [number, number];
}

const SYMBOLS = ['ADA/USD', 'BTC/USD', 'DOGE/USD', 'ETH/USD', 'LINK/USD', 'LTC/USD', 'MINA/USD', 'SOL/USD'];
const BEGIN = Date.UTC(2026, 2, 14, 14);
/** A minute takes 40 ms. */
const SPEED = 1_500;
/** These need a second of everybody's time: some of them are enough. */
const SLOW: ReadonlySet<string> = new Set(['huge_body']);
/** What such a row says may be believed: it is no more than half off the market. */
const BELIEVABLE = 0.5;

const collected = (): number => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
};

/** Lets the candles of a simulated exchange that answers wrongly half of the time flow through the scanner, until so many answers were spoiled. */
export const faultyAnswers = async (answers: number, seed: number): Promise<FaultyAnswers> => {
  const began = performance.now();
  const clock = () => BEGIN + (performance.now() - began) * SPEED;
  const simulated = simulatedExchange({ seed, symbols: SYMBOLS, clock, isLimited: false });
  simulated.warmUp();
  const server = await serveExchange(simulated, 0);
  const settings = settingsOf(
    `exchange: {url: '${server.url}', rate_limit_retries: 0, timeout_seconds: 1, clock_speed: ${SPEED}}${LIVELY}`,
  );
  const exchange = openExchange(settings.exchange, {
    budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
    breaker: { ...BREAKER_RULES, failures: Infinity },
  });
  await exchange.markets();
  await exchange.serverTime();
  for (const kind of FAULT_KINDS) simulated.faults.add({ kind, probability: SLOW.has(kind) ? 0.0005 : 0.015 }, BEGIN);
  const struck = () =>
    Object.fromEntries(simulated.faults.list().map(({ fault, struck: times }) => [fault.kind, times]));
  const total = () => Object.values(struck()).reduce((sum, times) => sum + times, 0);

  const from = BEGIN - 700 * MINUTE_MS;
  const facts = {
    ...NOTHING_KNOWN,
    ...{ active: true, marketCap: 1e12, marketCapAt: Infinity, volume24hUsd: 1e12, spread: 0, listings: 9 },
  };
  const event$ = candles({
    ...{ now: () => exchange.now()!, speed: SPEED, rules: RULES, stored: () => [] },
    starts: SYMBOLS.map(() => ({ series: EMPTY_SERIES, from })),
    candles: (market, since) => asked(signal => exchange.ohlc(SYMBOLS[market]!, 1, since, { signal })),
    trades: (market, sinceNs) => asked(signal => exchange.trades(SYMBOLS[market]!, sinceNs, { signal })),
  });
  const step$ = scan(event$, {
    settings$: of(settings),
    listings: SYMBOLS.map(symbol => ({ market: marketOf(symbol), firstCandleAt: 0 })),
    period: { from, to: Infinity },
    known: () => facts,
  });

  const next = SYMBOLS.map(() => NaN);
  const found: { market: number; at: EpochMs; close: number; of: string }[] = [];
  const wrong: string[] = [];
  const counts = { minutes: 0, opportunities: 0, troubles: 0, revised: 0, gaps: 0 };
  let early = NaN;
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
        const name = `${SYMBOLS[market]} ${new Date(at).toISOString()}`;
        if (!isSound || !(volume >= 0 && volume < Infinity))
          wrong.push(`${name}: ${open} ${high} ${low} ${close} ${volume}`);
        if (at % MINUTE_MS !== 0 || at + MINUTE_MS > clock()) wrong.push(`${name} is no minute that is over`);
        if (!Number.isNaN(next[market]) && at !== next[market]) wrong.push(`${name} does not follow`);
        next[market] = at + MINUTE_MS;
        counts.minutes++;
        if (rows.suspect[i] === 0) found.push({ market, at, close, of: 'row' });
      }
    for (const { market, at, close } of step.signal.opportunities) {
      counts.opportunities++;
      const { start, minutes, cell } = step.signal;
      if (cell[market * minutes + (at - start) / MINUTE_MS] !== Cell.traded)
        wrong.push(`${SYMBOLS[market]} ${new Date(at).toISOString()}: an opportunity on no traded candle`);
      found.push({ market, at, close, of: 'opportunity' });
    }
    if (Number.isNaN(early) && total() > answers / 10) early = collected();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      step$.pipe(takeWhile(step => (take(step), total() < answers))).subscribe({ error: reject, complete: resolve });
    });
  } finally {
    exchange.close();
    await server.close();
  }
  const late = collected();

  const until = Math.max(...found.map(({ at }) => at)) + MINUTE_MS;
  const minutes = (until - from) / MINUTE_MS;
  const [truth] = [...syntheticTapes(SYMBOLS, seed, from, until, minutes)];
  for (const { market, at, close, of: what } of found) {
    const real = truth!.close[market * minutes + (at - from) / MINUTE_MS]!;
    if (Math.abs(close / real - 1) > BELIEVABLE)
      wrong.push(`${SYMBOLS[market]} ${new Date(at).toISOString()}: ${what} at ${close}, the market was at ${real}`);
  }
  return { struck: struck(), ...counts, wrong, heap: [early, late] };
};
