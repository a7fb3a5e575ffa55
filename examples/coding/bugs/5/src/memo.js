/**
 * Remembers the results of an asynchronous function of one key, at most `size` of them; the one unused for longest goes first.
 * Concurrent calls for a key share one call; a failure is not remembered.
 */
export function memo(load, size) {
  const entries = new Map();
  return async (key) => {
    const known = entries.get(key);
    if (known !== undefined) return known();
    const value = await Promise.resolve(load(key)).then(
      (result) => () => result,
      (error) => () => {
        throw error;
      },
    );
    entries.set(key, value);
    if (entries.size > size) entries.delete(entries.keys().next().value);
    return value();
  };
}
