import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listenLocally, readBody, send, type WireResponse } from "../local-server.ts";
import { ApiError } from "./api-error.ts";
import type { ChatReply, ChatReplyError, ChatReplyTurn } from "./chat-reply.ts";
import type { ChatRequest } from "./chat-request.ts";
import { completion } from "./completion.ts";
import { validateRequest } from "./validate-request.ts";

/** How the server behaves. */
export interface ChatServerOptions {
  /** The model: answers each request that was found valid. What it throws becomes a 500. */
  readonly reply: (request: ChatRequest) => ChatReply | Promise<ChatReply>;
  /** The only accepted bearer token; every request is let in without it. */
  readonly apiKey?: string;
  /** The models it has; any name is taken without it. */
  readonly models?: readonly string[];
  /** Request members that it takes beside the API's own, such as `return_token_ids`. */
  readonly extraMembers?: readonly string[];
}

/** A request as it arrived. */
export interface RecordedChatRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body, parsed when it was JSON. */
  readonly body: unknown;
  /** Status of the answer; undefined while there is none. */
  status: number | undefined;
  /** Whether the client went away before it was answered. */
  abandoned: boolean;
}

/** A running server. */
export interface ChatServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
  /** Every request to the endpoint, in order of arrival, the refused ones included. */
  readonly requests: readonly RecordedChatRequest[];
  /** Ends every connection, answered or not. Idempotent. */
  close(): Promise<void>;
}

const ENDPOINT = "/v1/chat/completions";

/**
 * Starts a local chat completions server over a scripted model. It validates what the real API validates and
 * refuses, in its shapes, what that would refuse. It does not stream. The caller closes it.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create
 * @example
 * await using server = await startChatServer({ reply: () => "3" });
 */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const requests: RecordedChatRequest[] = [];
  const server = await listenLocally((request, response) => {
    void answer({ request, response, options, requests });
  });
  return {
    baseUrl: `${server.origin}/v1`,
    requests,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly options: ChatServerOptions;
  readonly requests: RecordedChatRequest[];
}

async function answer(exchange: Exchange): Promise<void> {
  const { request, response, requests } = exchange;
  const text = await readBody(request).catch(() => undefined);
  const recorded: RecordedChatRequest = {
    headers: request.headers,
    body: parsed(text),
    status: undefined,
    abandoned: false,
  };
  requests.push(recorded);
  response.once("close", () => {
    recorded.abandoned = !response.writableFinished;
  });
  const wire = await respond(exchange, { body: recorded.body, serial: requests.length }).catch(errorResponse);
  if (wire === undefined || response.destroyed) return;
  recorded.status = wire.status;
  send(response, wire);
}

async function respond(
  { request, options }: Exchange,
  { body, serial }: { body: unknown; serial: number },
): Promise<WireResponse | undefined> {
  checkRoute(request);
  checkKey(request, options.apiKey);
  const chat = validateRequest(checkedBody(request, body), { extraMembers: options.extraMembers ?? [] });
  checkModel(chat.model, options.models);
  const reply = await options.reply(chat);
  if (typeof reply === "string") return await turnResponse({ request: chat, turn: { content: reply }, serial });
  if ("silent" in reply) return undefined;
  if ("raw" in reply) return { ...reply.raw, status: reply.raw.status ?? 200 };
  if ("error" in reply) return scriptedError(reply.error);
  return await turnResponse({ request: chat, turn: reply, serial });
}

async function turnResponse(o: { request: ChatRequest; turn: ChatReplyTurn; serial: number }): Promise<WireResponse> {
  if (o.turn.delayMs !== undefined) await sleep(o.turn.delayMs);
  return { status: 200, body: JSON.stringify(completion(o)) };
}

function checkRoute(request: IncomingMessage): void {
  const path = request.url?.split("?")[0];
  if (path !== ENDPOINT) throw new ApiError({ status: 404, message: `Invalid URL (${request.method} ${path})` });
  if (request.method === "POST") return;
  throw new ApiError({ status: 405, message: `Not allowed to ${request.method} on ${ENDPOINT} (HINT: use POST).` });
}

function checkKey(request: IncomingMessage, apiKey: string | undefined): void {
  if (apiKey === undefined || request.headers.authorization === `Bearer ${apiKey}`) return;
  const given = request.headers.authorization?.replace(/^Bearer /, "");
  if (given === undefined) {
    throw new ApiError({ status: 401, message: "You didn't provide an API key.", code: null });
  }
  const masked = `${given.slice(0, 3)}***${given.slice(-2)}`;
  throw new ApiError({ status: 401, message: `Incorrect API key provided: ${masked}.`, code: "invalid_api_key" });
}

function checkModel(model: string, models: readonly string[] | undefined): void {
  if (models === undefined || models.includes(model)) return;
  throw new ApiError({
    status: 404,
    message: `The model \`${model}\` does not exist or you do not have access to it.`,
    code: "model_not_found",
  });
}

function checkedBody(request: IncomingMessage, body: unknown): unknown {
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    throw new ApiError({ message: "Expected a Content-Type of application/json." });
  }
  if (body !== undefined) return body;
  throw new ApiError({ message: "We could not parse the JSON body of your request." });
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function scriptedError(error: ChatReplyError["error"]): WireResponse {
  const { status, message = `scripted error ${status}`, code = null, retryAfterS, retryAfterMs } = error;
  const type = error.type ?? (status >= 500 ? "server_error" : status === 429 ? "requests" : "invalid_request_error");
  return {
    status,
    body: new ApiError({ status, message, type, code }).body,
    headers: {
      ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
      ...(retryAfterMs === undefined ? {} : { "retry-after-ms": String(retryAfterMs) }),
    },
  };
}

function errorResponse(error: unknown): WireResponse {
  if (error instanceof ApiError) return { status: error.status, body: error.body };
  return { status: 500, body: new ApiError({ message: String(error), type: "server_error" }).body };
}
