import { isDeepStrictEqual } from 'node:util';
import { defer, map, type OperatorFunction } from 'rxjs';
import type { IndicatorColumns } from '../lib/indicators/columns.js';
import type { TimeframeHistory } from '../lib/indicators/timeframe-history.js';
import type { CandleKind, RequestedColumns } from '../lib/indicators/request.js';
import { IndicatorSet, type IndicatorValues } from '../lib/indicators/set.js';
import type { IndicatorSettings } from '../lib/settings/settings.js';
import type { StampedTape } from './stamp.js';

/** A tape with its indicator columns. */
export interface IndicatorTape extends StampedTape {
  readonly indicators: IndicatorColumns;
  /** Candles of each kind in the running series. */
  readonly candles: ReadonlyMap<CandleKind, Uint32Array>;
}

/**
 * Adds the indicator columns, those that the strategies request among them. With other periods, or a
 * request that is not among those so far, the indicators restart with the first tape that has it:
 * strategies that are removed disturb no other. With `reuse` the columns of a tape are overwritten by those of the next,
 * for a consumer that has finished with it by then. With `timeframeHistory` the higher timeframes
 * start from stored candles.
 */
export const withIndicators =
  (markets: number, reuse = false, timeframeHistory?: TimeframeHistory): OperatorFunction<StampedTape, IndicatorTape> =>
  tape$ =>
    defer(() => {
      let set: IndicatorSet | undefined;
      let periods: IndicatorSettings | undefined;
      let requested: readonly RequestedColumns[] = [];
      let spent: IndicatorValues | undefined;
      return tape$.pipe(
        map(tape => {
          const wanted = tape.settings.indicators;
          const requests = tape.strategies?.flatMap(({ requested: columns }) => columns) ?? [];
          const areThere = requests.every(one => requested.includes(one));
          if (!set || !areThere || (wanted !== periods && !isDeepStrictEqual(wanted, periods))) {
            set = new IndicatorSet(wanted, markets, timeframeHistory, requests);
            requested = requests;
            spent = undefined; // its columns are others
          }
          periods = wanted;
          const values = set.advance(tape, spent);
          if (reuse) spent = values;
          return { ...tape, indicators: values.columns, candles: values.candles };
        }),
      );
    });
