import type { EpochMs } from '../units.js';

/** 2026-04-01T00:00:00Z: ISO 8601 in UTC, to the second. */
export const isoTime = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
