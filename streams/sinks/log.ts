import { tap, type MonoTypeOperatorFunction } from 'rxjs';

/** Describes each value, in a log or a progress line, and passes it on. */
export const log = <T>(describe: (value: T) => void): MonoTypeOperatorFunction<T> => tap(describe);
