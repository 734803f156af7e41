import type { EpochMs } from '../../lib/units.js';
import { counted, some } from '../report/format.js';

/** A log line on the whole exchange, and whether somebody should look into it. */
export interface Words {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

/** How far recovery got: `behind` are the lanes that have not given all their minutes up to now, `trouble` the last thing that went wrong. */
export const recoveredWords = (
  behind: readonly number[],
  symbols: readonly string[],
  trouble: string | null,
): Words => {
  if (behind.length === 0)
    return { level: 'info', text: 'caught up with the exchange; evaluating the strategy from now on' };
  const why = trouble === null ? '' : ` (last: ${trouble})`;
  if (behind.length === symbols.length)
    return {
      level: 'warn',
      text: `no market has caught up with the exchange yet${why}: nothing is decided until its answers come`,
    };
  const markets = some(behind.map(market => symbols[market]!));
  return {
    level: 'warn',
    text: `${symbols.length - behind.length} of ${counted(symbols.length, 'market', 'markets')} have caught up with the exchange, and not ${markets}${why}: nothing is decided on those until their minutes come`,
  };
};

/** An opportunity of which nothing but its record remains: it was older than it may be when it was found. */
export interface LateOpportunity {
  readonly symbol: string;
  readonly at: EpochMs;
}

/** Opportunities that were found too late, all in one line; `timeOf` writes a minute of the market's clock. */
export const lateWords = (late: readonly LateOpportunity[], timeOf: (at: EpochMs) => string): string => {
  const minutes = late.map(({ at }) => at);
  const [first, last] = [Math.min(...minutes), Math.max(...minutes)];
  const when = first === last ? `of ${timeOf(first)}` : `from ${timeOf(first)} to ${timeOf(last)}`;
  const symbols = [...new Set(late.map(({ symbol }) => symbol))].toSorted();
  return `${counted(late.length, 'opportunity', 'opportunities')} ${when} found too late to be bought, on ${some(symbols)}`;
};
