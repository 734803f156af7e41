import { connect, map, zip, type Observable } from 'rxjs';
import type { Tape } from '../lib/tape.js';
import { scanner, type GraphInputs } from './bot.js';
import type { SignalTape } from './strategies.js';

/**
 * Runs the tape of each value through the scanner's graph and emits the value with the decisions on
 * its tape.
 *
 *     values    a--b--c--|
 *     signals   A--B--C--|    A is a, with its signal
 */
export const withSignals = <T>(
  value$: Observable<T>,
  tapeOf: (value: T) => Tape,
  world: Omit<GraphInputs, 'opening' | 'tape$'>,
): Observable<readonly [T, SignalTape]> =>
  value$.pipe(connect(values$ => zip(values$, scanner({ ...world, tape$: values$.pipe(map(tapeOf)) }))));
