/**
 * Remembers the latest `capacity` results of a pure function by key, so that asking minute by minute does not
 * compute a whole day each time. It changes how long an answer takes, never the answer.
 */
export const recent = <V>(capacity: number): ((key: string, make: () => V) => V) => {
  const known = new Map<string, V>();
  return (key, make) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make();
      const [oldest] = known.keys();
      if (known.size >= capacity && oldest !== undefined) known.delete(oldest);
    } else known.delete(key);
    known.set(key, value);
    return value;
  };
};
