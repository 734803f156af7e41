/**
 * A row of a file: the minute that it is of, null where its time is of no use; its close; `bad`
 * where it is no candle.
 */
export interface OracleRow {
  readonly minute: number | null;
  readonly close: number;
  readonly kind: 'traded' | 'quiet' | 'bad';
}

/** A stored minute: its close, marked `q` for quiet and `!` for suspect. */
export type OracleMinute = `${number}` | `${number}q` | `${number}!`;

export interface OracleImportRules {
  readonly maxQuietMinutes: number;
  /** A ratio. */
  readonly maxJump: number;
}

/** The minutes of which a file's bad rows stand. */
const damagedIn = (file: readonly OracleRow[], maxQuietMinutes: number): number[] =>
  file.flatMap(({ minute, kind }, i) => {
    if (minute !== null) return kind === 'bad' ? [minute] : [];
    const before = file.slice(0, i).findLast(row => row.minute !== null)?.minute;
    const behind = file.slice(i).find(row => row.minute !== null)?.minute;
    if (before === undefined && behind === undefined) return [];
    const [one, other] = [before ?? behind! - maxQuietMinutes - 1, behind ?? before! + maxQuietMinutes + 1];
    const minutes: number[] = [];
    for (let at = Math.min(one, other) + 1; at < Math.max(one, other); at++) minutes.push(at);
    return minutes;
  });

/**
 * What is stored of a market, by minute, after files have been imported one after the other,
 * recomputed from semantics §1 alone: minute by minute, out of everything that the files say.
 */
export const storedByWords = (
  files: readonly (readonly OracleRow[])[],
  { maxQuietMinutes, maxJump }: OracleImportRules,
): ReadonlyMap<number, OracleMinute> => {
  const damaged = new Set(files.flatMap(file => damagedIn(file, maxQuietMinutes)));
  const known = new Map<number, OracleRow>();
  for (const file of files) {
    const own = new Map(file.flatMap(row => (row.minute === null || row.kind === 'bad' ? [] : [[row.minute, row]])));
    for (const [minute, row] of own)
      if (row.kind === 'traded' || known.get(minute)?.kind !== 'traded') known.set(minute, row);
  }

  const minutes = [...known.keys()].sort((a, b) => a - b);
  const stored = new Map<number, OracleMinute>();
  let previousClose: number | null = null;
  let lastGood: number | null = null;
  let suspectClose: number | null = null;
  minutes.forEach((minute, i) => {
    const before = minutes[i - 1];
    let follows = before !== undefined;
    if (before !== undefined) {
      const isQuiet = minute - before - 1 <= maxQuietMinutes;
      let end = before + 1;
      for (; isQuiet && end < minute && !damaged.has(end); end++) stored.set(end, `${previousClose!}q`);
      follows = end === minute;
    }
    const { close, kind } = known.get(minute)!;
    if (kind === 'quiet') {
      if (!follows) previousClose = close;
      stored.set(minute, `${previousClose!}q`);
      return;
    }
    const within = (of: number) => Math.abs(close - of) <= maxJump * of;
    const isSuspect = lastGood !== null && !within(lastGood) && !(suspectClose !== null && within(suspectClose));
    stored.set(minute, isSuspect ? `${close}!` : `${close}`);
    suspectClose = isSuspect ? close : null;
    if (!isSuspect) previousClose = lastGood = close;
  });
  return stored;
};
