/** Markets that one statement is about, so that it is done in time on a slow machine as well. */
const AT_ONCE = 25;

/** Reads something of many markets, some at a time, as one map. */
export const inParts = async <V>(
  ids: readonly number[],
  read: (part: readonly number[]) => Promise<ReadonlyMap<number, V>>,
): Promise<ReadonlyMap<number, V>> => {
  const all = new Map<number, V>();
  for (let from = 0; from < ids.length; from += AT_ONCE)
    for (const [id, value] of await read(ids.slice(from, from + AT_ONCE))) all.set(id, value);
  return all;
};
