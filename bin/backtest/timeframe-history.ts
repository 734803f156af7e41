import type { ClientBase } from 'pg';
import { HISTORY_CANDLES, timeframeHistoryOf, type TimeframeHistory } from '../../lib/indicators/timeframe-history.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { readTimeframeCandles } from '../../lib/world/store/candles/timeframes.js';
import { queryOn } from '../../lib/world/store/sql.js';

/** Stored higher-timeframe candles for series starting from `from` to `to`; undefined if none. */
export const storedTimeframeHistory = async (
  client: ClientBase,
  ids: readonly number[],
  timeframes: readonly number[],
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): Promise<TimeframeHistory | undefined> => {
  const earlier = HISTORY_CANDLES * Math.max(0, ...timeframes) * MINUTE_MS;
  return timeframeHistoryOf(
    await readTimeframeCandles(queryOn(client), { ids, timeframes, from: from - earlier, to }),
    ids,
  );
};
