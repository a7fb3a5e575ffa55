import type { Json, JsonObject } from "../util/json-types.ts";

/**
 * A deep copy of a JSON object, so that who made it cannot change it afterwards; members that are undefined are left out.
 * `where` names it in the problem that is reported, at the place of the first value that JSON does not have.
 */
export function copyJsonObject(value: unknown, where: string): JsonObject {
  if (!isPlainObject(value)) throw notJson(where, "an object", value);
  return copyMembers(value, where, new Set());
}

function copy(value: unknown, path: string, parents: Set<unknown>): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw notJson(path, "a finite number", value);
    return value;
  }
  if (Array.isArray(value)) return copyItems(value, path, parents);
  if (isPlainObject(value)) return copyMembers(value, path, parents);
  throw notJson(path, "a JSON value", value);
}

function copyItems(value: readonly unknown[], path: string, parents: Set<unknown>): Json {
  enter(value, path, parents);
  const items = Array.from(value, (item, index) => copy(item, `${path}[${index}]`, parents));
  parents.delete(value);
  return items;
}

function copyMembers(value: Readonly<Record<string, unknown>>, path: string, parents: Set<unknown>): JsonObject {
  enter(value, path, parents);
  const members: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (key === "__proto__") throw new Error(`${at} is no member name`);
    if (member !== undefined) members[key] = copy(member, at, parents);
  }
  parents.delete(value);
  return members;
}

// Deeper than this it does not come back from a file either.
const MAX_DEPTH = 500;

function enter(value: object, path: string, parents: Set<unknown>): void {
  if (parents.has(value)) throw new Error(`${path}: expected a JSON value, got an object that contains itself`);
  if (parents.size >= MAX_DEPTH) throw new Error(`${path.slice(0, 80)}…: nested deeper than ${MAX_DEPTH}`);
  parents.add(value);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  // By shape rather than by identity: an object of another realm (a vm context, a worker) is plain too.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function notJson(path: string, expected: string, value: unknown): Error {
  return new Error(`${path}: expected ${expected}, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "a class"}`;
  return value === undefined ? "undefined" : `a ${typeof value}`;
}
