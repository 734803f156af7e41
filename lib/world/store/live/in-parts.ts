/** Markets per statement, so that each finishes in time on a slow machine too. */
const AT_ONCE = 25;

/** Reads data of many markets in parts, as one map. */
export const inParts = async <V>(
  ids: readonly number[],
  read: (part: readonly number[]) => Promise<ReadonlyMap<number, V>>,
): Promise<ReadonlyMap<number, V>> => {
  const all = new Map<number, V>();
  for (let from = 0; from < ids.length; from += AT_ONCE)
    for (const [id, value] of await read(ids.slice(from, from + AT_ONCE))) all.set(id, value);
  return all;
};
