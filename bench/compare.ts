import type { Tape } from '../lib/tape.js';
import { momentumLoop, type LoopResult } from './compare/momentum.js';
import { technicalIndicators } from './compare/technical-indicators.js';
import { tradingSignals } from './compare/trading-signals.js';

/**
 * The momentum loop through the package trading-signals. The tapes follow one another and have the
 * same lanes.
 */
export const tradingSignalsLoop = (tapes: readonly Tape[]): LoopResult => momentumLoop(tapes, tradingSignals);

/** The same through the package technicalindicators. */
export const technicalIndicatorsLoop = (tapes: readonly Tape[]): LoopResult => momentumLoop(tapes, technicalIndicators);
