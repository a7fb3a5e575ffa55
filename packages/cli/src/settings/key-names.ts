import type { Json } from "@hud-ts/core/spec";
import { usageError } from "../output/failure.ts";
import type { Keys } from "./keys.ts";

/** The value with keys in place of their names: in texts `${NAME}` and `$NAME` become the key's value, `$$` a dollar. */
export function withKeys(value: Json, keys: Keys, where: string): Json {
  return mapTexts(value, (text) =>
    text.replace(/\$(?:\$|\{([^}]*)\}|([A-Za-z_]\w*))/g, (whole: string, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      return name === undefined ? "$" : keyOf(name, keys, `${where}: ${whole}`);
    }),
  );
}

/** The value in which nothing names a key: {@link withKeys} gives back what was given. */
export function withoutNames(value: Json): Json {
  return mapTexts(value, (text) => text.replace(/\$(?=[${A-Za-z_])/g, "$$$$"));
}

function keyOf(name: string, keys: Keys, what: string): string {
  const found = keys.get(name);
  if (found !== undefined) return found;
  throw usageError(`${what} is not set`, { input: name, hint: `Run \`hud set ${name}=…\`, or export it.` });
}

function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, mapTexts(item, change)]])),
  );
}
