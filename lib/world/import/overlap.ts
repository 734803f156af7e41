import { FIRST_CANDLE, badRow, isQuiet } from '../../market-data/bad-row.js';
import { MINUTE_MS, type EpochMs } from '../../units.js';
import { readCandleFile } from './csv.js';
import type { Survey } from './survey.js';

/** Two surveyed files of one market that hold rows of the same time. */
export type Overlap = readonly [Survey, Survey];

/** The pairs of files of one market whose periods overlap. */
export const overlapsAmong = (surveys: readonly Survey[]): readonly Overlap[] => {
  const ofMarkets = new Map<string, Survey[]>();
  const overlaps: Overlap[] = [];
  for (const survey of surveys) {
    const before = ofMarkets.get(survey.file.symbol) ?? [];
    for (const other of before) if (other.from <= survey.to && survey.from <= other.to) overlaps.push([other, survey]);
    ofMarkets.set(survey.file.symbol, [...before, survey]);
  }
  return overlaps;
};

/** 53 bits of a row: two different rows collide once in 10 ** 15 times. */
const digestOf = (words: Uint32Array): number => {
  let [one, other] = [0x811c9dc5, 0x9e3779b9];
  for (const word of words) {
    one = Math.imul(one ^ word, 0x01000193);
    one ^= one >>> 15;
    other = Math.imul(other ^ word, 0x85ebca6b);
    other ^= other >>> 13;
  }
  return (one >>> 0) * 2 ** 21 + (other >>> 11) + 1;
};

const UNKNOWN = -1;

/**
 * The hashes of a file's traded rows per minute of a period, the last row of a minute counting; 0
 * if there is none.
 */
const rowsWithin = async ({ file }: Survey, from: EpochMs, to: EpochMs, now: EpochMs, afterPiece: () => void) => {
  const minutes = (to - from) / MINUTE_MS + 1;
  const digests = new Float64Array(minutes);
  const counts = new Int32Array(minutes);
  const values = new Float64Array(5);
  const words = new Uint32Array(values.buffer);
  await readCandleFile(
    file,
    (_line, at, open, high, low, close, volume, trades) => {
      if (!(at >= from && at <= to) || isQuiet(volume, trades)) return;
      if (badRow(at, open, high, low, close, volume, trades, now, FIRST_CANDLE)) return;
      values.set([open, high, low, close, volume]);
      const minute = (at - from) / MINUTE_MS;
      digests[minute] = digestOf(words);
      counts[minute] = Number.isNaN(trades) ? UNKNOWN : trades;
    },
    afterPiece,
  );
  return { digests, counts };
};

/**
 * The first minute for which two files have different rows; null if there is none. A missing row, a
 * row without trades or an unknown number of trades is no difference.
 */
export const contradiction = async (
  [one, other]: Overlap,
  now: EpochMs,
  afterPiece: () => void,
): Promise<EpochMs | null> => {
  const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
  const a = await rowsWithin(one, from, to, now, afterPiece);
  const b = await rowsWithin(other, from, to, now, afterPiece);
  for (let minute = 0; minute < a.digests.length; minute++) {
    if (a.digests[minute] === 0 || b.digests[minute] === 0) continue;
    const [x, y] = [a.counts[minute]!, b.counts[minute]!];
    if (a.digests[minute] !== b.digests[minute] || (x !== y && x !== UNKNOWN && y !== UNKNOWN))
      return from + minute * MINUTE_MS;
  }
  return null;
};
