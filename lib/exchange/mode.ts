import type { Settings } from '../settings/settings.js';

/** The market of a run: the real exchange, or a simulated one. */
export type Mode = 'live' | 'simulated';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Whether a run watches the real exchange. An address on this machine, or a clock whose speed is
 * not 1, is a simulator's: its data never share a database with real ones.
 */
export const modeOf = ({ url, clockSpeed }: Pick<Settings['exchange'], 'url' | 'clockSpeed'>): Mode =>
  clockSpeed !== 1 || (url !== null && LOOPBACK.test(new URL(url).hostname)) ? 'simulated' : 'live';
