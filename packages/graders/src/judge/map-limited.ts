/** How many at once, and until when. */
export interface MapLimits {
  readonly maxConcurrent: number;
  readonly signal: AbortSignal;
}

/** Maps in order of the items, a bounded number at once. The first failure fires the others' signal, waits for them, and is thrown. */
export async function mapLimited<TItem, TResult>(
  items: readonly TItem[],
  limits: MapLimits,
  map: (item: TItem, signal: AbortSignal) => Promise<TResult>,
): Promise<readonly TResult[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([limits.signal, failure.signal]);
  const results = new Array<TResult>(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      signal.throwIfAborted();
      results[index] = await map(item, signal);
    }
  };
  const workers = Array.from({ length: Math.min(limits.maxConcurrent, items.length) }, () =>
    worker().catch((error: unknown) => failure.abort(error)),
  );
  await Promise.all(workers);
  signal.throwIfAborted();
  return results;
}
