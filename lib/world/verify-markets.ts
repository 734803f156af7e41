import { setImmediate as turn } from 'node:timers/promises';
import { lastStretch, verifyIndicators } from '../indicators/verify.js';
import type { Difference, Verification } from '../market-data/ports.js';
import type { IndicatorSettings } from '../settings/settings.js';
import { laneEnd, sliceTape } from '../tape.js';
import { MINUTE_MS, wholeMinute, type EpochMs } from '../units.js';
import { connectForBulk, type Connection } from './database/index.js';
import { readTapes } from './store/candles/read.js';
import { loadTulind } from './tulind.js';

/** Three days: 288 candles of 15 minutes. */
const MINUTES = 4_320;

/** Which markets are verified, and up to when. */
export interface VerifyMarketsOptions {
  /** By lane. */
  readonly ids: readonly number[];
  readonly indicators: IndicatorSettings;
  readonly now: EpochMs;
  readonly signal?: AbortSignal;
  /** Compares a stretch with the reference; default a fresh set of kernels. */
  readonly verify?: typeof verifyIndicators;
}

/**
 * Compares every market's indicators with the reference, on its own last stored candles. A market
 * without stored candles agrees. Throws the database client's errors.
 */
export const verifyMarkets = async (
  connection: Connection,
  { ids, indicators, now, signal, verify = verifyIndicators }: VerifyMarketsOptions,
): Promise<Verification> => {
  const tulind = await loadTulind();
  const client = await connectForBulk(connection);
  const to = wholeMinute(now);
  const agreeing = new Set<number>();
  const differences: Difference[] = [];
  try {
    for (const [market, id] of ids.entries()) {
      if (signal?.aborted) break;
      for await (const tape of readTapes(client, [{ id }], to - MINUTES * MINUTE_MS, to, MINUTES)) {
        const differing = await verify(lastStretch(sliceTape(tape, 0, laneEnd(tape, 0)), 0), indicators, tulind);
        await turn();
        if (differing.length === 0) agreeing.add(market);
        else {
          const { key, minute, ours, reference } = differing[0]!;
          differences.push({ market, key, at: minute, ours, reference, count: differing.length });
        }
      }
    }
  } finally {
    await client.end().catch(() => undefined);
  }
  return { agreeing, differences, markets: ids.length };
};
