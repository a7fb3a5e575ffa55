import { type JsonNode, NumberToken } from "../util/json.ts";

/**
 * A node as Python's `json.dumps` prints it: `", "` and `": "` between parts, everything outside printable ASCII escaped,
 * floats by their repr, integers exact at any size; with `sortKeys` in code point order at every level.
 */
export function pythonJson(node: JsonNode, options: { readonly sortKeys: boolean }): string {
  if (node === null || typeof node === "boolean") return String(node);
  if (typeof node === "string") return quote(node);
  if (node instanceof NumberToken) return number(node.text);
  if (Array.isArray(node)) return `[${node.map((item) => pythonJson(item, options)).join(", ")}]`;
  const members = Object.entries(node as { readonly [key: string]: JsonNode });
  if (options.sortKeys) members.sort(([a], [b]) => compareCodePoints(a, b));
  return `{${members.map(([key, value]) => `${quote(key)}: ${pythonJson(value, options)}`).join(", ")}}`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

function quote(text: string): string {
  // Per UTF-16 unit, so that an astral character becomes a surrogate pair, as Python writes it.
  const body = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${body}"`;
}

function number(token: string): string {
  if (/^-?\d+$/.test(token)) return token === "-0" ? "0" : token;
  return floatRepr(Number(token));
}

/** Python's `repr` of a float: exponent form below 1e-4 and from 1e16, at least two exponent digits, `.0` on whole numbers. */
export function floatRepr(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  if (!Number.isFinite(value)) return String(value);
  // Both languages print the shortest digits that read back as the same double; only the layout differs.
  const [mantissa = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const sign = value < 0 ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

// UTF-16 order puts U+FFFF after an astral character, code point order before it.
function compareCodePoints(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length) {
    const left = a.codePointAt(at) ?? 0;
    const right = b.codePointAt(at) ?? 0;
    if (left !== right) return left - right;
    at += left > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}
