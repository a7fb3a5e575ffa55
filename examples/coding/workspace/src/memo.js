/**
 * Remembers the results of an asynchronous function of one key, at most `size` of them; the one unused for longest goes first.
 * Concurrent calls for a key share one call; a failure is not remembered.
 */
export function memo(load, size) {
  const entries = new Map();
  return async (key) => {
    const known = entries.get(key);
    if (known !== undefined) {
      entries.delete(key);
      entries.set(key, known);
      return known;
    }
    const pending = load(key);
    entries.set(key, pending);
    if (entries.size > size) entries.delete(entries.keys().next().value);
    try {
      return await pending;
    } catch (error) {
      if (entries.get(key) === pending) entries.delete(key);
      throw error;
    }
  };
}
