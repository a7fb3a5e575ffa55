/** A part of a message's content. */
export type ChatPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string; readonly detail?: string } }
  | { readonly type: "input_audio"; readonly input_audio: { readonly data: string; readonly format: string } };

/** A call that the model made; `arguments` is JSON text. */
export interface ChatToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** A message of a request that was found valid. */
export type ChatMessage =
  | { readonly role: "system" | "developer" | "user"; readonly content: string | readonly ChatPart[] }
  | {
      readonly role: "assistant";
      readonly content?: string | readonly ChatPart[] | null;
      readonly tool_calls?: readonly ChatToolCall[];
      readonly [member: string]: unknown;
    }
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string | readonly ChatPart[] };

/** A function that the model may call. */
export interface ChatTool {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description?: string;
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly strict?: boolean;
  };
}

/** A request that was found valid. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ChatTool[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly seed?: number;
  readonly stop?: string | readonly string[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly logprobs?: boolean;
  readonly response_format?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}
