import { createHash } from "node:crypto";
import { type JsonNode, NumberToken, parseJsonNode } from "../util/json.ts";
import type { JsonObject } from "../util/json-types.ts";
import { pythonJson } from "./python-json.ts";

/**
 * The slug of a row that names none: the template's id, and when there are arguments the first 8 hex digits of the SHA-1
 * of their canonical JSON, as the Python reference computes it.
 *
 * JavaScript has one number type: an argument written `1.0` in code is the integer `1`. A row file keeps the difference,
 * because its numbers are read as tokens.
 */
export function deriveSlug(id: string, args: JsonObject): string {
  return slugOfNode(id, parseJsonNode(JSON.stringify(args)));
}

/** The slug of a row read from a file, whose numbers are still tokens. */
export function slugOfNode(id: string, args: JsonNode): string {
  if (isEmptyObject(args)) return id;
  return `${id}-${createHash("sha1")
    .update(pythonJson(args, { sortKeys: true }))
    .digest("hex")
    .slice(0, 8)}`;
}

function isEmptyObject(node: JsonNode): boolean {
  return typeof node === "object" && node !== null && !(node instanceof NumberToken) && Object.keys(node).length === 0;
}
