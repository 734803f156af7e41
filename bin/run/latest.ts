import { laneEnd } from '../../lib/tape.js';
import { Verdict } from '../../lib/universe/verdict.js';
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
  /** What is to be kept of a market, all of it as of its last candle; null before its first. */
  of(market: number): Pick<Snapshot, 'ohlcv' | 'indicators' | 'sentiment' | 'correlationBtc'> | null;
}

export const latestOf = (markets: number): Latest => {
  const seen: (Seen | null)[] = Array.from({ length: markets }, () => null);
  const verdicts = new Uint8Array(markets);

  return {
    take: signal => {
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
      const indicators = indicatorsAt(signal, cell);
      const contextual = (key: 'breadth' | 'correlation_btc') => {
        const value = indicators[key] ?? NaN;
        return Number.isNaN(value) ? null : value;
      };
      return {
        ohlcv: {
          ...{ open: signal.open[cell]!, high: signal.high[cell]!, low: signal.low[cell]!, close: signal.close[cell]! },
          volume: signal.volume[cell]!,
        },
        indicators,
        sentiment: contextual('breadth'),
        correlationBtc: contextual('correlation_btc'),
      };
    },
  };
};
