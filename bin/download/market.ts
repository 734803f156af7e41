import type { ClientBase } from 'pg';
import { TradeMinutes, type LeftOut, type TradeStretch } from '../../lib/market-data/trade-minutes.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { Exchange } from '../../lib/exchange/ports.js';
import type { Candles } from '../../lib/market-data/candles.js';
import type { SeriesRules } from '../../lib/market-data/series.js';
import { HOUR_MS, type EpochMs } from '../../lib/units.js';
import { ensurePartitions } from '../../lib/world/store/candles/market.js';
import { closeBefore, saveMinutes, type Download } from '../../lib/world/store/downloads.js';
import { askPatiently, type Patience } from '../exchange.js';

/** Resources of downloads; the connection runs one statement at a time. */
export interface Downloading extends Patience {
  readonly exchange: Pick<Exchange, 'trades'>;
  readonly store: <T>(act: (client: ClientBase) => Promise<T>) => Promise<T>;
  readonly rules: SeriesRules;
}

/** Result of one market's period. */
export interface MarketOutcome extends TradeStretch {
  readonly symbol: string;
  /** Trades used for its minutes. */
  readonly trades: number;
  /** Start of the download: `from`, or where it was resumed. */
  readonly start: EpochMs;
  /** Open time of the first minute received; null if none. */
  readonly first: EpochMs | null;
  /** Minutes, as an import counts them. */
  readonly inserted: number;
  readonly revised: number;
  readonly unchanged: number;
  readonly quiet: number;
  readonly suspects: number;
  /** Minutes that could not be built. */
  readonly leftOut: readonly LeftOut[];
}

const MAX_TRIES = 3;
/** Failures in the middle of a download that are not reported, being mostly short. */
const QUIET_TRIES = 2;
/** Maximum wait behind a live run: a download is not urgent. */
const WITHIN_MS = HOUR_MS;

const monthOf = (at: EpochMs): string => new Date(at).toISOString().slice(0, 7);

/** Stores minutes; partitions are created before the transaction, once per month of candles. */
const saver = (world: Downloading) => {
  const made = new Set<string>();
  return (symbol: string, candles: Candles, progress: Download | null) =>
    world.store(async client => {
      if (candles.length > 0) {
        const ends = [candles.at[0]!, candles.at[candles.length - 1]!] as const;
        if (!ends.every(at => made.has(monthOf(at)))) await ensurePartitions(client, ...ends);
        ends.forEach(at => made.add(monthOf(at)));
      }
      return saveMinutes(client, symbol, candles, world.rules, progress);
    });
};

/**
 * Builds the minutes of a market's period from its trades, page by page, and stores them with their
 * progress; if `resumable`, a later download continues there. Throws `ExchangeFailure` if the
 * exchange does not answer for several minutes.
 */
export const downloadMarket = async (
  world: Downloading,
  { symbol, from, to, next }: Download,
  resumable: boolean,
  tell: (next: EpochMs) => void,
): Promise<MarketOutcome> => {
  const save = saver(world);
  const close = await world.store(client => closeBefore(client, symbol, next));
  const minutes = new TradeMinutes({ from: next, to }, close);
  const sum = { trades: 0, inserted: 0, revised: 0, unchanged: 0, quiet: 0, suspects: 0 };
  const leftOut: LeftOut[] = [];
  let first: EpochMs | null = null;
  const progress = () => (resumable ? { symbol, from, to, next: minutes.next } : null);
  const nextPage = () =>
    askPatiently(
      world,
      options => world.exchange.trades(symbol, minutes.cursor, { ...options, withinMs: WITHIN_MS, rank: 'warm_up' }),
      { quietTries: QUIET_TRIES },
    );
  while (!minutes.isDone) {
    const whole = minutes.take(await nextPage());
    for (const { candles } of whole ?? []) {
      for (let i = 0; i < candles.length; i++) sum.trades += candles.trades[i]!;
      const counts = await save(symbol, candles, progress());
      if (candles.length > 0) first ??= candles.at[0]!;
      if (counts)
        for (const name of ['inserted', 'revised', 'unchanged', 'quiet', 'suspects'] as const)
          sum[name] += counts[name];
      tell(minutes.next);
    }
    if (whole !== null || minutes.misses < MAX_TRIES) continue;
    const left = minutes.leaveOut();
    if (!left) throw new ExchangeFailure('bad_answer', `the pages of trades of ${symbol} do not advance`);
    leftOut.push(left);
  }
  return { symbol, from, to, start: next, first, ...sum, leftOut };
};
