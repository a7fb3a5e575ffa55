import type { Json, JsonObject } from "../../util/json-types.ts";
import { pythonTypeName } from "./python-text.ts";
import { Refusal } from "./refusal.ts";

/** A frame read as a request. */
export interface Request {
  /** Undefined for a notification, which nobody answers. */
  readonly id: Json | undefined;
  /** Any JSON value: what is no known method's name is an unknown method. */
  readonly method: Json | undefined;
  readonly params: Json | undefined;
}

/** Reads a frame; whatever it holds is a request, if one for an unknown method. */
export function readRequest(frame: JsonObject): Request {
  return { id: frame["id"] ?? undefined, method: frame["method"], params: frame["params"] };
}

/** The parameters; what Python takes for false counts as none. */
export function readParams({ params }: Request): JsonObject {
  if (!params || (Array.isArray(params) && params.length === 0)) return {};
  if (typeof params === "object" && !Array.isArray(params)) return params as JsonObject;
  throw new Refusal("failure", `'${pythonTypeName(params)}' object has no attribute 'get'`);
}

/** The name of the method as the error texts print it. */
export function methodName({ method }: Request): string {
  if (typeof method === "string") return method;
  return method === undefined || method === null ? "None" : JSON.stringify(method);
}
