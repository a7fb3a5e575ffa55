import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { type DialOptions, dial } from "./dial.ts";
import { endToEndHeaders } from "./headers.ts";
import { Refusal } from "./refusal.ts";
import type { RequestTarget } from "./target.ts";

const MAX_RESPONSE_HEADER_BYTES = 64 * 1024;

/** What forwarding needs beside the request. */
export interface ForwardOptions extends DialOptions {
  readonly idleTimeoutMs: number;
}

/** A request as the proxy got it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
}

/**
 * Sends a plain request on and its response back, both bodies as they come. Each has an upstream connection of its own,
 * so that no two requests of the inside can be taken for one.
 *
 * @throws Refusal while nothing of the response is sent; afterwards the connection just ends
 */
export async function forwardRequest(exchange: Exchange, options: ForwardOptions): Promise<void> {
  const { request, response, target } = exchange;
  const framing = bodyFraming(request);
  const socket = await dial(target, options);
  socket.setTimeout(options.idleTimeoutMs, () => socket.destroy());
  try {
    const upstream = openRequest(exchange, { socket, framing });
    sendBody(request, upstream);
    const answer = await responseTo(upstream);
    sendHead(answer, response);
    await pipeline(answer, response);
  } finally {
    socket.destroy();
  }
}

function openRequest(
  { request, target }: Exchange,
  { socket, framing }: { readonly socket: Socket; readonly framing: readonly string[] },
): ClientRequest {
  try {
    return httpRequest({
      // Without an agent: one that is given would dial by itself, past every check.
      createConnection: () => socket,
      method: request.method ?? "GET",
      path: target.path,
      headers: [
        "Host",
        target.authority,
        ...endToEndHeaders(request.rawHeaders, ["host", "content-length"]),
        ...framing,
        "Connection",
        "close",
      ],
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
    });
  } catch {
    throw new Refusal("invalid-target", "the path has characters that must be escaped");
  }
}

function bodyFraming({ headers }: IncomingMessage): readonly string[] {
  const coding = headers["transfer-encoding"];
  if (coding !== undefined) {
    if (coding.trim().toLowerCase() === "chunked") return ["Transfer-Encoding", "chunked"];
    throw new Refusal("invalid-request-body", "no transfer coding but chunked is relayed");
  }
  return headers["content-length"] === undefined ? [] : ["Content-Length", headers["content-length"]];
}

// Not a pipeline, which would end the client's connection with the upstream's: a server that answers before it has the
// whole body, and closes, is still heard.
function sendBody(request: IncomingMessage, upstream: ClientRequest): void {
  request.on("error", () => {});
  request.once("close", () => {
    if (!request.complete) upstream.destroy();
  });
  request.pipe(upstream);
}

async function responseTo(upstream: ClientRequest): Promise<IncomingMessage> {
  return await new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.on("error", () => reject(new Refusal("upstream-failure", "the upstream gave no valid answer")));
    upstream.once("close", () => reject(new Refusal("upstream-failure", "the upstream closed without an answer")));
  });
}

function sendHead(answer: IncomingMessage, response: ServerResponse): void {
  response.sendDate = false;
  try {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", endToEndHeaders(answer.rawHeaders));
  } catch {
    throw new Refusal("unrelayable-upstream-header", "the upstream's answer has a header that cannot be passed on");
  }
}
