/** What a model consumed; null where the provider does not say. */
export interface Usage {
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** Part of `promptTokens` that was served from a cache. */
  readonly cachedTokens: number | null;
  readonly costUsd: number | null;
}

/** Token ids and log-probabilities of one turn, as the inference engine sampled them: what training consumes. */
export interface Sample {
  /** Shape `[promptLength]`. */
  readonly promptTokenIds: readonly number[];
  /** Shape `[outputLength]`. */
  readonly outputTokenIds: readonly number[];
  /** Natural logarithms, shape `[outputLength]`. */
  readonly outputLogprobs: readonly number[];
}
