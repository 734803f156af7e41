import type { Settings } from '../../lib/settings/settings.js';
import type { EpochMs } from '../../lib/units.js';

/** What the market of a run is: the exchange itself, or a simulated one. */
export type Mode = 'live' | 'simulated';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Whether a run watches the real exchange. An address on this machine, or a clock that runs at another speed than ours, is a
 * simulator's: what is seen there never shares a database with the real one.
 */
export const modeOf = ({ url, clockSpeed }: Pick<Settings['exchange'], 'url' | 'clockSpeed'>): Mode =>
  clockSpeed !== 1 || (url !== null && LOOPBACK.test(new URL(url).hostname)) ? 'simulated' : 'live';

/** A minute of the market's clock for a log line: 2026-03-14 15:02Z. A simulated clock says so, as the line's own time is real. */
export const marketTime = (mode: Mode, at: EpochMs): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z${mode === 'simulated' ? ' (simulated)' : ''}`;

/** Set by `bot run --simulate --no-limits` for its processes. */
export const UNLIMITED = 'BOT_SIMULATOR_UNLIMITED';
