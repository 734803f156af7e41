import { setImmediate as turn } from 'node:timers/promises';
import { lastStretch, verifyIndicators } from '../../lib/indicators/verify.js';
import type { Log } from '../../lib/log/log.js';
import { isoTime } from '../../lib/report/time.js';
import type { IndicatorSettings } from '../../lib/settings/settings.js';
import { laneEnd, sliceTape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs, wholeMinute } from '../../lib/units.js';
import { connectForBulk, type Database } from '../../lib/world/database/index.js';
import { readTapes } from '../../lib/world/store/candles/read.js';
import { loadTulind } from '../../lib/world/tulind.js';

/** Which markets' indicators agree with the reference. */
export interface Trust {
  /** Holds every market's indicators against the reference, on its own last stored candles up to `now`. */
  check(now: EpochMs): Promise<void>;
  /** Whether a market may be traded: its indicators agreed when they were last looked at. */
  of(market: number): boolean;
}

/** Three days: 288 candles of 15 minutes. */
const MINUTES = 4_320;

/** What is held against the reference, and where it is told. */
export interface TrustOptions {
  readonly database: Pick<Database, 'connection'>;
  readonly log: Pick<Log, 'error' | 'info'>;
  readonly indicators: () => IndicatorSettings;
  /** The markets, by lane. */
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  /** What is held against the reference; a fresh set of kernels unless told. */
  readonly verify?: typeof verifyIndicators;
}

/** Nobody is trusted before the first check. */
export const openTrust = ({
  database,
  log,
  indicators,
  symbols,
  ids,
  verify = verifyIndicators,
}: TrustOptions): Trust => {
  let agreeing: ReadonlySet<number> = new Set();
  return {
    of: market => agreeing.has(market),
    check: async now => {
      const tulind = await loadTulind();
      const client = await connectForBulk(database.connection);
      const to = wholeMinute(now);
      const found = new Set<number>();
      try {
        for (const [market, id] of ids.entries())
          for await (const tape of readTapes(client, [{ id }], to - MINUTES * MINUTE_MS, to, MINUTES)) {
            const differing = await verify(lastStretch(sliceTape(tape, 0, laneEnd(tape, 0)), 0), indicators(), tulind);
            await turn();
            if (differing.length === 0) {
              found.add(market);
              continue;
            }
            const { key, minute, ours, reference } = differing[0]!;
            log.error(
              { market: symbols[market] },
              `it is not traded: ${key} is ${ours} at ${isoTime(minute)}, the reference says ${reference} (${differing.length} values differ)`,
            );
          }
      } finally {
        await client.end().catch(() => undefined);
      }
      agreeing = found;
      log.info(`the indicators of ${found.size} of ${ids.length} markets agree with the reference within 1e-9`);
    },
  };
};
