import type { ClientBase } from 'pg';
import { MINUTE_MS, wholeMinute, type EpochMs } from '../lib/units.js';
import { now } from '../lib/world/clock.js';
import { storedSpan, storedSymbols } from '../lib/world/store/candles/extent.js';
import { openPeriod, wholePeriod, type AskedPeriod } from './arguments.js';

/** The end of the stored candles; now where there are none. */
const storedEnds = async (
  client: ClientBase,
  symbols: readonly string[] | null,
): Promise<{ readonly first: EpochMs; readonly end: EpochMs }> => {
  const span = await storedSpan(client, symbols ?? (await storedSymbols(client)));
  const at = wholeMinute(now());
  return span ? { first: span.first, end: span.last + MINUTE_MS } : { first: at - MINUTE_MS, end: at };
};

/**
 * The period that is asked for, of some markets or of all: without `--from` it begins with the
 * stored candles, without `--to` it ends with them, and `--last` is set off from its end. Throws
 * `UserError` if it ends before it begins.
 */
export const storedPeriod = async (
  client: ClientBase,
  asked: AskedPeriod,
  symbols: readonly string[] | null,
): Promise<{ readonly from: EpochMs; readonly to: EpochMs }> =>
  asked.from !== undefined && asked.to !== undefined
    ? { from: asked.from, to: asked.to }
    : wholePeriod(asked, await storedEnds(client, symbols));

/** The same, with the ends that are not asked for left open. */
export const storedOpenPeriod = async (
  client: ClientBase,
  asked: AskedPeriod,
  symbols: readonly string[] | null,
): Promise<{ readonly from?: EpochMs; readonly to?: EpochMs }> =>
  asked.last === undefined ? openPeriod(asked, NaN) : openPeriod(asked, (await storedEnds(client, symbols)).end);
