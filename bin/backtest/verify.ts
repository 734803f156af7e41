import { UserError } from '../../lib/errors.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { lastStretch, mismatchText, verifyIndicators } from '../../lib/indicators/verify.js';
import type { Settings } from '../../lib/settings/settings.js';
import type { EpochMs } from '../../lib/units.js';
import { loadTulind } from '../../lib/world/tulind.js';
import type { Terminal } from '../terminal.js';
import type { Past } from './past.js';

const MINUTES = WARM_UP_MS / 60_000;

/**
 * Checks the indicators of each market against the reference on its last candles before the end of
 * the period. A market with differences is not traded, and a warning says why.
 */
export const verifiedPast = async (
  past: Past,
  { to }: { readonly to: EpochMs },
  { indicators }: Settings,
  terminal: Terminal,
): Promise<{ readonly past: Past; readonly failures: readonly string[] }> => {
  const tulind = await loadTulind();
  const failures: string[] = [];
  const progress = terminal.progress('Verifying', past.traded);
  const failed = new Set<number>();
  for (let lane = 0; lane < past.traded; lane++) {
    const { symbol } = past.listings[lane]!.market;
    for await (const tape of past.tapes({
      from: to - WARM_UP_MS,
      to,
      minutesPerTape: MINUTES,
      lanes: [lane],
      signal: terminal.signal,
    })) {
      const mismatches = await verifyIndicators(lastStretch(tape, 0), indicators, tulind);
      if (mismatches.length === 0) continue;
      failed.add(lane);
      failures.push(`${symbol} is not traded: ${mismatchText(mismatches[0]!, mismatches.length)}`);
    }
    progress.at(lane + 1, symbol);
  }
  progress.stop();
  failures.forEach(line => terminal.err(`error: ${line}`));
  if (failed.size === past.traded)
    throw new UserError(["No market's indicators agree with the reference: nothing can be traded.", ...failures], 1);
  terminal.err(
    `verified: indicators of ${past.traded - failed.size} of ${past.traded} markets agree with the reference within 1e-9`,
  );
  const excluded = {
    ...past,
    listings: past.listings.map((listing, lane) => (failed.has(lane) ? { ...listing, auxiliary: true } : listing)),
  };
  return { past: excluded, failures };
};
