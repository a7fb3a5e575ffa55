/** What the scripted model says. A string is a turn of that text. */
export type ChatReply = string | ChatReplyTurn | ChatReplyError | ChatReplyRaw | ChatReplySilence;

/** One turn of the model. */
export interface ChatReplyTurn {
  readonly content?: string | null;
  /** `arguments` that are a string are sent as they are, malformed or not; anything else as its JSON text. */
  readonly toolCalls?: readonly { readonly id?: string; readonly name: string; readonly arguments: unknown }[];
  readonly reasoning?: string;
  readonly refusal?: string;
  /** @default "tool_calls" when there are calls, else "stop" */
  readonly finishReason?: string;
  /** Overrides of the counted usage. */
  readonly usage?: {
    readonly promptTokens?: number;
    readonly completionTokens?: number;
    readonly cachedTokens?: number;
  };
  /** One per output token; sent when the request asked for `logprobs`. */
  readonly logprobs?: readonly number[];
  /** Sent when the request asked with vLLM's `return_token_ids`. */
  readonly tokenIds?: { readonly prompt: readonly number[]; readonly output: readonly number[] };
  /** Milliseconds to think. */
  readonly delayMs?: number;
}

/** An error in the API's shape. */
export interface ChatReplyError {
  readonly error: {
    readonly status: number;
    readonly message?: string;
    readonly type?: string;
    readonly code?: string | null;
    /** Sent as `retry-after`, in seconds. */
    readonly retryAfterS?: number;
    /** Sent as `retry-after-ms`. */
    readonly retryAfterMs?: number;
  };
}

/** Any bytes at all: what a broken server or proxy would send. */
export interface ChatReplyRaw {
  readonly raw: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body: string;
    /** Breaks the connection after this many bytes of the announced body. */
    readonly cutAfterBytes?: number;
  };
}

/** Never answers; the connection stays open until the client or the server closes it. */
export interface ChatReplySilence {
  readonly silent: true;
}
