import type { TradeStretch } from '../../lib/market-data/trade-minutes.js';
import { isoTime } from '../../lib/report/time.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { count, minuteOf, NONE } from '../report/format.js';
import { table } from '../table.js';
import type { MarketOutcome } from './market.js';
import type { MarketOutcomes } from './markets.js';

const minutes = ({ from, to }: TradeStretch): number => (to - from) / MINUTE_MS;
const time = (at: EpochMs | null): string => (at === null ? NONE : minuteOf(isoTime(at)));
const sum = (stretches: readonly TradeStretch[]): number => stretches.reduce((all, each) => all + minutes(each), 0);

/**
 * The document of `--json`: the finished markets with their counts of minutes and trades (times in
 * ISO 8601, UTC), and the failures by market.
 */
export const downloadDocument = ({ done, failures }: MarketOutcomes): unknown => ({
  markets: done.map(({ symbol, from, to, start, first, inserted, suspects, leftOut, ...counts }) => ({
    symbol,
    from: isoTime(from),
    to: isoTime(to),
    resumedAt: start > from ? isoTime(start) : null,
    first: first === null ? null : isoTime(first),
    ...counts,
    stored: inserted,
    suspect: suspects,
    leftOut: leftOut.map(({ reason, ...each }) => ({ from: isoTime(each.from), to: isoTime(each.to), reason })),
  })),
  failures,
});

const noteOf = ({ symbol, start, first, leftOut }: MarketOutcome): string[] => [
  ...(first === null ? [`${symbol}: no trades in the period, and no earlier price for quiet minutes.`] : []),
  ...(first !== null && first > start && leftOut.every(({ from }) => from > start)
    ? [`${symbol}: begins at ${time(first)} with its first trade; there are no earlier trades.`]
    : []),
  ...leftOut.map(({ from, to, reason }) => `${symbol}: ${time(from)} to ${time(to)} left out: ${reason}.`),
];

/** The summary as text: a line for each market, then notes on some of them. */
export const downloadText = ({ done }: MarketOutcomes): string => {
  const notes = done.flatMap(noteOf);
  return [
    table(
      ['market', 'from', 'to (UTC)', 'trades', 'stored', 'revised', 'unchanged', 'quiet', 'suspect', 'left out'],
      done.map(({ symbol, first, start, to, trades, inserted, revised, unchanged, quiet, suspects, leftOut }) => [
        symbol,
        time(first ?? start),
        time(to),
        ...[trades, inserted, revised, unchanged, quiet, suspects, sum(leftOut)].map(count),
      ]),
    ),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
};
