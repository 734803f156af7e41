/** Remembers results by key. */
export interface Recent<V> {
  (key: string, make: () => V): V;
  /** Remembers at least this many from now on. */
  reserve(capacity: number): void;
}

/**
 * Remembers the latest `capacity` results of a pure function by key, so that asking minute by
 * minute does not compute a whole day each time. It changes how long an answer takes, never the
 * answer.
 */
export const recent = <V>(capacity: number): Recent<V> => {
  const known = new Map<string, V>();
  let room = capacity;
  let latest: { readonly key: string; readonly value: V } | null = null;
  const remember = (key: string, make: () => V): V => {
    if (latest?.key === key) return latest.value; // a caller that walks through a day requests it a thousand times in a row
    let value = known.get(key);
    if (value === undefined) {
      value = make();
      const [oldest] = known.keys();
      if (known.size >= room && oldest !== undefined) known.delete(oldest);
    } else known.delete(key);
    known.set(key, value);
    latest = { key, value };
    return value;
  };
  return Object.assign(remember, { reserve: (least: number) => void (room = Math.max(room, least)) });
};
