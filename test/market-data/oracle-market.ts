import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { KRAKEN_HISTORY } from '../../lib/kraken/limits.js';
import { readOhlc } from '../../lib/kraken/ohlc.js';
import type { OhlcAnswer, PublicTrade, TradesAnswer } from '../../lib/exchange/ports.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';

/** 2026-03-02T00:00:00Z. */
export const START = Date.UTC(2026, 2, 2);
const PAIR = { id: 'XXBTZUSD', altname: 'XBTUSD', symbol: 'BTC/USD' };
const PAGE = 60;

/** A minute as it finally is, and how the exchange came to it. */
export interface TrueMinute {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** 0: nothing was traded. */
  readonly volume: number;
  /** Minutes for which its row is not served although it was traded. */
  readonly lateBy: number;
  /** Minutes for which it is served with half its volume and as if it had closed at its open. */
  readonly wrongFor: number;
  /** Minutes after its end at which its row vanishes, and for how many. */
  readonly vanishes: { readonly after: number; readonly minutes: number } | null;
  /** Its row is never of use, its trades are. */
  readonly isBad: boolean;
  /** Its trades are not of use either. */
  readonly isLost: boolean;
}

/** Minutes from START on in which nothing is answered. */
export interface Outage {
  readonly from: number;
  readonly minutes: number;
}

export interface OracleOptions {
  readonly minutes: readonly TrueMinute[];
  readonly outages: readonly Outage[];
  readonly quietRows: 'zero' | 'absent';
  /** Draws from 0 up to 1. */
  readonly random: () => number;
}

/**
 * A market that knows its truth and tells it as exchanges do: late, twice, in disorder, revised, or
 * not at all.
 */
export const oracleMarket = ({ minutes, outages, quietRows, random }: OracleOptions) => {
  const timeOf = (i: number): EpochMs => START + i * MINUTE_MS;
  const tradesAt = (i: number): PublicTrade[] => {
    const { open, high, low, close, volume } = minutes[i]!;
    if (volume === 0) return [];
    return [open, high, low, close].map((price, n) => ({
      id: null,
      at: timeOf(i) + n * 15_000,
      price,
      size: volume / 4,
      side: null,
    }));
  };
  const rowAt = (i: number, now: EpochMs): unknown[] | null => {
    const { open, high, low, close, volume, lateBy, wrongFor, vanishes, isBad } = minutes[i]!;
    const age = (now - timeOf(i)) / MINUTE_MS - 1;
    const at = timeOf(i) / 1_000;
    if (isBad) return [at, 'NaN', String(high), String(low), String(close), '0', String(volume), 4];
    if (age >= 0 && age < lateBy) return null;
    if (vanishes && age >= vanishes.after && age < vanishes.after + vanishes.minutes) return null;
    if (volume === 0 && quietRows === 'absent' && age >= 0) return null;
    const told = age < wrongFor ? [open, high, low, open, volume / 2] : [open, high, low, close, volume];
    const vwap = volume === 0 ? 0 : (open + high + low + close) / 4;
    return [at, ...told.toSpliced(4, 0, vwap).map(String), volume === 0 ? 0 : 4];
  };
  const check = (now: EpochMs) => {
    const minute = (now - START) / MINUTE_MS;
    if (outages.some(({ from, minutes: length }) => minute >= from && minute < from + length))
      throw new ExchangeFailure(random() < 0.5 ? 'temporary' : 'circuit_open', 'an outage');
  };
  return {
    ohlc: (since: EpochMs, now: EpochMs): OhlcAnswer => {
      check(now);
      const forming = Math.floor((now - START) / MINUTE_MS);
      const rows: unknown[][] = [];
      for (let i = Math.max(0, forming - 719, Math.ceil((since - START) / MINUTE_MS)); i <= forming; i++) {
        const row = rowAt(i, now);
        if (row) rows.push(row);
        if (row && random() < 0.05) rows.push([...row]);
      }
      if (random() < 0.2) rows.reverse();
      return readOhlc({ [PAIR.id]: rows, last: 0 }, { pair: PAIR, intervalMinutes: 1, since, now });
    },
    trades: (sinceNs: string, now: EpochMs): TradesAnswer => {
      check(now);
      const after = Number(BigInt(sinceNs) / 1_000n) / 1_000;
      const page: PublicTrade[] = [];
      let rejected = 0;
      for (let i = Math.max(0, Math.floor((after - START) / MINUTE_MS)); timeOf(i) <= now && page.length < PAGE; i++) {
        const some = tradesAt(i).filter(({ at }) => at > after && at <= now);
        if (minutes[i]!.isLost) rejected += some.length;
        else page.push(...some.slice(0, PAGE - page.length));
      }
      const end = page.at(-1);
      return { trades: page, last: end ? `${end.at}000000` : sinceNs, rejected };
    },
    /** The minutes that are over and settled by now. */
    settled: (now: EpochMs) => minutes.slice(0, Math.floor((now - KRAKEN_HISTORY.settleMs - START) / MINUTE_MS)),
  };
};
export type OracleMarket = ReturnType<typeof oracleMarket>;

/** A draw from 0 up to 1 that a seed decides. */
export const drawsFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** How often what happens, as shares of the minutes. */
export interface Troubles {
  readonly late: number;
  readonly wrong: number;
  readonly bad: number;
  readonly lost: number;
  /** Of those that are wrong for up to an hour, or vanish for up to half of one. */
  readonly slow?: number;
}

/** A random walk in cents, a third of its minutes quiet, some of its closes absurd. */
export const randomMinutes = (count: number, random: () => number, troubles: Troubles): TrueMinute[] => {
  let last = 100;
  return Array.from({ length: count }, (_, i) => {
    const cents = (value: number) => Math.max(1, Math.round(value * 100)) / 100;
    const clean = { lateBy: 0, wrongFor: 0, vanishes: null, isBad: false, isLost: false };
    if (i > 0 && random() < 0.3) return { open: last, high: last, low: last, close: last, volume: 0, ...clean };
    const open = last;
    const close = cents(random() < 0.01 ? last * 3 : last * (0.99 + 0.02 * random()));
    const high = cents(Math.max(open, close) * 1.001);
    const low = cents(Math.min(open, close) * 0.999);
    if (close < 2 * last) last = close;
    const isBad = i > 0 && random() < troubles.bad;
    const isSlow = i > 0 && random() < (troubles.slow ?? 0);
    const slow = isSlow ? 1 + Math.floor(random() * 59) : 0;
    return {
      open,
      high,
      low,
      close,
      volume: (1 + Math.floor(random() * 1_000)) * 0.04,
      lateBy: i > 0 && random() < troubles.late ? 1 + Math.floor(random() * 3) : 0,
      wrongFor: Math.max(slow, random() < troubles.wrong ? 1 + Math.floor(random() * 3) : 0),
      vanishes: isSlow ? { after: Math.floor(random() * 4), minutes: 1 + Math.floor(random() * 30) } : null,
      isBad,
      isLost: isBad && random() < troubles.lost,
    };
  });
};
