import { NOTHING_STORED, SeenTapes, type StoredMinutes } from '../../lib/training/stored.js';
import type { Configuration } from '../../lib/settings/settings.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { readFirstSeen, readMinutes } from '../../lib/world/store/candles/minutes.js';
import type { CommandWorld } from '../world.js';

/** A tape settled and as first seen, with its stored columns. */
export interface InputTape {
  readonly seen: Tape;
  readonly settled: Tape;
  readonly stored: StoredMinutes;
}

/**
 * Adds the stored columns to each tape; outside the period only revised first-seen values. `decisions`
 * are those of the strategy, default momentum's.
 */
export const withStored = async function* (
  { client, configuration }: Pick<CommandWorld, 'client'> & { readonly configuration: Pick<Configuration, 'settings'> },
  tapes: AsyncIterable<Tape>,
  ids: readonly number[],
  { from: begin, to }: { readonly from: EpochMs; readonly to: EpochMs },
  decisions?: readonly string[],
): AsyncGenerator<InputTape, void, undefined> {
  const seenTapes = new SeenTapes(ids.length);
  const { snapshotIntervalMs } = configuration.settings.application;
  for await (const settled of tapes) {
    const { start, minutes } = settled;
    const grid = { start, minutes, ids };
    const isOutside = start + minutes * MINUTE_MS <= begin || start >= to;
    const stored = isOutside
      ? { ...NOTHING_STORED, firstSeen: await readFirstSeen(client, grid) }
      : await readMinutes(client, grid, snapshotIntervalMs, decisions);
    yield { seen: seenTapes.of(settled, stored.firstSeen), settled, stored };
  }
};
