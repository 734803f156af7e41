import { RecentReturns } from '../../lib/live/returns.js';
import { Cell } from '../../lib/tape.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { MINUTE_MS, type EpochMs, type Ratio } from '../../lib/units.js';
import type { Snapshot } from '../../lib/world/store/live/index.js';
import type { SignalTape } from '../../streams/momentum.js';
import { indicatorsAt } from './scans.js';

interface Seen {
  readonly at: EpochMs;
  readonly ohlcv: Readonly<Record<string, number>>;
  readonly indicators: Readonly<Record<string, number>>;
}

/** What the last tapes said of each market. */
export interface Latest {
  take(signal: SignalTape): void;
  /** Lanes that are tradable by the last verdict. */
  tradable(): readonly number[];
  /** What is to be kept of a market; null before its first candle. */
  of(market: number): Pick<Snapshot, 'ohlcv' | 'indicators' | 'sentiment' | 'correlationBtc'> | null;
}

/** `traded` lanes count towards breadth; `bitcoin` is the lane to correlate with, -1 if there is none. */
export const latestOf = (markets: number, traded: number, bitcoin: number): Latest => {
  const seen: (Seen | null)[] = Array.from({ length: markets }, () => null);
  const verdicts = new Uint8Array(markets);
  const returns = new RecentReturns(markets);

  /** Share of the markets that rose over a quarter of an hour, scaled to −1…1, each as last known. */
  const breadth = (): Ratio | null => {
    const known = seen.slice(0, traded).flatMap(each => {
      const roc = each?.indicators['roc_15'];
      return roc === undefined || Number.isNaN(roc) ? [] : [roc];
    });
    if (known.length === 0) return null;
    return (2 * known.filter(roc => roc > 0).length) / known.length - 1;
  };

  return {
    take: signal => {
      returns.take(signal);
      const { minutes, start, cell } = signal;
      for (let market = 0; market < markets; market++)
        for (let row = minutes - 1; row >= 0; row--) {
          const at = market * minutes + row;
          if (cell[at] === Cell.absent) continue;
          verdicts[market] = signal.verdict[at]!;
          seen[market] = {
            at: start + row * MINUTE_MS,
            ohlcv: {
              ...{ open: signal.open[at]!, high: signal.high[at]!, low: signal.low[at]!, close: signal.close[at]! },
              volume: signal.volume[at]!,
            },
            indicators: indicatorsAt(signal, at),
          };
          break;
        }
    },
    tradable: () => [...verdicts.keys()].filter(market => verdicts[market] === Verdict.tradable),
    of: market => {
      const known = seen[market];
      if (!known) return null;
      return {
        ohlcv: known.ohlcv,
        indicators: known.indicators,
        sentiment: breadth(),
        correlationBtc: bitcoin < 0 ? null : returns.correlation(market, bitcoin),
      };
    },
  };
};
