import { map, type MonoTypeOperatorFunction } from 'rxjs';

/** Tells a listener of each value and passes it on. */
export const narrate = <T>(tell: (value: T) => void): MonoTypeOperatorFunction<T> =>
  map(value => {
    tell(value);
    return value;
  });
