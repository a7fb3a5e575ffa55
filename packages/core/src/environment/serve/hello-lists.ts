import { isIP } from "node:net";
import type { Capability } from "../../spec/capability.ts";
import { isJsonObject } from "../../util/json-object.ts";
import type { JsonObject } from "../../util/json-types.ts";
import { pythonRepr } from "./python-text.ts";
import { Refusal } from "./refusal.ts";

const CONNECTION_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
// Tokens of RFC 9110, section 5.6.2.
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The capabilities and names that a `hello` asks to bind, once every field holds. */
export interface HelloLists {
  readonly routes: readonly { readonly capability: string }[];
  readonly connections: readonly { readonly capability: string }[];
}

/** Checks the shape of `workspace_routes`, then of `connections`; an absent member is an empty list, `null` is none. */
export function readHelloLists(params: JsonObject): HelloLists {
  return {
    routes: listOf(params, "workspace_routes", "workspace routes").map(checkRoute),
    connections: listOf(params, "connections", "connections").map(checkConnection),
  };
}

/**
 * Refuses what cannot be enforced: a controller that asked for a binding must not go on as if it had it, with credentials in reach of
 * the whole workspace.
 */
export function refuseUnenforceable(lists: HelloLists, bindings: readonly Capability[]): void {
  const [connection] = lists.connections;
  if (connection !== undefined) {
    const capability = workspaceName(connection.capability, bindings);
    throw new Refusal("failure", `workspace capability ${capability} does not support process-bound connections`);
  }
  const [route] = lists.routes;
  if (route !== undefined) {
    const capability = workspaceName(route.capability, bindings);
    throw new Refusal("failure", `workspace route for ${capability} requires an isolated network`);
  }
}

function workspaceName(capability: string, bindings: readonly Capability[]): string {
  const workspaces = bindings.filter((binding) => binding.protocol === "ssh/2");
  const isFamily = capability === "ssh" || capability === "ssh/2";
  const named = workspaces.some((binding) => binding.name === capability);
  if (!named && isFamily && workspaces.length > 1) {
    const names = workspaces.map((binding) => binding.name).sort();
    throw new Refusal("failure", `workspace capability ${pythonRepr(capability)} is ambiguous: ${names.join(", ")}`);
  }
  if (!named && !(isFamily && workspaces.length === 1)) {
    throw new Refusal("failure", `workspace capability ${pythonRepr(capability)} does not exist`);
  }
  return pythonRepr(capability);
}

function listOf(params: JsonObject, member: string, noun: string): JsonObject[] {
  const list = params[member];
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw bad(`'${member}' must be a list`);
  return list.map((item: unknown) => {
    if (!isJsonObject(item)) throw bad(`${noun} must be objects`);
    return item;
  });
}

function checkRoute(route: JsonObject): { readonly capability: string } {
  const { capability, host, port } = route;
  if (typeof capability !== "string" || typeof host !== "string") {
    throw bad("workspace route capability and host must be strings");
  }
  if (typeof port !== "number" || !Number.isInteger(port)) throw bad("workspace route port must be an integer");
  if (isEmptyOrPadded(capability)) throw bad("workspace route capability must not be empty or padded");
  if (host === "" || /\s/.test(host)) throw bad("workspace route host must be a hostname without whitespace");
  if (isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0) throw bad("workspace routes require a hostname, not an IP address");
  if (port < 1 || port > 65_535) throw bad("workspace route port must be between 1 and 65535");
  return { capability };
}

function checkConnection(connection: JsonObject): { readonly capability: string } {
  const { name, capability, url, headers } = connection;
  if (typeof name !== "string" || typeof capability !== "string" || typeof url !== "string") {
    throw bad("connection name, capability, and url must be strings");
  }
  if (!isJsonObject(headers) || !Object.values(headers).every((value) => typeof value === "string")) {
    throw bad("connection headers must map strings to strings");
  }
  if (!CONNECTION_NAME.test(name)) {
    throw bad(
      "connection name must start with a lowercase letter and contain only lowercase letters, digits, underscores, or hyphens",
    );
  }
  if (isEmptyOrPadded(capability)) throw bad("connection capability must not be empty or padded");
  checkUrl(url);
  checkHeaders(headers as Readonly<Record<string, string>>);
  return { capability };
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw bad("connection url must be an HTTP(S) URL with a hostname");
  }
  if (url.username !== "" || url.password !== "") throw bad("connection url must not contain credentials");
  if (/[?#]/.test(text)) throw bad("connection url must not contain a query or fragment");
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const entries = Object.entries(headers);
  if (entries.length === 0) throw bad("connection headers must not be empty");
  for (const [name, value] of entries) {
    if (!HEADER_NAME.test(name)) throw bad(`invalid connection header name: ${pythonRepr(name)}`);
    if (value === "" || /[\r\n]/.test(value)) throw bad(`invalid connection header value for ${pythonRepr(name)}`);
  }
}

function isEmptyOrPadded(text: string): boolean {
  return text === "" || text !== text.trim();
}

function bad(problem: string): Refusal {
  return new Refusal("badParams", `hello: ${problem}`);
}
