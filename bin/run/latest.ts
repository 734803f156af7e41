import { RecentReturns } from '../../lib/live/returns.js';
import { laneEnd } from '../../lib/tape.js';
import { Verdict } from '../../lib/universe/verdict.js';
import type { Ratio } from '../../lib/units.js';
import type { Snapshot } from '../../lib/world/store/live/index.js';
import type { SignalTape } from '../../streams/momentum.js';
import { indicatorsAt } from './scans.js';

/** A market's last candle: where it is on which tape. */
interface Seen {
  readonly signal: SignalTape;
  readonly cell: number;
}

/** What the last tapes said of each market. */
export interface Latest {
  take(signal: SignalTape): void;
  /** Lanes that are tradable by the last verdict. */
  tradable(): readonly number[];
  /** What is to be kept of a market; null before its first candle. */
  of(market: number): Pick<Snapshot, 'ohlcv' | 'indicators' | 'correlationBtc'> | null;
  /** Share of the markets that rose over a quarter of an hour, scaled to −1…1, each as last known; null where none is. */
  breadth(): Ratio | null;
}

/** `traded` lanes count towards breadth; `bitcoin` is the lane to correlate with, -1 if there is none. */
export const latestOf = (markets: number, traded: number, bitcoin: number): Latest => {
  const seen: (Seen | null)[] = Array.from({ length: markets }, () => null);
  const verdicts = new Uint8Array(markets);
  const returns = new RecentReturns(markets);

  return {
    take: signal => {
      returns.take(signal);
      for (let market = 0; market < markets; market++) {
        const end = laneEnd(signal, market);
        if (end === 0) continue;
        const at = market * signal.minutes + end - 1;
        verdicts[market] = signal.verdict[at]!;
        seen[market] = { signal, cell: at };
      }
    },
    tradable: () => [...verdicts.keys()].filter(market => verdicts[market] === Verdict.tradable),
    of: market => {
      const known = seen[market];
      if (!known) return null;
      const { signal, cell } = known;
      return {
        ohlcv: {
          ...{ open: signal.open[cell]!, high: signal.high[cell]!, low: signal.low[cell]!, close: signal.close[cell]! },
          volume: signal.volume[cell]!,
        },
        indicators: indicatorsAt(signal, cell),
        correlationBtc: bitcoin < 0 ? null : returns.correlation(market, bitcoin),
      };
    },
    breadth: () => {
      const known = seen.slice(0, traded).flatMap(each => {
        const roc = each?.signal.indicators.get('roc_15')?.[each.cell];
        return roc === undefined || Number.isNaN(roc) ? [] : [roc];
      });
      if (known.length === 0) return null;
      return (2 * known.filter(roc => roc > 0).length) / known.length - 1;
    },
  };
};
