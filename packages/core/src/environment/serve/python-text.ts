const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
// What Python does not print as it is: controls, the invisible part of Latin-1, and halves of surrogate pairs.
const UNPRINTABLE = /[\\\p{Cc}\u00a0\u00ad]|\p{Cs}/gu;

/** A string as Python's `repr` writes it; peers and scripts match on texts that contain it. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(UNPRINTABLE, (char) => ESCAPES[char] ?? hexEscape(char.charCodeAt(0)));
  return `${quote}${quote === "'" ? body.replaceAll("'", "\\'") : body}${quote}`;
}

/** A list of strings as Python's `repr` writes it. */
export function pythonReprList(texts: readonly string[]): string {
  return `[${texts.map(pythonRepr).join(", ")}]`;
}

/** The name a value's type has in Python, where it has one. */
export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (Array.isArray(value)) return "list";
  switch (typeof value) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "object":
      return "dict";
    default:
      return typeof value;
  }
}

function hexEscape(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
