import { MINUTE_MS, wholeMinute, type EpochMs } from '../units.js';
import type { ClosedTrade, EqualMinutes, Pause } from './protection.js';
import { PROTECTIONS, type ProtectionReason, type ProtectionSettings } from './protection-catalogue.js';

/** The past of a portfolio that its protections need. Plain JSON. */
export interface PortfolioHistory {
  /** Trades that closed, in the order in which they were booked. */
  closes: ClosedTrade[];
  /** The last minute whose equity is known; null before it, and while no protection is on. */
  markedUntil: EpochMs | null;
  /** By protection. */
  states: Partial<Record<ProtectionReason, unknown>>;
}

/** A pause with the protection that makes it. */
export interface ReasonedPause extends Pause {
  readonly reason: ProtectionReason;
}

interface Terms {
  readonly protections: ProtectionSettings;
}

/** The history of a portfolio that has none. */
export const noHistory = (): PortfolioHistory => ({ closes: [], markedUntil: null, states: {} });

/** By settings, which do not change: asked for each entry, and for each row of a dataset. */
const known = new WeakMap<ProtectionSettings, boolean>();

/** Whether any protection is on. */
export const isProtected = ({ protections }: Terms): boolean => {
  const before = known.get(protections);
  if (before !== undefined) return before;
  const isAny = PROTECTIONS.some(({ isOn }) => isOn(protections));
  known.set(protections, isAny);
  return isAny;
};

/** Forgets closed trades that no protection needs any longer. */
const forget = (history: PortfolioHistory, { protections }: Terms, now: EpochMs): void => {
  let longest = 0;
  for (const { isOn, remembersMs } of PROTECTIONS)
    if (remembersMs && isOn(protections)) longest = Math.max(longest, remembersMs(protections));
  if (longest === 0) history.closes.length = 0;
  else if (history.closes.some(({ at }) => at < now - longest))
    history.closes = history.closes.filter(({ at }) => at >= now - longest);
};

/**
 * Passes the equity at minutes' closes to the protections; minutes that are known already are
 * skipped, and so is an equity that is not a number. While none is on, it keeps nothing.
 */
export const markMinutes = (history: PortfolioHistory, { from, to, equity }: EqualMinutes, terms: Terms): void => {
  if (!isProtected(terms)) {
    history.closes.length = 0;
    if (history.markedUntil !== null) Object.assign(history, noHistory());
    return;
  }
  const first = Math.max(from, (history.markedUntil ?? -Infinity) + MINUTE_MS);
  if (first > to || Number.isNaN(equity)) return;
  forget(history, terms, to);
  const { protections } = terms;
  const states: PortfolioHistory['states'] = {};
  for (const { reason, isOn, advance } of PROTECTIONS)
    if (advance && isOn(protections))
      states[reason] = advance(history.states[reason] ?? null, { from: first, to, equity }, protections);
  history.states = states;
  history.markedUntil = to;
};

/**
 * The pauses in force at a moment, as far as minutes that have closed by then make them, in the
 * order of the protections.
 */
export const pausesAt = (history: PortfolioHistory, terms: Terms, at: EpochMs): readonly ReasonedPause[] => {
  if (!isProtected(terms)) return [];
  const closed = wholeMinute(at);
  const closes = history.closes.filter(close => close.at <= closed).sort((a, b) => a.at - b.at);
  return PROTECTIONS.flatMap(({ reason, isOn, pauses }) =>
    isOn(terms.protections)
      ? pauses({ closes, state: history.states[reason] ?? null }, terms.protections)
          .filter(({ until }) => at < until)
          .map(pause => ({ ...pause, reason }))
      : [],
  );
};

/** The first protection that keeps a market from being entered; null if none does. */
export const pauseReason = (
  history: PortfolioHistory,
  symbol: string,
  at: EpochMs,
  terms: Terms,
): ProtectionReason | null => {
  if (!isProtected(terms)) {
    if (history.closes.length > 0) history.closes = [];
    return null;
  }
  return pausesAt(history, terms, at).find(pause => pause.symbol === null || pause.symbol === symbol)?.reason ?? null;
};
