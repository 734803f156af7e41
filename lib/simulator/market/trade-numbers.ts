import { DAY_MS, MINUTE_MS, type EpochMs } from '../../units.js';
import { recent } from './recent.js';
import { tradeCounts } from './trades.js';

/**
 * The first trade of 2026 has this number in every market; there is room for all trades since 2014
 * before it.
 */
const FIRST_OF_2026 = 400_000_000;
const DAY_2026 = Date.UTC(2026, 0, 1) / DAY_MS;

const days = recent<Uint8Array>(64);
const countsOf = (symbol: string, seed: number, day: number): Uint8Array =>
  days(`${seed}/${symbol}/${day}`, () => tradeCounts(symbol, seed, day));
const sumOf = (counts: Uint8Array, to = counts.length): number => {
  let sum = 0;
  for (let i = 0; i < to; i++) sum += counts[i]!;
  return sum;
};

/** Numbers of the first trades of days, by market: from 2026 on, and backwards before. */
const firsts = new Map<string, { readonly after: number[]; readonly before: number[] }>();

const firstOfDay = (symbol: string, seed: number, day: number): number => {
  const key = `${seed}/${symbol}`;
  const known = firsts.get(key) ?? { after: [FIRST_OF_2026], before: [FIRST_OF_2026] };
  firsts.set(key, known);
  const { after, before } = known;
  while (after.length <= day - DAY_2026)
    after.push(after.at(-1)! + sumOf(tradeCounts(symbol, seed, DAY_2026 + after.length - 1)));
  while (before.length <= DAY_2026 - day)
    before.push(before.at(-1)! - sumOf(tradeCounts(symbol, seed, DAY_2026 - before.length)));
  return day >= DAY_2026 ? after[day - DAY_2026]! : before[DAY_2026 - day]!;
};

/**
 * The number of the first trade at or after this minute. A market's trades are numbered without
 * holes, which takes about a millisecond for each day between it and 2026, once.
 */
export const tradeNumber = (symbol: string, seed: number, minute: EpochMs): number => {
  const day = Math.floor(minute / DAY_MS);
  const i = Math.floor((minute - day * DAY_MS) / MINUTE_MS);
  return firstOfDay(symbol, seed, day) + sumOf(countsOf(symbol, seed, day), i);
};
